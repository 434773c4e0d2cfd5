/**
 * The command line: all commands, and how help and failures are printed.
 *
 * @since 0.1.0
 */
import * as CliConfig from "effect/cli/CliConfig"
import * as CliOutput from "effect/cli/CliOutput"
import * as Command from "effect/cli/Command"
import * as GlobalFlag from "effect/cli/GlobalFlag"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { AffiliateNotifier, TokenStore } from "@reckoner/core/ports"
import type { SettingRefused } from "../Config.ts"
import { type CommandError, EXIT_CODES } from "../ExitCode.ts"
import type { Connection, Ports } from "../Stores.ts"
import * as Commissions from "./Commissions.ts"
import * as Execution from "./Execution.ts"
import * as ExplainCommissionOrder from "./ExplainCommissionOrder.ts"
import * as ExplainReferralOrder from "./ExplainReferralOrder.ts"
import * as FindingList from "./FindingList.ts"
import * as InvoiceHeld from "./InvoiceHeld.ts"
import * as JobList from "./JobList.ts"
import * as JobRun from "./JobRun.ts"
import * as Migrate from "./Migrate.ts"
import * as Output from "./Output.ts"
import * as ScheduleList from "./ScheduleList.ts"
import * as SettingList from "./SettingList.ts"

/**
 * What the commands stand on; each part is only built by a command that needs it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Parts {
  /** A database as it is. */
  readonly connection: Layer.Layer<Connection, CommandError>
  /** The ports, on tables of the right version. */
  readonly ports: Layer.Layer<Ports, CommandError>
  /** Whoever tells affiliates about released commissions. */
  readonly notifier: Layer.Layer<AffiliateNotifier, SettingRefused, TokenStore>
  readonly dataFolderInUse: Effect.Effect<string | undefined, CommandError>
  readonly serve: Effect.Effect<void, CommandError>
  readonly demo: Effect.Effect<void, CommandError>
}

/**
 * The tree of commands.
 *
 * @category commands
 * @since 0.1.0
 */
export const command = ({ connection, dataFolderInUse, demo, notifier, ports, serve }: Parts) =>
  Command.make("reckoner").pipe(
    Command.withDescription("Works out what people are owed and what they may use, exactly, and explains every figure"),
    Command.withSubcommands([
      Command.make("demo", {}, () => demo).pipe(
        Command.withDescription("Show it at work on a small sample of one business day, in a database of its own")
      ),
      Command.provide(Migrate.command, connection),
      Command.make("job").pipe(
        Command.withDescription("Jobs: list them, run one"),
        Command.withSubcommands([
          JobList.command,
          Command.make("run", JobRun.flags, (input) =>
            Effect.andThen(JobRun.checkName(input.name), Effect.provide(JobRun.run(input), ports))
          ).pipe(Command.withDescription(JobRun.description), Command.withExamples(JobRun.examples))
        ])
      ),
      Commissions.command(ports, notifier),
      Execution.command(ports),
      Command.make("finding").pipe(
        Command.withDescription("Findings of earlier runs"),
        Command.withSubcommands([FindingList.command(ports)])
      ),
      Command.make("explain").pipe(
        Command.withDescription("Where a figure comes from"),
        Command.withSubcommands([
          Command.provide(ExplainReferralOrder.command, ports),
          Command.provide(ExplainCommissionOrder.command, ports)
        ])
      ),
      Command.make("invoice").pipe(
        Command.withDescription("Invoices that wait"),
        Command.withSubcommands([Command.provide(InvoiceHeld.command, ports)])
      ),
      Command.make("serve", {}, () => serve).pipe(
        Command.withDescription(
          "Run jobs by schedule, and serve /sync-quotas, /logistic/private/v1/sync-affiliate-order, /affiliate/v1, " +
            "/operations/v1, /healthz, /metrics, /openapi.json, /docs"
        )
      ),
      ScheduleList.command,
      SettingList.command(dataFolderInUse)
    ])
  )

const exitCodeLines = (): ReadonlyArray<string> => [
  "EXIT CODES",
  ...Output.table(
    Object.values(EXIT_CODES).map(({ code, meaning }) => [String(code), meaning]),
    { right: [0], indent: "  " }
  ),
  "",
  "Settings are environment variables: `reckoner config` lists them."
]

/** A wrong command line is told in one line by whoever ends the program, so nothing is printed here. */
const presenter: CliOutput.Presenter = {
  present: (event) => {
    switch (event._tag) {
      case "InvalidInvocation":
        return Effect.void
      case "Version":
        return Console.log(`${event.name} ${event.version}`)
      case "Help":
        return Effect.andThen(CliOutput.defaultPresenter.present(event), Output.lines(["", ...exitCodeLines()]))
    }
  }
}

/**
 * How the command line prints, and which flags every command has.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<never> = Layer.merge(
  CliOutput.layerPresenter(presenter),
  CliConfig.layer({ builtIns: [GlobalFlag.Help, GlobalFlag.Version, GlobalFlag.Completions] })
)
