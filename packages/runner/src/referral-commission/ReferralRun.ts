/**
 * What the three referral jobs have in common: rows are read, decided by the
 * core and written, batch by batch, under the lock of the target, with a run
 * record and findings.
 *
 * Reading, looking up and deciding, and writing overlap. Memory holds a few
 * batches, whatever the number of rows.
 *
 * @since 0.1.0
 */
import { BusinessZone, type PlainDate, type ReferralOrder, type SyncWindow } from "@reckoner/core"
import {
  FindingStore,
  type NewFinding,
  type ReferralDirectoryError,
  type ReferralOrderRecorder,
  ReferralOrderStore,
  type RunId,
  RunJournal,
  type RunLockBusy,
  type StoreError,
  type UpsertCounts
} from "@reckoner/core/ports"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

/**
 * The name of the lock that all runs on one target share.
 *
 * @category constants
 * @since 0.1.0
 */
export const LOCK = "referral-orders"

const ROWS_PER_BATCH = 8_000
const BATCHES_AHEAD_MAX = 1

/**
 * What a run is asked for, whatever its flow. `atMs` is its instant,
 * milliseconds since 1970-01-01T00:00Z; the zone makes it a business date. A
 * dry run decides and counts, and writes nothing.
 *
 * @category models
 * @since 0.1.0
 */
export interface Request {
  readonly atMs: number
  readonly zone: BusinessZone.BusinessZone
  readonly dryRun: boolean
  readonly lockWaitMs: number
  readonly onLockWait: Effect.Effect<void>
  readonly onProgress: (progress: Progress) => Effect.Effect<void>
}

/**
 * How far a run is. `rowsEstimate` is the database's guess of how many there are.
 *
 * @category models
 * @since 0.1.0
 */
export interface Progress {
  readonly rowsRead: number
  readonly rowsEstimate: number
  readonly ordersWritten: number
}

/**
 * What came of a run: rows read, by answer, and findings by kind. In a dry run
 * it is what would come of it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Report extends UpsertCounts {
  readonly job: string
  readonly runId: RunId | undefined
  readonly businessDate: PlainDate.PlainDate
  /** What the run covered; the import of the old table covers no window. */
  readonly window: SyncWindow.SyncWindow | undefined
  readonly dryRun: boolean
  readonly read: number
  readonly notReferred: number
  /** Rows of the old table that lack what no order can be without. */
  readonly unusable: number
  readonly findings: Readonly<Record<string, number>>
}

/**
 * A row's key, for its findings, and what was decided about it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Decided {
  readonly subject: string
  readonly decision: ReferralOrder.Decision
}

/**
 * Where the rows of a run come from, and who decides about them.
 *
 * @category models
 * @since 0.1.0
 */
export interface Flow<Row, E, R> {
  readonly job: string
  readonly window: SyncWindow.SyncWindow | undefined
  readonly estimate: Effect.Effect<number, StoreError>
  readonly rows: Stream.Stream<ReadonlyArray<Row>, StoreError>
  readonly decide: (rows: ReadonlyArray<Row>) => Effect.Effect<ReadonlyArray<Decided>, E, R>
}

/**
 * What can stop a run.
 *
 * - `RunLockBusy`: another run on the target was going on for as long as this one waited.
 * - `ReferralDirectoryError`: the user service failed.
 * - `StoreError`: a database failed.
 *
 * Batches written before stay, each whole; the next run goes on from there.
 *
 * @category errors
 * @since 0.1.0
 */
export type RunError = StoreError | ReferralDirectoryError | RunLockBusy

/** Rows by answer so far. */
class Tally {
  read = 0
  notReferred = 0
  unusable = 0
  inserted = 0
  changed = 0
  unchanged = 0
  readonly findings: Record<string, number> = {}

  /** Counts what was decided, and gives what is to be written. */
  take(decided: ReadonlyArray<Decided>): Batch {
    const orders: Array<ReferralOrder.ReferralOrder> = []
    const findings: Array<NewFinding> = []
    this.read += decided.length
    for (const { decision, subject } of decided) {
      for (const { _tag: kind, ...detail } of decision.findings) {
        findings.push({ subject, kind, detail })
        this.findings[kind] = (this.findings[kind] ?? 0) + 1
      }
      if (decision._tag === "Referred") orders.push(decision.order)
      else if (decision._tag === "NotReferred") this.notReferred++
      else this.unusable++
    }
    return { orders, findings, rowsRead: this.read }
  }

  add({ changed, inserted, unchanged }: UpsertCounts): void {
    this.inserted += inserted
    this.changed += changed
    this.unchanged += unchanged
  }

  get counts() {
    const { changed, findings, inserted, notReferred, read, unchanged, unusable } = this
    return { read, notReferred, unusable, inserted, changed, unchanged, findings }
  }
}

interface Batch {
  readonly orders: ReadonlyArray<ReferralOrder.ReferralOrder>
  readonly findings: ReadonlyArray<NewFinding>
  readonly rowsRead: number
}

type Write = (batch: Batch) => Effect.Effect<UpsertCounts, StoreError>

