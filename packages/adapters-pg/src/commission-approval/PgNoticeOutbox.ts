/**
 * Notices in `affiliate.notice`, which the commission store writes together
 * with what they tell.
 *
 * A notice is sent to the name and the phone that its affiliate has then.
 *
 * @since 0.1.0
 */
import { type CommissionNotice, CommissionNotice as Notices, Currency, Money } from "@reckoner/core"
import { type Notice, NoticeOutbox, StoreError } from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import { SqlClient } from "effect/sql"
import { Database } from "../Database.ts"
import { orStoreError } from "../StoreErrors.ts"

const ABANDONED = "the process ended while it was sent: it may have arrived"

type StateName = CommissionNotice.NoticeState["_tag"]

interface NoticeRow {
  readonly id: string
  readonly invoice_id: string
  readonly invoice_code: string
  readonly order_code: string
  readonly affiliate_id: string
  readonly affiliate_name: string
  readonly phone: string | null
  readonly amount: string
  readonly currency: string
  readonly queued_ms: number
  readonly attempts: number
  readonly state: StateName
  readonly state_ms: number
  readonly receipt: string | null
  readonly reason: string | null
}

const stateOf = ({ reason, receipt, state, state_ms }: NoticeRow): CommissionNotice.NoticeState => {
  switch (state) {
    case "Queued":
      return { _tag: state, dueAt: state_ms, reason: reason ?? undefined }
    case "Sending":
      return { _tag: state, since: state_ms }
    case "Sent":
      return { _tag: state, at: state_ms, receipt: receipt ?? "" }
    default:
      return { _tag: state, reason: reason ?? "" }
  }
}

/** The instant that a state has, if it has one. */
const instantOf = (state: CommissionNotice.NoticeState): number | undefined => {
  switch (state._tag) {
    case "Queued":
      return state.dueAt
    case "Sending":
      return state.since
    case "Sent":
      return state.at
    default:
      return undefined
  }
}

/** Fails with what is wrong with the row. */
const notice = (row: NoticeRow): Result.Result<Notice, string> =>
  Currency.parse(row.currency).pipe(
    Result.flatMap((currency) => Money.parse(row.amount, currency)),
    Result.mapError(() => `its amount ${row.amount} ${row.currency} is none: correct affiliate.notice`),
    Result.map((amount) => ({
      id: row.id,
      invoiceId: row.invoice_id,
      invoiceCode: row.invoice_code,
      orderCode: row.order_code,
      affiliateId: row.affiliate_id,
      affiliateName: row.affiliate_name,
      phone: row.phone ?? undefined,
      amount,
      queuedAt: row.queued_ms,
      attempts: row.attempts,
      state: stateOf(row)
    }))
  )

