/**
 * Where the orders of referred members are kept.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type * as ReferralOrder from "../referral-commission/ReferralOrder.ts"
import type { Lock } from "./Lock.ts"
import type { StoreError } from "./StoreError.ts"

/**
 * What became of a number of orders: new ones, ones of which something other
 * than the source differs from what was stored, and ones left as they are.
 *
 * @category models
 * @since 0.1.0
 */
export interface UpsertCounts {
  readonly inserted: number
  readonly changed: number
  readonly unchanged: number
}

/**
 * Writes for one run, as long as its scope lasts. `record` stores orders of
 * distinct numbers, all of one source, in one transaction:
 *
 * - an order that is not there is inserted;
 * - one that is there keeps its member and its affiliate. It is rewritten if
 *   another column than those and the source differs, and then its source is
 *   the new one; otherwise it is not touched;
 * - the old table (`fct_v2`) rewrites only what it wrote itself.
 *
 * Calls run one after the other. After a failure the recorder is over.
 *
 * @category models
 * @since 0.1.0
 */
export interface ReferralOrderRecorder {
  readonly record: (orders: ReadonlyArray<ReferralOrder.ReferralOrder>) => Effect.Effect<UpsertCounts, StoreError>
}

/**
 * Reads and writes orders.
 *
 * - `stored` gives what counts of those orders that are there, by number.
 * - `order` finds one by its number, as it is stored.
 * - `recorder` opens a recorder that writes; `comparer` one that only says what
 *   would become of the orders.
 * - `lock` keeps runs on this target apart, wherever they come from.
 *
 * @category ports
 * @since 0.1.0
 */
export class ReferralOrderStore extends Context.Service<
  ReferralOrderStore,
  {
    readonly stored: (
      orderNos: ReadonlyArray<string>
    ) => Effect.Effect<ReadonlyMap<string, ReferralOrder.StoredOrder>, StoreError>
    readonly order: (
      orderNo: string
    ) => Effect.Effect<Option.Option<Omit<ReferralOrder.ReferralOrder, "basis">>, StoreError>
    readonly recorder: Effect.Effect<ReferralOrderRecorder, StoreError, Scope.Scope>
    readonly comparer: Effect.Effect<ReferralOrderRecorder, StoreError, Scope.Scope>
    readonly lock: Lock
  }
>()("@reckoner/core/ports/ReferralOrderStore") {}
