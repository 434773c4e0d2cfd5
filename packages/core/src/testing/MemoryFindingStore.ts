/**
 * The finding store in memory, for tests: over the findings and held invoices
 * that a `MemoryEntitlementStore` remembers, or on its own.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { FindingStore, findingsJson, type NewFinding, type StoredFinding } from "../ports/FindingStore.ts"
import { StoreError } from "../ports/StoreError.ts"
import { FindingTable } from "./FindingTable.ts"
import type { MemoryEntitlementStore } from "./MemoryEntitlementStore.ts"
import type { MemoryRunJournal } from "./MemoryRunJournal.ts"

/**
 * A finding store with its contents.
 *
 * @category models
 * @since 0.1.0
 */
export interface MemoryFindingStore {
  readonly layer: Layer.Layer<FindingStore>
  /** In the order of `FindingStore`. */
  readonly findings: () => ReadonlyArray<StoredFinding>
}

const isAsked = <A>(asked: A | undefined, found: A): boolean => asked === undefined || asked === found

/**
 * Reads from a store in memory, and records into it for the runs of a journal.
 * To look at everything, ask the store itself.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  store: Pick<MemoryEntitlementStore, "addFinding" | "findings" | "holds">,
  journal: Pick<MemoryRunJournal, "runs">
): Layer.Layer<FindingStore> =>
  Layer.succeed(
    FindingStore,
    FindingStore.of({
      record: (firstRun, findings) =>
        Effect.suspend(() => {
          const run = journal.runs().find(({ runId }) => runId === firstRun)
          if (run === undefined) {
            const message = `there is no run ${firstRun}`
            return findings.length === 0
              ? Effect.void
              : Effect.fail(new StoreError({ reason: "Other", message, isRetryable: false }))
          }
          for (const finding of JSON.parse(findingsJson(findings)) as ReadonlyArray<NewFinding>) {
            store.addFinding({ ...finding, job: run.job, lineId: undefined, firstRun })
          }
          return Effect.void
        }),
      findings: ({ job, kind, limit, subject }) =>
        Effect.sync(() =>
          store
            .findings()
            .filter((one) => isAsked(job, one.job) && isAsked(kind, one.kind) && isAsked(subject, one.subject))
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

/**
 * Makes an empty store for jobs that hold no invoices; it takes findings of the
 * runs of a journal.
 *
 * **Example** (What a job found)
 *
 * ```ts
 * const journal = MemoryRunJournal.make()
 * const store = MemoryFindingStore.make(journal)
 * await Effect.runPromise(Effect.provide(job, Layer.merge(journal.layer, store.layer)))
 * expect(store.findings()).toStrictEqual([…])
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (journal: Pick<MemoryRunJournal, "runs">): MemoryFindingStore => {
  const table = new FindingTable()
  const findings = () => table.inOrder()
  return {
    layer: layer({ addFinding: (finding) => table.add(finding), findings, holds: () => [] }, journal),
    findings
  }
}
