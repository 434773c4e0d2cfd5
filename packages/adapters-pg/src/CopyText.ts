/**
 * PostgreSQL's COPY text format: values to text, and blocks of bytes back to rows.
 *
 * @since 0.1.0
 */
import * as Stream from "effect/Stream"

const SPECIAL = /[\\\t\n\r]/
const SPECIALS = /[\\\t\n\r]/g
const ESCAPED: Readonly<Record<string, string>> = { "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r" }
const UNESCAPED: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" }
const NEWLINE = 10
const NULL = "\\N"

/**
 * A value that COPY can take.
 *
 * @category models
 * @since 0.1.0
 */
export type Value = string | number | bigint | boolean | null | undefined

/**
 * A row that COPY gave: the text of each column, null for NULL.
 *
 * @category models
 * @since 0.1.0
 */
export type Row = Array<string | null>

/**
 * Writes one value. A NUL character is written as it is and refused by the server.
 *
 * **Example** (A text with a tab, and no value)
 *
 * ```ts
 * field("a\tb") // => "a\\tb"
 * field(null) // => "\\N"
 * ```
 *
 * @category encoding
 * @since 0.1.0
 */
export const field = (value: Value): string => {
  if (typeof value === "string") {
    return SPECIAL.test(value) ? value.replace(SPECIALS, (character) => ESCAPED[character] ?? character) : value
  }
  if (value === null || value === undefined) return NULL
  return typeof value === "boolean" ? (value ? "t" : "f") : String(value)
}

/**
 * Writes one row, its end of line included.
 *
 * @category encoding
 * @since 0.1.0
 */
export const line = (values: ReadonlyArray<Value>): string => {
  let text = field(values[0])
  for (let column = 1; column < values.length; column++) text += `\t${field(values[column])}`
  return `${text}\n`
}

/**
 * A field of COPY text as it was before it was written, `null` for one that is not there.
 *
 * @category decoding
 * @since 0.1.0
 */
export const unescaped = (text: string): string | null =>
  text === NULL ? null : text.replace(/\\(.)/gs, (_, character: string) => UNESCAPED[character] ?? character)

const withBackslashes = (text: string): Row => {
  const fields: Row = text.split("\t")
  for (let column = 0; column < fields.length; column++) {
    const value = fields[column] as string
    if (value.includes("\\")) fields[column] = unescaped(value)
  }
  return fields
}

/**
 * Cuts the output of COPY into whole lines. Blocks may end anywhere, in the
 * middle of a line or of a character; what is incomplete waits for the next
 * block.
 *
 * @category decoding
 * @since 0.1.0
 */
export class LineSplitter {
  private readonly carried: Array<Uint8Array> = []

  /** The lines that this block completes, without the end of the last one; `undefined` when it completes none. */
  push(block: Uint8Array): string | undefined {
    const end = block.lastIndexOf(NEWLINE)
    if (end === -1) {
      if (block.length > 0) this.carried.push(block)
      return undefined
    }
    let complete = block.subarray(0, end)
    if (this.carried.length > 0) {
      complete = Buffer.concat([...this.carried, complete])
      this.carried.length = 0
    }
    if (end + 1 < block.length) this.carried.push(block.subarray(end + 1))
    // Cut at a line end, so no character is torn.
    return Buffer.from(complete.buffer, complete.byteOffset, complete.byteLength).toString("utf8")
  }

  /** True when nothing waits for a next block, as it must be after the last one. */
  get isComplete(): boolean {
    return this.carried.length === 0
  }
}

/**
 * Cuts the output of COPY into rows.
 *
 * **Gotchas**
 *
 * A long field is a window on its whole block: a caller that keeps single
 * fields for a long time keeps their blocks as well.
 *
 * @category decoding
 * @since 0.1.0
 */
export class RowSplitter {
  private readonly lines = new LineSplitter()

  /** The rows that this block completes. */
  push(block: Uint8Array): Array<Row> {
    const text = this.lines.push(block)
    if (text === undefined) return []
    const lines = text.split("\n")
    const rows = new Array<Row>(lines.length)
    const isPlain = !text.includes("\\")
    for (let index = 0; index < lines.length; index++) {
      const line = lines[index] as string
      rows[index] = isPlain || !line.includes("\\") ? line.split("\t") : withBackslashes(line)
    }
    return rows
  }

  /** True when nothing waits for a next block, as it must be after the last one. */
  get isComplete(): boolean {
    return this.lines.isComplete
  }
}

/**
 * Cuts a stream of blocks into rows, one array of rows per block.
 *
 * @category decoding
 * @since 0.1.0
 */
export const rows = <E, R>(blocks: Stream.Stream<Uint8Array, E, R>): Stream.Stream<Array<Row>, E, R> =>
  Stream.suspend(() => {
    const splitter = new RowSplitter()
    return blocks.pipe(
      Stream.map((block) => splitter.push(block)),
      Stream.filter((found) => found.length > 0)
    )
  })

/**
 * Cuts a stream of blocks into texts of whole lines, without the end of the last
 * line of each: for a reader that scans them field by field.
 *
 * @category decoding
 * @since 0.1.0
 */
export const texts = <E, R>(blocks: Stream.Stream<Uint8Array, E, R>): Stream.Stream<string, E, R> =>
  Stream.suspend(() => {
    const splitter = new LineSplitter()
    return blocks.pipe(
      Stream.map((block) => splitter.push(block)),
      Stream.filter((text) => text !== undefined)
    )
  })
