/**
 * What earlier runs found: held invoices and findings, for people to look at.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { RunId } from "./RunId.ts"
import type { StoreError } from "./StoreError.ts"

/**
 * A stored finding. `detail` holds the fields of the finding as JSON.
 *
 * @category models
 * @since 0.1.0
 */
export interface StoredFinding {
  readonly job: string
  readonly kind: string
  readonly invoiceId: string
  readonly lineId: string | undefined
  readonly detail: unknown
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
  readonly kind?: string | undefined
  readonly invoiceId?: string | undefined
  readonly limit: number
}

/**
 * Reads findings and held invoices, newest first.
 *
 * @category ports
 * @since 0.1.0
 */
export class FindingStore extends Context.Service<
  FindingStore,
  {
    readonly findings: (filter: FindingFilter) => Effect.Effect<ReadonlyArray<StoredFinding>, StoreError>
    readonly holds: (filter: {
      readonly invoiceId?: string | undefined
      readonly includeReleased: boolean
      readonly limit: number
    }) => Effect.Effect<ReadonlyArray<StoredHold>, StoreError>
  }
>()("@reckoner/core/ports/FindingStore") {}
