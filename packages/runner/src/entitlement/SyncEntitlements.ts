/**
 * The job `sync-entitlements`: every paid invoice in scope that has no
 * entitlement yet is decided by the core and recorded, batch by batch.
 *
 * Reading, deciding and writing overlap: while one batch is being written the
 * next is read and decided. Memory holds a few batches, whatever the number of
 * invoices.
 *
 * @since 0.1.0
 */
import { BusinessZone, Eligibility, Entitlement, type PlainDate } from "@reckoner/core"
import {
  BATCHES_AT_ONCE_MAX,
  type EntitlementBatch,
  EntitlementStore,
  type PendingInvoice,
  type Recorded,
  type RunId,
  RunJournal,
  RunLock,
  type RunLockBusy,
  type StoreError
} from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as RunFailure from "../RunFailure.ts"

/**
 * The name of the job, which is also that of its run lock.
 *
 * @category constants
 * @since 0.1.0
 */
export const JOB = "sync-entitlements"

/**
 * What the job does, for a list.
 *
 * @category constants
 * @since 0.1.0
 */
export const DESCRIPTION = "grants members what their paid invoices entitle them to, once per invoice"

const ANSWERS_PER_BATCH_MAX = 2_000 // entitlements, findings and held invoices together
const BATCHES_AHEAD_MAX = 1

/**
 * What a run is asked to do. `atMs` is its instant, milliseconds since
 * 1970-01-01T00:00Z; the zone makes it a business date. Invoices dated before
 * `fromDate` are out of scope. A dry run decides and counts, and writes nothing.
 *
 * @category models
 * @since 0.1.0
 */
export interface Request {
  readonly atMs: number
  readonly zone: BusinessZone.BusinessZone
  readonly fromDate: PlainDate.PlainDate | undefined
  readonly dryRun: boolean
  readonly lockWaitMs: number
  readonly onLockWait: Effect.Effect<void>
  readonly onProgress: (progress: Progress) => Effect.Effect<void>
}

/**
 * How far a run is. `invoicesEstimate` is the database's guess of how many there are.
 *
 * @category models
 * @since 0.1.0
 */
export interface Progress {
  readonly invoicesRead: number
  readonly invoicesEstimate: number
  readonly entitlements: number
}

/**
 * What came of a run: invoices by answer, rows written (or, in a dry run, that
 * would be), and findings by kind.
 *
 * @category models
 * @since 0.1.0
 */
export interface Report {
  readonly job: string
  readonly runId: number | undefined
  readonly businessDate: PlainDate.PlainDate
  readonly dryRun: boolean
  readonly invoices: {
    readonly read: number
    readonly granted: number
    readonly held: number
    readonly nothingToGrant: number
  }
  readonly entitlements: number
  readonly items: number
  readonly releasedHolds: number
  readonly findings: Readonly<Record<string, number>>
  readonly holds: Readonly<Record<string, number>>
}

interface Decided {
  readonly batch: EntitlementBatch
  readonly invoicesRead: number
}

/** The answers so far, and the batch that is being filled. */
class Tally {
  read = 0
  granted = 0
  held = 0
  nothingToGrant = 0
  readonly findings: Record<string, number> = {}
  readonly holds: Record<string, number> = {}
  #entitlements: Array<Entitlement.Entitlement> = []
  #held: Array<EntitlementBatch["held"][number]> = []
  #findings: Array<EntitlementBatch["findings"][number]> = []

  add({ invoice: { invoiceId } }: PendingInvoice, decision: Entitlement.Decision): void {
    this.read++
    for (const finding of decision.findings) {
      this.#findings.push({ invoiceId, finding })
      this.findings[finding._tag] = (this.findings[finding._tag] ?? 0) + 1
    }
    if (decision._tag === "Granted") {
      this.granted++
      for (const entitlement of decision.entitlements) this.#entitlements.push(entitlement)
    } else if (decision._tag === "Held") {
      this.held++
      this.#held.push({ invoiceId, reasons: decision.reasons })
      for (const kind of new Set(decision.reasons.map(({ cause }) => cause._tag))) {
        this.holds[kind] = (this.holds[kind] ?? 0) + 1
      }
    } else this.nothingToGrant++
  }

  get isFull(): boolean {
    return this.#entitlements.length + this.#held.length + this.#findings.length >= ANSWERS_PER_BATCH_MAX
  }

