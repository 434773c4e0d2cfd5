/**
 * `reckoner config`: every setting with the value in effect.
 *
 * @since 0.1.0
 */
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Config from "../Config.ts"
import * as Flags from "./Flags.ts"
import * as Output from "./Output.ts"

const withUnit = (value: string, unit: string | undefined): string => (unit === undefined ? value : `${value} ${unit}`)

/**
 * Where the embedded server really keeps its data, or why it cannot.
 *
 * @category models
 * @since 0.1.0
 */
export interface EmbeddedData {
  readonly folder: string | undefined
  readonly problem: string | undefined
}

/**
 * The list as text; `data` is missing where a server of the user's own is set.
 *
 * @category formatting
 * @since 0.1.0
 */
export const lines = (settings: ReadonlyArray<Config.Line>, data: EmbeddedData | undefined): ReadonlyArray<string> => [
  ...Output.table(settings.map(({ name, unit, value }) => [name, withUnit(value, unit)])),
  ...(data === undefined ? [] : ["", `Data of the embedded server: ${data.problem ?? data.folder}`]),
  "",
  ...settings.flatMap(({ default: fallback, description, name, unit }) => [
    name,
    `  ${description}`,
    `  default: ${withUnit(fallback, unit)}`
  ])
]

/**
 * The command. `dataFolderInUse` asks the embedded server; when that does not
 * start, the list says so and is printed all the same.
 *
 * @category commands
 * @since 0.1.0
 */
export const command = <E extends { readonly message: string }, R>(
  dataFolderInUse: Effect.Effect<string | undefined, E, R>
) =>
  Command.make(
    "config",
    { json: Flags.json },
    Effect.fnUntraced(function* ({ json }) {
      const values = yield* Config.load
      const asked: Effect.Effect<EmbeddedData, never, R> = Effect.match(dataFolderInUse, {
        onFailure: ({ message }) => ({ folder: undefined, problem: message }),
        onSuccess: (folder) => ({ folder, problem: undefined })
      })
      const data = Option.isSome(values.databaseUrl) ? undefined : yield* asked
      const settings = Config.listing(values)
      yield* json ? Output.json({ settings, embeddedData: data }) : Output.lines(lines(settings, data))
    })
  ).pipe(Command.withDescription("List all settings: environment variables, their values in effect and their defaults"))
