/**
 * What runs found: held invoices and findings, for people to look at.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { RunId } from "./RunId.ts"
import type { StoreError } from "./StoreError.ts"

/**
 * A finding about a subject, the key of what the job works on: an invoice, an
 * order. `detail` holds the fields of the finding, fit for JSON.
 *
 * @category models
 * @since 0.1.0
 */
export interface NewFinding {
  readonly subject: string
  readonly kind: string
  readonly detail: unknown
}

/**
 * A stored finding. `lineId` is the line of the subject that it is about, where
 * it is about one.
 *
 * @category models
 * @since 0.1.0
 */
export interface StoredFinding extends NewFinding {
  readonly job: string
  readonly lineId: string | undefined
  readonly firstRun: RunId
}

/**
 * An invoice that waits, or waited until `releasedRun`. `reasons` holds the hold
 * reasons as JSON.
 *
 * @category models
 * @since 0.1.0
 */
export interface StoredHold {
  readonly invoiceId: string
  readonly reasons: unknown
  readonly firstRun: RunId
  readonly lastRun: RunId
  readonly releasedRun: RunId | undefined
}

/**
 * Which findings are asked for; `limit` bounds the answer.
 *
 * @category models
 * @since 0.1.0
 */
export interface FindingFilter {
  readonly job?: string | undefined
  readonly kind?: string | undefined
  readonly subject?: string | undefined
  readonly limit: number
}

/** An escape of U+0000 or of half a surrogate pair in JSON text, or another escape, to step over it. */
const ESCAPE = /\\(?:(u0000|ud[89a-f][\da-f]{2})|.)/g

/**
 * Writes findings as JSON text, each with its subject, kind and detail, in a
 * form that every store can keep: fields that are `undefined` are left out, a
 * bigint is its decimal text, and U+FFFD stands for characters that are none
 * or that databases refuse: half a surrogate pair, and U+0000.
 *
 * **Example** (An amount, and a text with U+0000)
 *
 * ```ts doctest
 * import { findingsJson } from "@reckoner/core/ports"
 *
 * const detail = { amount: 12n, found: "a\u0000b", rate: undefined }
 *
 * findingsJson([{ subject: "7", kind: "Odd", detail }]) // => '[{"subject":"7","kind":"Odd","detail":{"amount":"12","found":"a\uFFFDb"}}]'
 * ```
 *
 * @category encoding
 * @since 0.1.0
 */
export const findingsJson = (findings: ReadonlyArray<NewFinding>): string =>
  JSON.stringify(
    findings.map(({ detail, kind, subject }) => ({ subject, kind, detail: detail ?? null })),
    (_, field) => (typeof field === "bigint" ? String(field) : field)
  ).replace(ESCAPE, (escape, refused?: string) => (refused === undefined ? escape : "\uFFFD"))

/**
 * Keeps findings, and reads them: those of the newest run first, then by job,
 * subject, line and kind. Text is ordered by code points, but a shorter subject
 * comes before a longer one, so that numbers are in their order. Held invoices
 * come with the newest first.
 *
 * `record` stores findings of a run, all or none. A finding of the same job,
 * subject and kind is stored once: one that was stored before keeps the run that
 * found it first, and takes the new detail. Of several given at once, the last
 * counts.
 *
 * @category ports
 * @since 0.1.0
 */
export class FindingStore extends Context.Service<
  FindingStore,
  {
    readonly record: (runId: RunId, findings: ReadonlyArray<NewFinding>) => Effect.Effect<void, StoreError>
    readonly findings: (filter: FindingFilter) => Effect.Effect<ReadonlyArray<StoredFinding>, StoreError>
    readonly holds: (filter: {
      readonly invoiceId?: string | undefined
      readonly includeReleased: boolean
      readonly limit: number
    }) => Effect.Effect<ReadonlyArray<StoredHold>, StoreError>
  }
>()("@reckoner/core/ports/FindingStore") {}
