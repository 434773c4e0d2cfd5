/**
 * Ports that disturb a run at a chosen place: between two of its calls, or in
 * the middle of one.
 *
 * @since 0.1.0
 */
import type { ReferralOrder } from "@reckoner/core"
import {
  FindingStore,
  ReferralDirectory,
  type ReferralOrderRecorder,
  ReferralOrderStore,
  RunJournal,
  ShipmentStore,
  type UpsertCounts
} from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import type { Ports } from "../ReferralJobs.ts"

/**
 * What is done at each call of a port, before it is made and after it; nothing
 * unless somebody sets it.
 *
 * @category testing
 * @since 0.1.0
 */
export interface Disturber {
  onCall: Effect.Effect<void>
}

const portions = <A>(all: ReadonlyArray<A>, size: number): ReadonlyArray<ReadonlyArray<A>> =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, at) => all.slice(at * size, (at + 1) * size))

/**
 * The ports, disturbed. Orders are written in portions, each in a transaction
 * of its own, so that a run of few orders can be cut short as one of many.
 *
 * @category testing
 * @since 0.1.0
 */
export const disturbed = (
  layer: Layer.Layer<Ports>,
  disturber: Disturber,
  ordersPerWriteMax: number
): Layer.Layer<Ports> => {
  const point = Effect.suspend(() => disturber.onCall)
  const around = <A, E, R>(call: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.andThen(point, Effect.tap(call, point))
  const inPortions = ({ record }: ReferralOrderRecorder): ReferralOrderRecorder => ({
    record: (orders) =>
      Effect.gen(function* () {
        let counts: UpsertCounts = { inserted: 0, changed: 0, unchanged: 0 }
        for (const some of portions<ReferralOrder.ReferralOrder>(orders, ordersPerWriteMax)) {
          const { changed, inserted, unchanged } = yield* around(record(some))
          counts = {
            inserted: counts.inserted + inserted,
            changed: counts.changed + changed,
            unchanged: counts.unchanged + unchanged
          }
        }
        return counts
      })
  })
  const watched = Layer.mergeAll(
    Layer.effect(
      ShipmentStore,
      Effect.map(ShipmentStore, (store) =>
        ShipmentStore.of({ ...store, shipments: (scope) => Stream.tap(store.shipments(scope), () => point) })
      )
    ),
    Layer.effect(
      ReferralDirectory,
      Effect.map(ReferralDirectory, (directory) =>
        ReferralDirectory.of({ referralsOf: (memberIds) => around(directory.referralsOf(memberIds)) })
      )
    ),
    Layer.effect(
      ReferralOrderStore,
      Effect.map(ReferralOrderStore, (store) =>
        ReferralOrderStore.of({
          ...store,
          stored: (orderNos) => around(store.stored(orderNos)),
          recorder: Effect.map(store.recorder, inPortions)
        })
      )
    ),
    Layer.effect(
      RunJournal,
      Effect.map(RunJournal, (journal) =>
        RunJournal.of({
          begin: (start) => around(journal.begin(start)),
          end: (runId, end) => around(journal.end(runId, end)),
          lastWindowEnd: (job) => around(journal.lastWindowEnd(job))
        })
      )
    ),
    Layer.effect(
      FindingStore,
      Effect.map(FindingStore, (store) =>
        FindingStore.of({ ...store, record: (runId, findings) => around(store.record(runId, findings)) })
      )
    )
  )
  return Layer.provide(watched, layer)
}