const process = Effect.fnUntraced(function* <Row, E, R>(
  { onProgress }: Pick<Request, "onProgress">,
  flow: Flow<Row, E, R>,
  write: Write
) {
  const rowsEstimate = yield* flow.estimate
  const tally = new Tally()
  yield* flow.rows.pipe(
    Stream.flattenIterable,
    Stream.rechunk(ROWS_PER_BATCH),
    Stream.chunks,
    Stream.buffer({ capacity: BATCHES_AHEAD_MAX }),
    Stream.mapEffect((rows) => Effect.map(flow.decide(rows), (decided) => tally.take(decided))),
    Stream.buffer({ capacity: BATCHES_AHEAD_MAX }),
    Stream.mapEffect((batch) =>
      Effect.gen(function* () {
        tally.add(yield* write(batch))
        const ordersWritten = tally.inserted + tally.changed
        yield* onProgress({ rowsRead: batch.rowsRead, rowsEstimate, ordersWritten })
      })
    ),
    Stream.runDrain
  )
  return tally.counts
})

/**
 * Decides and counts, and writes nothing: no lock, no run record, no finding.
 *
 * @category jobs
 * @since 0.1.0
 */
export const preview = <Row, E, R>(
  request: Request,
  flow: Flow<Row, E, R>
): Effect.Effect<Report, E | StoreError, R | ReferralOrderStore> =>
  Effect.scoped(
    Effect.gen(function* () {
      const store = yield* ReferralOrderStore
      const comparer = yield* store.comparer
      const counts = yield* process(request, flow, ({ orders }) => comparer.record(orders))
      return report(request, flow, undefined, counts)
    })
  )

const report = <Row, E, R>(
  { atMs, dryRun, zone }: Request,
  { job, window }: Flow<Row, E, R>,
  runId: RunId | undefined,
  counts: Tally["counts"]
): Report => ({ job, runId, businessDate: BusinessZone.civilDate(zone, atMs), window, dryRun, ...counts })

const writeTo =
  (recorder: ReferralOrderRecorder, findings: FindingStore["Service"], runId: RunId): Write =>
  (batch) =>
    Effect.gen(function* () {
      const counts = yield* recorder.record(batch.orders)
      if (batch.findings.length > 0) yield* findings.record(runId, batch.findings)
      return counts
    })

const body = <Row, E, R>(
  request: Request,
  flow: Flow<Row, E, R>,
  runId: RunId
): Effect.Effect<Report, E | StoreError, R | ReferralOrderStore | FindingStore> =>
  Effect.scoped(
    Effect.gen(function* () {
      const store = yield* ReferralOrderStore
      const recorder = yield* store.recorder
      const counts = yield* process(request, flow, writeTo(recorder, yield* FindingStore, runId))
      return report(request, flow, runId, counts)
    })
  )

const countsOf = ({ findings, ...counts }: Report): Record<string, number> => {
  const { changed, inserted, notReferred, read, unchanged, unusable } = counts
  return {
    read,
    notReferred,
    unusable,
    inserted,
    changed,
    unchanged,
    ...Object.fromEntries(Object.entries(findings).map(([kind, count]) => [`finding.${kind}`, count]))
  }
}

const reasonOf = (cause: Cause.Cause<unknown>): string => {
  if (Cause.hasInterruptsOnly(cause)) return "the run was stopped"
  const error = Cause.squash(cause)
  return error instanceof Error ? error.message : String(error)
}

/**
 * Runs a flow and leaves a run record: for use within {@link exclusively}.
 *
 * The run has not succeeded before its record says so: a window counts as
 * covered by its record.
 *
 * @category jobs
 * @since 0.1.0
 */
export const recorded = <Row, E, R>(
  request: Request,
  flow: Flow<Row, E, R>
): Effect.Effect<Report, E | StoreError, R | ReferralOrderStore | RunJournal | FindingStore> =>
  Effect.gen(function* () {
    const journal = yield* RunJournal
    const businessDate = BusinessZone.civilDate(request.zone, request.atMs)
    const { job, window } = flow
    const start = { job, businessDate, fromDate: undefined, ...(window === undefined ? {} : { window }) }
    const runId = yield* journal.begin(start)
    return yield* body(request, flow, runId).pipe(
      Effect.tap((done) => journal.end(runId, { state: "complete", counts: countsOf(done) })),
      Effect.onError((cause) => Effect.ignore(journal.end(runId, { state: "failed", error: reasonOf(cause) })))
    )
  })

/**
 * Runs an effect as the only one on the target.
 *
 * @category combinators
 * @since 0.1.0
 */
export const exclusively = <A, E, R>(
  { lockWaitMs, onLockWait }: Pick<Request, "lockWaitMs" | "onLockWait">,
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E | StoreError | RunLockBusy, R | ReferralOrderStore> =>
  Effect.flatMap(ReferralOrderStore, ({ lock }) =>
    lock.exclusively(LOCK, { waitMs: lockWaitMs, onWait: onLockWait }, effect)
  )
