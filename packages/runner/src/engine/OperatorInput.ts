/**
 * What operators write to find and steer executions, on the command line and in
 * HTTP requests: readers of texts that say what they allow.
 *
 * @since 0.1.0
 */
import { EXECUTION_STATES, type ExecutionState } from "@reckoner/core/ports"
import * as Option from "effect/Option"
import type { Json } from "effect/Schema"
import * as Instant from "../Instant.ts"

/**
 * Reads a text. `allowed` goes on after "it must be".
 *
 * @category models
 * @since 0.1.0
 */
export interface Reader<A> {
  readonly parse: (text: string) => Option.Option<A>
  readonly allowed: string
}

const MS_OF_UNIT = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/**
 * Most executions in one HTTP answer.
 *
 * @category constants
 * @since 0.1.0
 */
export const LIMIT_MAX = 1_000

/**
 * The longest name of a signal or job, in UTF-16 units.
 *
 * @category constants
 * @since 0.1.0
 */
export const NAME_LENGTH_MAX = 100

/**
 * The largest value of a signal as JSON, in bytes.
 *
 * @category constants
 * @since 0.1.0
 */
export const VALUE_BYTES_MAX = 65_536

const VALUE_LEVELS_MAX = 100

/**
 * The id of an execution.
 *
 * @category decoding
 * @since 0.1.0
 */
export const executionId: Reader<string> = {
  parse: (text) => (/^[1-9]\d{0,17}$/.test(text) ? Option.some(text) : Option.none()),
  allowed: "the number of an execution, in digits"
}

const isState = (text: string): text is ExecutionState => EXECUTION_STATES.some((state) => state === text)

/**
 * States with commas between them.
 *
 * @category decoding
 * @since 0.1.0
 */
export const states: Reader<ReadonlyArray<ExecutionState>> = {
  parse: (text) => {
    const asked = text.split(",").map((word) => word.trim())
    return asked.every(isState) ? Option.some([...new Set(asked)]) : Option.none()
  },
  allowed: `one or more of ${EXECUTION_STATES.join(", ")}, with commas between them`
}

// A lone half of a character cannot be kept, nor can U+0000.
const cannotBeKept = /[\0\p{Surrogate}]/u

/**
 * The name of a signal or a job.
 *
 * @category decoding
 * @since 0.1.0
 */
export const name: Reader<string> = {
  parse: (text) =>
    text.trim() !== "" && text.length <= NAME_LENGTH_MAX && !/[\p{Cc}\p{Surrogate}]/u.test(text)
      ? Option.some(text)
      : Option.none(),
  allowed: `a name of 1 to ${NAME_LENGTH_MAX} characters, without control characters`
}

/**
 * How many executions are asked for.
 *
 * @category decoding
 * @since 0.1.0
 */
export const limit: Reader<number> = {
  parse: (text) =>
    /^[1-9]\d{0,3}$/.test(text) && Number(text) <= LIMIT_MAX ? Option.some(Number(text)) : Option.none(),
  allowed: `a whole number from 1 to ${LIMIT_MAX}`
}

/**
 * An instant, or how long ago.
 *
 * @category models
 * @since 0.1.0
 */
export type Since =
  | { readonly _tag: "Instant"; readonly atMs: number }
  | { readonly _tag: "Ago"; readonly durationMs: number }

/**
 * An instant, or a duration that ends now.
 *
 * @category decoding
 * @since 0.1.0
 */
export const since: Reader<Since> = {
  parse: (text) => {
    const [, count, unit] = /^(\d{1,5})([smhd])$/.exec(text) ?? []
    return count === undefined
      ? Option.map(Instant.parse(text), (atMs) => ({ _tag: "Instant", atMs }))
      : Option.some({ _tag: "Ago", durationMs: Number(count) * MS_OF_UNIT[unit as keyof typeof MS_OF_UNIT] })
  },
  allowed: "an instant with its offset, like 2026-01-31T06:00:00Z, or a duration, like 90s, 15m, 2h or 3d"
}

/**
 * The instant that is meant, in milliseconds since 1970; never before.
 *
 * @category queries
 * @since 0.1.0
 */
export const sinceMs = (self: Since, nowMs: number): number =>
  Math.max(0, self._tag === "Instant" ? self.atMs : nowMs - self.durationMs)

/** Walks without recursion: a text may hold more levels than the stack. */
const canBeKept = (whole: unknown): boolean => {
  let level: ReadonlyArray<unknown> = [whole]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > VALUE_LEVELS_MAX) return false
    const next: Array<unknown> = []
    for (const value of level) {
      if (typeof value === "number" && !Number.isSafeInteger(value)) return false
      if (typeof value === "string" && cannotBeKept.test(value)) return false
      if (typeof value !== "object" || value === null) continue
      if (!Array.isArray(value) && Object.keys(value).some((key) => cannotBeKept.test(key))) return false
      for (const inner of Object.values(value)) next.push(inner)
    }
    level = next
  }
  return true
}

/**
 * The value of a signal, as JSON. A store of executions keeps whole numbers
 * only, so that no amount is ever rounded on the way.
 *
 * @category decoding
 * @since 0.1.0
 */
export const signalValue: Reader<Json> = {
  parse: (text) => {
    if (Buffer.byteLength(text) > VALUE_BYTES_MAX) return Option.none()
    try {
      const value = JSON.parse(text) as Json
      return canBeKept(value) ? Option.some(value) : Option.none()
    } catch {
      return Option.none()
    }
  },
  allowed:
    `JSON of at most ${VALUE_BYTES_MAX / 1024} KiB and ${VALUE_LEVELS_MAX} levels, ` +
    "with whole numbers only (write amounts as texts) and without the character U+0000"
}
