/**
 * The findings and held invoices that a `MemoryEntitlementStore` remembers.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { FindingStore } from "../ports/FindingStore.ts"
import type { MemoryEntitlementStore } from "./MemoryEntitlementStore.ts"

const isAsked = <A>(asked: A | undefined, found: A): boolean => asked === undefined || asked === found

/**
 * Reads from a store in memory. To look at everything, ask the store itself.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (store: MemoryEntitlementStore): Layer.Layer<FindingStore> =>
  Layer.succeed(
    FindingStore,
    FindingStore.of({
      findings: ({ invoiceId, kind, limit }) =>
        Effect.sync(() =>
          store
            .findings()
            .filter((one) => isAsked(kind, one.kind) && isAsked(invoiceId, one.invoiceId))
            .slice(0, limit)
        ),
      holds: ({ includeReleased, invoiceId, limit }) =>
        Effect.sync(() =>
          store
            .holds()
            .filter((one) => isAsked(invoiceId, one.invoiceId) && (includeReleased || one.releasedRun === undefined))
            .slice(0, limit)
        )
    })
  )