  take(): Decided {
    const batch = { entitlements: this.#entitlements, held: this.#held, findings: this.#findings }
    this.#entitlements = []
    this.#held = []
    this.#findings = []
    return { batch, invoicesRead: this.read }
  }
}

const itemsOf = (batch: EntitlementBatch): Recorded => ({
  entitlements: batch.entitlements.length,
  items: batch.entitlements.reduce((sum, one) => sum + one.items.length, 0)
})

const isEmpty = ({ entitlements, findings, held }: EntitlementBatch): boolean =>
  entitlements.length + findings.length + held.length === 0

/** Reads, decides and hands each batch to `record`, with a few batches in flight. */
const process = Effect.fnUntraced(function* (
  request: Request,
  record: (batch: EntitlementBatch) => Effect.Effect<Recorded, StoreError>
) {
  const store = yield* EntitlementStore
  const departments = yield* store.departments
  const departmentIds = departments.filter(Eligibility.isInScope).map((one) => one.departmentId)
  const scope = { departmentIds, fromDate: request.fromDate }
  const catalog = yield* store.catalog
  const invoicesEstimate = yield* store.pendingEstimate(scope)
  const tally = new Tally()
  const decide = (pending: ReadonlyArray<PendingInvoice>): ReadonlyArray<Decided> => {
    const full: Array<Decided> = []
    for (const one of pending) {
      const { invoice, subscriptions } = one
      tally.add(one, Entitlement.fromInvoice({ invoice, subscriptions, catalog }))
      if (tally.isFull) full.push(tally.take())
    }
    return full
  }
  let entitlements = 0
  let items = 0
  yield* store.pendingInvoices(scope).pipe(
    Stream.map(decide),
    Stream.concat(Stream.sync(() => [tally.take()])),
    Stream.flattenIterable,
    Stream.buffer({ capacity: BATCHES_AHEAD_MAX }),
    Stream.mapEffect(
      ({ batch, invoicesRead }) =>
        Effect.gen(function* () {
          const recorded = isEmpty(batch) ? itemsOf(batch) : yield* record(batch)
          entitlements += recorded.entitlements
          items += recorded.items
          yield* request.onProgress({ invoicesRead, invoicesEstimate, entitlements })
        }),
      { concurrency: BATCHES_AT_ONCE_MAX, unordered: true }
    ),
    Stream.runDrain
  )
  const { findings, granted, held, holds, nothingToGrant, read } = tally
  return { invoices: { read, granted, held, nothingToGrant }, entitlements, items, findings, holds }
})

const dryRun = (request: Request, businessDate: PlainDate.PlainDate) =>
  Effect.map(
    process(request, (batch) => Effect.succeed(itemsOf(batch))),
    (outcome): Report => ({ job: JOB, runId: undefined, businessDate, dryRun: true, releasedHolds: 0, ...outcome })
  )

const realRun = Effect.fnUntraced(function* (
  request: Request,
  businessDate: PlainDate.PlainDate,
  onBegin: (runId: RunId) => void
) {
  const store = yield* EntitlementStore
  const journal = yield* RunJournal
  const runId = yield* journal.begin({ job: JOB, businessDate, fromDate: request.fromDate })
  onBegin(runId)
  const body = Effect.scoped(
    Effect.gen(function* () {
      const recorder = yield* store.recorder(runId)
      const outcome = yield* process(request, recorder.record)
      const releasedHolds = yield* recorder.releaseHolds
      return { job: JOB, runId, businessDate, dryRun: false, releasedHolds, ...outcome } satisfies Report
    })
  )
  return yield* Effect.tap(body, (report) =>
    Effect.ignore(journal.end(runId, { state: "complete", counts: countsOf(report) }))
  )
})

const countsOf = ({
  entitlements,
  findings,
  holds,
  invoices,
  items,
  releasedHolds
}: Report): Record<string, number> => ({
  invoicesRead: invoices.read,
  invoicesGranted: invoices.granted,
  invoicesHeld: invoices.held,
  invoicesWithNothingToGrant: invoices.nothingToGrant,
  entitlements,
  items,
  releasedHolds,
  ...Object.fromEntries(Object.entries(findings).map(([kind, count]) => [`finding.${kind}`, count])),
  ...Object.fromEntries(Object.entries(holds).map(([kind, count]) => [`hold.${kind}`, count]))
})

/**
 * Runs the job once. A real run takes the job's lock and leaves a run record;
 * a dry run does neither.
 *
 * **Errors**
 *
 * - `RunLockBusy`: another run was going on for as long as this one waited.
 * - `StoreError`: the database failed. Batches written before stay, each whole;
 *   the next run goes on from there.
 *
 * @category jobs
 * @since 0.1.0
 */
export const run = (
  request: Request
): Effect.Effect<Report, StoreError | RunLockBusy, EntitlementStore | RunJournal | RunLock> => {
  const businessDate = BusinessZone.civilDate(request.zone, request.atMs)
  if (request.dryRun) return dryRun(request, businessDate)
  return Effect.gen(function* () {
    let begun: RunId | undefined
    const lock = yield* RunLock
    const journal = yield* RunJournal
    const body = realRun(request, businessDate, (runId) => (begun = runId))
    return yield* lock.exclusively(JOB, { waitMs: request.lockWaitMs, onWait: request.onLockWait }, body).pipe(
      // Losing the lock interrupts the body, which knows only that it was stopped: here it is known why.
      Effect.onError((cause) =>
        begun === undefined ? Effect.void : Effect.ignore(journal.end(begun, RunFailure.fromCause(cause)))
      )
    )
  })
}
