/**
 * The program: the only place where everything is put together.
 *
 * What only some commands need is imported when they run, so that `--help` and
 * a mistyped flag are answered at once.
 *
 * @since 0.1.0
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Cause from "effect/Cause"
import type * as CliError from "effect/cli/CliError"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Reckoner from "./cli/Reckoner.ts"
import * as Config from "./Config.ts"
import * as ExitCode from "./ExitCode.ts"
import * as Logs from "./Logs.ts"
import * as Memory from "./Memory.ts"

const VERSION = "0.1.0"
const SIGNAL_REPEAT_MS = 1_000

const args = process.argv.slice(2)
const isJson = args.includes("--json")
let exitCodeOfStop: number = ExitCode.EXIT_CODES.interrupted.code

const stores = Effect.promise(() => import("./Stores.ts"))

/** A server is stopped by a signal, so that is how it ends well. */
const serve = Effect.gen(function* () {
  Memory.keepSmall()
  const Server = yield* Effect.promise(() => import("./api/Server.ts"))
  const Worker = yield* Effect.promise(() => import("./Worker.ts"))
  const host = yield* Server.listenAddress
  const values = yield* Config.load
  const { live } = yield* stores
  const ready = () => Effect.sync(() => (exitCodeOfStop = ExitCode.EXIT_CODES.done.code))
  const Notifier = yield* notifiers
  const worker = Layer.merge(Worker.layer(values, Worker.tasks(values)), Notifier.relaying(values))
  yield* Effect.provide(Server.run({ host, ready }), Layer.provideMerge(worker, live))
})

const notifiers = Effect.promise(() => import("./commission-approval/Notifier.ts"))

const demo = Effect.gen(function* () {
  const Demo = yield* Effect.promise(() => import("./demo/Demo.ts"))
  const { embedded, ownPorts } = yield* stores
  yield* Effect.provide(Demo.run(ownPorts), embedded(Demo.DATABASE))
})

const dataFolderInUse = Effect.gen(function* () {
  const { database } = yield* stores
  const { Database } = yield* Effect.promise(() => import("@reckoner/adapters-pg"))
  return yield* Effect.provide(
    Effect.map(Database.Database, ({ dataDir }) => dataDir),
    database
  )
})

const command = Reckoner.command({
  connection: Layer.unwrap(Effect.map(stores, ({ connection }) => connection)),
  ports: Layer.unwrap(Effect.map(stores, ({ live }) => live)),
  notifier: Layer.unwrap(Effect.map(notifiers, ({ layer }) => layer)),
  dataFolderInUse,
  serve,
  demo
})

const logs = Layer.unwrap(
  Effect.map(
    Effect.orElseSucceed(Config.load, () => undefined),
    (values) => {
      const occasion = { isServer: args[0] === "serve", isTerminal: process.stderr.isTTY }
      // Settings that cannot be used are refused by the command itself.
      if (values === undefined) return Layer.empty
      return Logs.layer(Logs.formatFor(values.logFormat, occasion), values.logLevel)
    }
  )
)

/** Only what sends spans is imported for it. */
const telemetry = Layer.unwrap(
  Effect.gen(function* () {
    const values = yield* Effect.orElseSucceed(Config.load, () => undefined)
    if (values === undefined || Option.isNone(values.otlpUrl)) return Layer.empty
    const Telemetry = yield* Effect.promise(() => import("./Telemetry.ts"))
    return Telemetry.layer(values.otlpUrl.value)
  })
)

/** Says in one line what stopped the program, and gives the exit code for it. */
const report = (cause: Cause.Cause<ExitCode.CommandError | CliError.CliError>): number => {
  if (ExitCode.isHelpOnly(cause)) return ExitCode.EXIT_CODES.done.code
  const isStop = Cause.hasInterruptsOnly(cause)
  if (isStop && exitCodeOfStop === ExitCode.EXIT_CODES.done.code) return exitCodeOfStop
  const { code, exitCode, message } = ExitCode.ofCause(cause)
  process.stderr.write(`reckoner: ${message}\n`)
  if (process.env["RECKONER_LOG_LEVEL"] === "debug" && !isStop) process.stderr.write(`${Cause.pretty(cause)}\n`)
  if (isJson) process.stdout.write(`${JSON.stringify({ error: { code, message } })}\n`)
  return exitCode
}

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on("error", () => {})
process.stderr.on("error", () => {})

process.on("uncaughtException", (error) => process.exit(report(Cause.die(error))))

// The first signal stops the program in good order. A later one ends it at once; within a moment it is the same
// one again, for a terminal signals npm and its child alike.
let signalledAt: number | undefined
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    signalledAt ??= performance.now()
    if (performance.now() - signalledAt > SIGNAL_REPEAT_MS) process.exit(ExitCode.EXIT_CODES.interrupted.code)
  })
}

Command.runWith(command, { version: VERSION })(args).pipe(
  Effect.provide(Layer.mergeAll(Reckoner.layer, logs, telemetry, NodeServices.layer)),
  NodeRuntime.runMain({
    disableErrorReporting: true,
    teardown: (exit) =>
      process.exit(
        // `runMain` does not know what its effect fails with.
        Exit.isSuccess(exit) ? ExitCode.EXIT_CODES.done.code : report(exit.cause as Parameters<typeof report>[0])
      )
  })
)
