/**
 * What commands write to stdout: one JSON value, or lines and tables of text.
 *
 * @since 0.1.0
 */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as References from "effect/References"

/**
 * Writes one JSON value on one line. A value that is not there is `null`.
 *
 * @category output
 * @since 0.1.0
 */
export const json = (value: unknown): Effect.Effect<void> =>
  Console.log(JSON.stringify(value, (_, field: unknown) => (field === undefined ? null : field)))

/**
 * Writes lines of text.
 *
 * @category output
 * @since 0.1.0
 */
export const lines = (text: ReadonlyArray<string>): Effect.Effect<void> => Console.log(text.join("\n"))

/**
 * A number with its thousands set apart.
 *
 * @category formatting
 * @since 0.1.0
 */
export const count = (value: number): string => value.toLocaleString("en-US")

/**
 * A duration as people read it.
 *
 * **Units**
 *
 * `durationMs` is in milliseconds.
 *
 * @category formatting
 * @since 0.1.0
 */
export const duration = (durationMs: number): string => {
  if (durationMs < 60_000) return `${(durationMs / 1000).toFixed(durationMs < 10_000 ? 2 : 1)} s`
  const seconds = Math.round(durationMs / 1000)
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

/**
 * Rows in columns, two spaces apart. Columns named in `right` are set to the right.
 *
 * @category formatting
 * @since 0.1.0
 */
export const table = (
  rows: ReadonlyArray<ReadonlyArray<string>>,
  options: { readonly right?: ReadonlyArray<number>; readonly indent?: string } = {}
): ReadonlyArray<string> => {
  const widths: Array<number> = []
  for (const row of rows) row.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, cell.length)))
  return rows.map((row) => {
    const cells = row.map((cell, at) =>
      options.right?.includes(at) === true ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!)
    )
    return `${options.indent ?? ""}${cells.join("  ")}`.trimEnd()
  })
}

/**
 * Breaks a text into lines of at most `width` characters. The first begins with
 * the indent; the others are set further in, by the width of `name  ` where the
 * text begins with one.
 *
 * @category formatting
 * @since 0.1.0
 */
export const wrap = (text: string, width: number, indent: string): ReadonlyArray<string> => {
  const hanging = " ".repeat(indent.length + (/^\w+ {2,}/.exec(text)?.[0].length ?? 0))
  const broken: Array<string> = []
  let line = indent
  for (const word of text.split(/(?<=\S) (?=\S)/)) {
    const isFirst = line.trim() === ""
    if (!isFirst && line.length + 1 + word.length > width) {
      broken.push(line)
      line = hanging + word
    } else line += isFirst ? word : ` ${word}`
  }
  return [...broken, line]
}

/**
 * Runs an effect without its log: what a command has to say it prints. The log
 * is for whoever looks for a fault, with the level `debug`.
 *
 * @category combinators
 * @since 0.1.0
 */
export const quietly = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(References.MinimumLogLevel, (level) =>
    level === "Debug" ? effect : Effect.provideService(effect, References.MinimumLogLevel, "None")
  )
