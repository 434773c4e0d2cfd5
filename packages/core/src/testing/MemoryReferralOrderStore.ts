/**
 * The store of orders with their commission in memory, for tests: it remembers
 * what is recorded.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Money from "../money/Money.ts"
import { type ReferralOrderRecorder, ReferralOrderStore, type UpsertCounts } from "../ports/ReferralOrderStore.ts"
import { RunLock } from "../ports/RunLock.ts"
import { StoreError } from "../ports/StoreError.ts"
import type * as ReferralOrder from "../referral-commission/ReferralOrder.ts"
import * as MemoryRunLock from "./MemoryRunLock.ts"

/**
 * An order as it is kept.
 *
 * @category models
 * @since 0.1.0
 */
export type KeptOrder = Omit<ReferralOrder.ReferralOrder, "basis">

/**
 * A store with its contents, by number.
 *
 * @category models
 * @since 0.1.0
 */
export interface MemoryReferralOrderStore {
  readonly layer: Layer.Layer<ReferralOrderStore>
  readonly orders: () => ReadonlyArray<KeptOrder>
}

const conflict = new StoreError({
  reason: "Conflict",
  message: "an order comes twice in a batch",
  isRetryable: false
})

const over = new StoreError({ reason: "ConnectionLost", message: "this recorder is over", isRetryable: true })

const isSameAmount = (one: Money.Money | undefined, other: Money.Money | undefined): boolean =>
  one === undefined || other === undefined ? one === other : Money.equals(one, other)

const isSame = (one: KeptOrder, other: KeptOrder): boolean =>
  one.statusId === other.statusId &&
  one.statusName === other.statusName &&
  one.courierName === other.courierName &&
  one.rateName === other.rateName &&
  one.rateCode === other.rateCode &&
  isSameAmount(one.shippingPrice, other.shippingPrice) &&
  isSameAmount(one.memberCashback, other.memberCashback) &&
  isSameAmount(one.affiliateCashback, other.affiliateCashback) &&
  isSameAmount(one.estimatedCommission, other.estimatedCommission) &&
  one.dispatchedAt === other.dispatchedAt &&
  one.deliveredAt === other.deliveredAt &&
  one.returnedAt === other.returnedAt

const mayRewrite = (stored: KeptOrder, given: KeptOrder): boolean =>
  given.source !== "fct_v2" || stored.source === "fct_v2"

/**
 * Makes a store that holds some orders, or none.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (initial: ReadonlyArray<KeptOrder> = []): MemoryReferralOrderStore => {
  const kept = new Map(initial.map((one) => [one.orderNo, one]))
  const lock = MemoryRunLock.make()

  const upsert = (orders: ReadonlyArray<ReferralOrder.ReferralOrder>, writes: boolean): UpsertCounts => {
    const counts = { inserted: 0, changed: 0, unchanged: 0 }
    for (const { basis: _basis, ...given } of orders) {
      const stored = kept.get(given.orderNo)
      if (stored !== undefined && (isSame(stored, given) || !mayRewrite(stored, given))) {
        counts.unchanged++
        continue
      }
      counts[stored === undefined ? "inserted" : "changed"]++
      const { affiliateId, memberId } = stored ?? given
      if (writes) kept.set(given.orderNo, { ...given, memberId, affiliateId })
    }
    return counts
  }

  const recorder = (writes: boolean): Effect.Effect<ReferralOrderRecorder, never, Scope.Scope> =>
    Effect.gen(function* () {
      let isOver = false
      yield* Effect.addFinalizer(() => Effect.sync(() => void (isOver = true)))
      return {
        record: (orders) =>
          Effect.suspend(() => {
            if (isOver) return Effect.fail(over)
            if (new Set(orders.map((one) => one.orderNo)).size === orders.length) {
              return Effect.succeed(upsert(orders, writes))
            }
            isOver = true
            return Effect.fail(conflict)
          })
      }
    })

  const service = Effect.map(RunLock, (held) =>
    ReferralOrderStore.of({
      stored: (orderNos) =>
        Effect.sync(() => {
          const found = orderNos.flatMap((orderNo) => kept.get(orderNo) ?? [])
          return new Map(
            found.map(({ affiliateCashback, affiliateId, memberId, orderNo }) => [
              orderNo,
              { memberId, affiliateId, affiliateCashback }
            ])
          )
        }),
      order: (orderNo) => Effect.sync(() => Option.fromUndefinedOr(kept.get(orderNo))),
      recorder: recorder(true),
      comparer: recorder(false),
      lock: held
    })
  )

  return {
    layer: Layer.provide(Layer.effect(ReferralOrderStore, service), lock.layer),
    orders: () => [...kept.values()].toSorted((one, other) => (one.orderNo < other.orderNo ? -1 : 1))
  }
}
