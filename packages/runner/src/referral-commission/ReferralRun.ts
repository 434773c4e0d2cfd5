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
  ReferralOrderStore,
  type RunId,
  RunJournal,
  type RunLockBusy,
  type StoreError,
  type UpsertCounts
} from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as RunFailure from "../RunFailure.ts"

/**
 * The name of the lock that all runs on one target share.
 *
 * @category constants
 * @since 0.1.0
 */
export const LOCK = "referral-orders"

const ROWS_PER_BATCH = 8_000
const BATCHES_AHEAD_MAX = 1

/** While one batch waits for the user service, the next is decided. */
const BATCHES_DECIDED_AT_ONCE_MAX = 2

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

/** Where the batches go: their orders, and then their findings. */
interface Sink {
  readonly orders: (orders: Batch["orders"]) => Effect.Effect<UpsertCounts, StoreError>
  readonly findings: (findings: Batch["findings"]) => Effect.Effect<void, StoreError>
}

/** Puts blocks of rows together until they make a batch: a block at a time, for there are a million rows. */
const inBatches = <Row, E, R>(
  blocks: Stream.Stream<ReadonlyArray<Row>, E, R>
): Stream.Stream<ReadonlyArray<Row>, E, R> =>
  Stream.suspend(() => {
    let batch: Array<Row> = []
    const take = () => {
      const full = batch
      batch = []
      return full
    }
    return blocks.pipe(
      Stream.map((block) => {
        for (const row of block) batch.push(row)
        return batch.length >= ROWS_PER_BATCH ? take() : []
      }),
      Stream.concat(Stream.sync(take)),
      Stream.filter((rows) => rows.length > 0)
    )
  })

const process = Effect.fnUntraced(function* <Row, E, R>(
  { onProgress }: Pick<Request, "onProgress">,
  flow: Flow<Row, E, R>,
  sink: Sink
) {
  const rowsEstimate = yield* flow.estimate
  const tally = new Tally()
  yield* flow.rows.pipe(
    inBatches,
    Stream.buffer({ capacity: BATCHES_AHEAD_MAX }),
    Stream.mapEffect((rows) => Effect.map(flow.decide(rows), (decided) => tally.take(decided)), {
      concurrency: BATCHES_DECIDED_AT_ONCE_MAX,
      unordered: true
    }),
    Stream.buffer({ capacity: BATCHES_AHEAD_MAX }),
    Stream.mapEffect((batch) =>
      Effect.gen(function* () {
        tally.add(yield* sink.orders(batch.orders))
        const ordersWritten = tally.inserted + tally.changed
        yield* onProgress({ rowsRead: batch.rowsRead, rowsEstimate, ordersWritten })
        return batch.findings
      })
    ),
    // While the findings of a batch are stored, the orders of the next are.
    Stream.buffer({ capacity: BATCHES_AHEAD_MAX }),
    Stream.mapEffect((findings) => (findings.length === 0 ? Effect.void : sink.findings(findings))),
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
      const counts = yield* process(request, flow, { orders: comparer.record, findings: () => Effect.void })
      return report(request, flow, undefined, counts)
    })
  )

const report = <Row, E, R>(
  { atMs, dryRun, zone }: Request,
  { job, window }: Flow<Row, E, R>,
  runId: RunId | undefined,
  counts: Tally["counts"]
): Report => ({ job, runId, businessDate: BusinessZone.civilDate(zone, atMs), window, dryRun, ...counts })

const body = <Row, E, R>(
  request: Request,
  flow: Flow<Row, E, R>,
  runId: RunId
): Effect.Effect<Report, E | StoreError, R | ReferralOrderStore | FindingStore> =>
  Effect.scoped(
    Effect.gen(function* () {
      const store = yield* ReferralOrderStore
      const findings = yield* FindingStore
      const recorder = yield* store.recorder
      const counts = yield* process(request, flow, {
        orders: recorder.record,
        findings: (found) => findings.record(runId, found)
      })
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

/**
 * Is told which run record is open, and when none is any more.
 *
 * @category models
 * @since 0.1.0
 */
export type OnRecord = (open: RunId | undefined) => void

/**
 * Runs a flow and leaves a run record, which {@link exclusively} closes should
 * the flow fail.
 *
 * The run has not succeeded before its record says so: a window counts as
 * covered by its record.
 *
 * @category jobs
 * @since 0.1.0
 */
export const recorded = <Row, E, R>(
  request: Request,
  flow: Flow<Row, E, R>,
  onRecord: OnRecord
): Effect.Effect<Report, E | StoreError, R | ReferralOrderStore | RunJournal | FindingStore> =>
  Effect.gen(function* () {
    const journal = yield* RunJournal
    const businessDate = BusinessZone.civilDate(request.zone, request.atMs)
    const { job, window } = flow
    const start = { job, businessDate, fromDate: undefined, ...(window === undefined ? {} : { window }) }
    const runId = yield* journal.begin(start)
    onRecord(runId)
    const done = yield* body(request, flow, runId)
    yield* journal.end(runId, { state: "complete", counts: countsOf(done) })
    onRecord(undefined)
    return done
  })

/**
 * Runs an effect as the only one on the target.
 *
 * @category combinators
 * @since 0.1.0
 */
export const exclusively = <A, E, R>(
  { lockWaitMs, onLockWait }: Pick<Request, "lockWaitMs" | "onLockWait">,
  run: (onRecord: OnRecord) => Effect.Effect<A, E, R>
): Effect.Effect<A, E | StoreError | RunLockBusy, R | ReferralOrderStore | RunJournal> =>
  Effect.gen(function* () {
    const { lock } = yield* ReferralOrderStore
    const journal = yield* RunJournal
    let open: RunId | undefined
    const effect = run((runId) => (open = runId))
    return yield* lock.exclusively(LOCK, { waitMs: lockWaitMs, onWait: onLockWait }, effect).pipe(
      // Losing the lock interrupts the run, which knows only that it was stopped: here it is known why.
      Effect.onError((cause) =>
        open === undefined ? Effect.void : Effect.ignore(journal.end(open, RunFailure.fromCause(cause)))
      )
    )
  })
