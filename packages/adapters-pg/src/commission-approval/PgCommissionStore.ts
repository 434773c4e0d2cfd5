/**
 * Commissions that wait for approval on PostgreSQL: an action locks its order,
 * reads it whole, and writes what was decided, in one transaction.
 *
 * @since 0.1.0
 */
import { AuditEntry, type CommissionAction } from "@reckoner/core"
import {
  type ActionRecord,
  type CommissionChange,
  CommissionStore,
  CommissionUnknown,
  StoreError
} from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import { SqlClient, SqlError } from "effect/sql"
import { Database } from "../Database.ts"
import * as DatabaseError from "../DatabaseError.ts"
import { failingRollback, storeError } from "../StoreErrors.ts"
import * as CommissionListSql from "./CommissionListSql.ts"
import * as CommissionSql from "./CommissionSql.ts"
import * as ListedRows from "./ListedRows.ts"
import * as rows from "./rows.ts"
import * as WrittenRows from "./WrittenRows.ts"

const TRIES_AGAIN_MAX = 5
const DELAY_FIRST = "5 millis"

/** Two who change one order at once, without its lock, meet at these keys. */
const MEETING_KEYS: ReadonlySet<string> = new Set([
  "affiliate_action_log_revision_key",
  "affiliate_action_log_request_key"
])

const isLostRace = (cause: unknown): boolean => {
  if (!(cause instanceof SqlError.SqlError)) return false
  const { reason } = cause
  return (
    reason._tag === "SerializationError" ||
    reason._tag === "DeadlockError" ||
    (reason._tag === "UniqueViolation" && MEETING_KEYS.has(reason.constraint))
  )
}

const again = Schedule.exponential(DELAY_FIRST).pipe(Schedule.jittered)

const entryOf = (record: ActionRecord, plan: CommissionAction.Plan): AuditEntry.AuditEntry => ({
  orderId: plan.before.id,
  target: record.target,
  action: record.action,
  actorId: record.actorId,
  at: record.at,
  revision: plan.after.revision,
  before: AuditEntry.figuresOf(plan.before),
  after: AuditEntry.figuresOf(plan.after),
  events: plan.events,
  settings: plan.settings
})

interface Found<A> {
  readonly found: A
}

/** What cannot be read is no defect: somebody wrote it, and somebody can mend it. */
const reading = <A>(read: () => A): Effect.Effect<A, StoreError> =>
  Effect.try({
    try: read,
    catch: (cause) =>
      new StoreError({
        reason: "Other",
        message: `a stored commission cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
        isRetryable: false,
        cause
      })
  })

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const { describe: server } = yield* Database

  const failureOf = (cause: SqlError.SqlError): StoreError => {
    const error = DatabaseError.from(cause, { server })
    if (isLostRace(cause)) {
      return new StoreError({ reason: "Conflict", message: error.message, isRetryable: true, cause: error })
    }
    return error.reason._tag === "UniqueViolation"
      ? new StoreError({ reason: "Other", message: error.message, isRetryable: false, cause: error })
      : storeError(error)
  }
  const fail = (cause: SqlError.SqlError) => Effect.fail(failureOf(cause))
  const query = <Row extends object>(statement: string, parameters: ReadonlyArray<string | number> = []) =>
    Effect.catchTag(sql.unsafe<Row>(statement, parameters), "SqlError", fail)

  const change: CommissionStore["Service"]["change"] = (record, decide, { isDryRun }) => {
    const { requestKey, target } = record
    const unknown = new CommissionUnknown({ target })
    if (!CommissionListSql.isKey(target.id)) return Effect.fail(unknown)

    const changing = Effect.gen(function* () {
      const find = isDryRun ? CommissionSql.FIND : CommissionSql.LOCK
      const [order] = yield* sql.unsafe<{ readonly id: string }>(find[target.type], [target.id])
      if (order === undefined) return yield* unknown
      const [row] = yield* sql.unsafe<Found<rows.SubjectRow>>(
        isDryRun ? CommissionSql.SUBJECT_UNLOCKED : CommissionSql.SUBJECT,
        [order.id, requestKey ?? null, target.type, target.id]
      )
      const { found } = row!
      const { earlier } = found
      if (earlier !== null) {
        return { entry: yield* reading(() => rows.toEntry(earlier)), isChanged: true, isRepeat: true }
      }
      const subject = yield* reading(() => ({ order: rows.toOrder(found), settings: rows.toSettings(found.settings) }))
      const plan = yield* Effect.fromResult(decide(subject.order, subject.settings))
      const entry = entryOf(record, plan)
      const isChanged = plan.events.length > 0
      if (isChanged && !isDryRun) {
        const [statement, parameters] = CommissionSql.write(WrittenRows.of(plan, entry, record))
        yield* sql.unsafe(statement, parameters)
      }
      return { entry, isChanged, isRepeat: false } satisfies CommissionChange
    })

    return (isDryRun ? changing : sql.withTransaction(changing)).pipe(
      failingRollback,
      Effect.retry({ schedule: again, times: TRIES_AGAIN_MAX, while: isLostRace }),
      Effect.catchTag("SqlError", fail)
    )
  }

  const listing =
    <Row extends object, A>(read: (row: Row) => A) =>
    (wanted: CommissionListSql.Query | undefined): Effect.Effect<ReadonlyArray<A>, StoreError> =>
      wanted === undefined
        ? Effect.succeed([])
        : Effect.flatMap(query<Row>(wanted.statement, wanted.parameters), (found) => reading(() => found.map(read)))

  const listOrders = listing(ListedRows.toListedOrder)
  const listInvoices = listing(ListedRows.toListedInvoice)
  const count = (wanted: CommissionListSql.Query | undefined) =>
    Effect.flatMap(listing((row: ListedRows.SummaryRow) => row)(wanted), (found) =>
      reading(() => ListedRows.toSummary(found))
    )

  return CommissionStore.of({
    change,
    settings: Effect.flatMap(query<Found<rows.SubjectRow["settings"]>>(CommissionSql.SETTINGS), ([row]) =>
      reading(() => rows.toSettings(row!.found))
    ),
    file: Effect.fnUntraced(function* (orderId: string) {
      if (!CommissionListSql.isKey(orderId)) return Option.none()
      const [row] = yield* query<Found<ListedRows.FileRow | ListedRows.NoFileRow>>(CommissionSql.FILE, [orderId])
      const { found } = row!
      return found.order === null ? Option.none() : Option.some(yield* reading(() => ListedRows.toFile(found)))
    }),
    orders: (filter, page) => listOrders(CommissionListSql.orders(filter, page)),
    invoices: (filter, page) => listInvoices(CommissionListSql.invoices(filter, page)),
    orderSummary: (filter) => count(CommissionListSql.orderSummary(filter)),
    invoiceSummary: (filter) => count(CommissionListSql.invoiceSummary(filter))
  })
})

/**
 * The port on the schema `affiliate`.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<CommissionStore, never, Database | SqlClient.SqlClient> = Layer.effect(
  CommissionStore,
  make
)
