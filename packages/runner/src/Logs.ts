/**
 * Log lines: to stderr, one line each, as JSON or as text. Results go to
 * stdout, so a log never mixes with them.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import type { LogLevel } from "effect/LogLevel"
import * as Option from "effect/Option"
import * as References from "effect/References"
import type * as Config from "./Config.ts"

interface Entry {
  readonly at: string
  readonly level: string
  readonly text: string
  readonly fields: Readonly<Record<string, unknown>>
}

const isFields = (part: unknown): boolean => typeof part === "object" && part !== null && !(part instanceof Error)

const entryOf = (options: Logger.Options<unknown>): Entry => {
  const parts: ReadonlyArray<unknown> = Array.isArray(options.message) ? options.message : [options.message]
  const texts = parts.filter((part) => !isFields(part))
  const cause = options.cause.reasons.length === 0 ? {} : { cause: Cause.pretty(options.cause) }
  return {
    at: options.date.toISOString(),
    level: options.logLevel.toLowerCase(),
    text: texts.map((part) => (part instanceof Error ? part.message : String(part))).join(" "),
    fields: Object.assign({}, options.fiber.getRef(References.CurrentLogAnnotations), ...parts.filter(isFields), cause)
  }
}

const asJson = ({ at, fields, level, text }: Entry): string => JSON.stringify({ at, level, message: text, ...fields })

const asText = ({ at, fields, level, text }: Entry): string => {
  const added = Object.entries(fields).map(([name, value]) =>
    typeof value === "string" && /^[\w./:-]+$/.test(value) ? `${name}=${value}` : `${name}=${JSON.stringify(value)}`
  )
  return [at, level.padEnd(5), text, ...added].join(" ")
}

/** What the engine says at every stop of a process that works alone. */
const isNoise = ({ level, text }: Entry): boolean => level === "warn" && text === "No healthy runners available"

/**
 * The format in effect: the one that was set, or that of the occasion.
 *
 * @category queries
 * @since 0.1.0
 */
export const formatFor = (
  set: Option.Option<Config.LogFormat>,
  occasion: { readonly isServer: boolean; readonly isTerminal: boolean }
): Config.LogFormat => Option.getOrElse(set, () => (occasion.isServer || !occasion.isTerminal ? "json" : "text"))

/**
 * Logging in a format, from a level up.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (format: Config.LogFormat, level: LogLevel): Layer.Layer<never> => {
  const write = format === "json" ? asJson : asText
  const logger = Logger.make<unknown, void>((options) => {
    const entry = entryOf(options)
    if (!isNoise(entry)) process.stderr.write(`${write(entry)}\n`)
  })
  return Layer.merge(Logger.layer([logger]), Layer.succeed(References.MinimumLogLevel, level))
}