const unreadable = (id: string, why: string) =>
  new StoreError({ reason: "Other", message: `notice ${id}: ${why}`, isRetryable: false })

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const orFail = orStoreError(yield* Database)
  const instant = (atMs: number) => sql`to_timestamp(${atMs}::float8 / 1000)`
  const columns = sql`notice.id, notice.invoice_affiliate_id::text AS invoice_id, invoice.invoice_code,
    orders.order_code, notice.affiliate_id::text AS affiliate_id, affiliate.name AS affiliate_name, affiliate.phone,
    trim_scale(notice.amount)::text AS amount, notice.currency,
    (extract(epoch FROM notice.queued_at) * 1000)::float8 AS queued_ms, notice.attempts, notice.state,
    (extract(epoch FROM notice.state_at) * 1000)::float8 AS state_ms, notice.receipt, notice.reason`
  const around = sql`
    JOIN affiliate.invoice_affiliate AS invoice ON invoice.id = notice.invoice_affiliate_id
    JOIN affiliate.order_affiliate AS commission ON commission.id = invoice.order_affiliate_id
    JOIN affiliate."order" AS orders ON orders.id = commission.order_id
    JOIN affiliate.affiliates AS affiliate ON affiliate.id = notice.affiliate_id`

  const settle = (id: string, state: CommissionNotice.NoticeState) => {
    const at = instantOf(state)
    return sql`
        UPDATE affiliate.notice SET state = ${state._tag},
          state_at = ${at === undefined ? sql`clock_timestamp()` : instant(at)},
          receipt = ${state._tag === "Sent" ? state.receipt : null},
          reason = ${"reason" in state ? (state.reason ?? null) : null}
        WHERE id = ${id} AND state = 'Sending'`.pipe(Effect.asVoid, orFail)
  }

  return NoticeOutbox.of({
    // Rows that somebody else is at are passed over: neither is waited for, and none is given twice. A notice that
    // cannot be read waits for a person, and holds up no other.
    take: ({ abandonedMs, at, limit }) =>
      sql<NoticeRow>`
        WITH given_up AS MATERIALIZED (
          SELECT id FROM affiliate.notice WHERE state = 'Sending' AND state_at <= ${instant(at - abandonedMs)}
          FOR UPDATE SKIP LOCKED
        ), unknown AS (
          UPDATE affiliate.notice SET state = 'SentUnknown', state_at = ${instant(at)}, reason = ${ABANDONED}
          WHERE id IN (SELECT id FROM given_up)
        ), due AS MATERIALIZED (
          SELECT id FROM affiliate.notice WHERE state = 'Queued' AND state_at <= ${instant(at)}
          ORDER BY state_at, id COLLATE "C" LIMIT ${limit}::int8 FOR UPDATE SKIP LOCKED
        ), notice AS (
          UPDATE affiliate.notice SET state = 'Sending', state_at = ${instant(at)}, attempts = attempts + 1, reason = NULL
          WHERE id IN (SELECT id FROM due) RETURNING *
        )
        SELECT ${columns} FROM notice ${around} ORDER BY notice.queued_at, notice.id COLLATE "C"`.pipe(
        orFail,
        Effect.flatMap((rows) =>
          Effect.forEach(rows, (row) =>
            Result.match(notice(row), {
              onSuccess: (given) => Effect.succeed([given]),
              onFailure: (reason) => Effect.as(settle(row.id, { _tag: "Held", reason }), [])
            })
          )
        ),
        Effect.map((given) => given.flat())
      ),

    settle,

    list: ({ limit, states }) =>
      sql<NoticeRow>`
        SELECT ${columns} FROM affiliate.notice ${around}
        WHERE ${states.length === 0 ? sql`true` : sql.in("notice.state", states)}
        ORDER BY notice.queued_at DESC, notice.id COLLATE "C" DESC LIMIT ${limit}::int8`.pipe(
        orFail,
        Effect.flatMap((rows) =>
          Effect.forEach(rows, (row) =>
            Effect.fromResult(Result.mapError(notice(row), (why) => unreadable(row.id, why)))
          )
        )
      ),

    requeue: (id, at) =>
      sql`
        UPDATE affiliate.notice SET state = 'Queued', state_at = ${instant(at)}, attempts = 0, reason = NULL
        WHERE id = ${id} AND state NOT IN ('Sending', 'Sent') RETURNING id`.pipe(
        Effect.map((rows) => rows.length > 0),
        orFail
      ),

    counts: sql<{ readonly state: StateName; readonly count: number }>`
      SELECT state, count(*)::float8 AS count FROM affiliate.notice GROUP BY state`.pipe(
      Effect.map((rows) => {
        const counts = new Map(rows.map(({ count, state }) => [state, count]))
        return new Map(Notices.STATE_NAMES.map((state) => [state, counts.get(state) ?? 0]))
      }),
      orFail
    )
  })
})

/**
 * The outbox of the schema `affiliate`.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<NoticeOutbox, never, Database | SqlClient.SqlClient> = Layer.effect(NoticeOutbox, make)
