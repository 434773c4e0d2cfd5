import { Money } from "@reckoner/core"
import { type Notice, NoticeOutbox, StoreError } from "@reckoner/core/ports"
import { noticeOutboxContract } from "@reckoner/core/testing/contracts"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import pg from "pg"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import * as Database from "../Database.ts"
import { type FreshDatabase, freshDatabase } from "../testing/freshDatabase.ts"
import { rowsOf } from "../testing/gymData.ts"
import * as PgNoticeOutbox from "./PgNoticeOutbox.ts"

const layerOf = ({ layer }: FreshDatabase) =>
  Layer.provide(PgNoticeOutbox.layer, Layer.provideMerge(Database.SqlLive, layer))

const instant = (ms: number): string => new Date(ms).toISOString()

const stateAt = ({ queuedAt, state }: Notice): number =>
  state._tag === "Queued"
    ? state.dueAt
    : state._tag === "Sending"
      ? state.since
      : state._tag === "Sent"
        ? state.at
        : queuedAt

/** Each notice has an invoice, an order and an affiliate of its own, under the same number. */
const load = async ({ url }: FreshDatabase, notices: ReadonlyArray<Notice>): Promise<void> => {
  const affiliates = notices.map(({ affiliateId: id, affiliateName: name, phone }) => ({ id, name, phone, level: "A" }))
  const text = Redacted.value(url)
  for (const { id, level, name, phone } of affiliates) {
    await rowsOf(text, "INSERT INTO affiliate.affiliates (id, name, phone, level) VALUES ($1, $2, $3, $4)", [
      id,
      name,
      phone,
      level
    ])
  }
  for (const one of notices) {
    const { affiliateId, amount, invoiceCode, invoiceId: id, orderCode } = one
    await rowsOf(
      text,
      `INSERT INTO affiliate."order" (id, order_code, wallet_receive_commission) VALUES ($1, $2, 'main')`,
      [id, orderCode]
    )
    await rowsOf(
      text,
      `INSERT INTO affiliate.order_affiliate (id, order_id, affiliate_id, wallet_type, temp_commission_amount)
       VALUES ($1, $1, $2, 'main', 0)`,
      [id, affiliateId]
    )
    await rowsOf(
      text,
      `INSERT INTO affiliate.invoice_affiliate (id, order_affiliate_id, invoice_code, commission_amount, current_sale_percent)
       VALUES ($1, $1, $2, 0, 0)`,
      [id, invoiceCode]
    )
    await rowsOf(
      text,
      `INSERT INTO affiliate.notice (id, invoice_affiliate_id, affiliate_id, amount, currency, queued_at, attempts, state,
         state_at, receipt, reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
      [
        one.id,
        id,
        affiliateId,
        Money.format(amount),
        amount.currency,
        instant(one.queuedAt),
        one.attempts,
        one.state._tag,
        instant(stateAt(one)),
        "receipt" in one.state ? one.state.receipt : null,
        "reason" in one.state ? one.state.reason : null
      ]
    )
  }
}

noticeOutboxContract("PgNoticeOutbox", async () => {
  const database = await freshDatabase()
  return { layer: layerOf(database), load: (notices) => load(database, notices), close: database.drop }
})

const AT = Date.UTC(2026, 2, 6, 9, 30)
const TAKE = { at: AT, limit: 10, abandonedMs: 60_000 }

describe("PgNoticeOutbox and its database", () => {
  let database: FreshDatabase
  beforeEach(async () => {
    database = await freshDatabase()
  })
  afterEach(() => database.drop())

  const use = <A, E>(act: (outbox: NoticeOutbox["Service"]) => Effect.Effect<A, E>): Promise<A> =>
    Effect.runPromise(Effect.provide(Effect.flatMap(NoticeOutbox, act), layerOf(database)))
  const rows = (statement: string) => rowsOf<{ readonly state: string }>(Redacted.value(database.url), statement)
  const loadNotices = (count: number) =>
    load(
      database,
      Array.from({ length: count }, (_, at) => ({
        id: `notice-${at + 1}`,
        invoiceId: `${at + 1}`,
        invoiceCode: `INV-${at + 1}`,
        orderCode: `ORD-${at + 1}`,
        affiliateId: `${at + 1}`,
        affiliateName: `affiliate ${at + 1}`,
        phone: "0900000000",
        amount: Money.make(5_000n, "VND" as Money.Money["currency"]),
        queuedAt: AT,
        attempts: 0,
        state: { _tag: "Queued", dueAt: AT, reason: undefined }
      }))
    )

  it("passes over what others are at, and waits for none of them", async () => {
    await loadNotices(3)
    const client = new pg.Client({ connectionString: Redacted.value(database.url) })
    await client.connect()
    try {
      await client.query("BEGIN")
      await client.query("SELECT 1 FROM affiliate.notice WHERE id IN ('notice-1', 'notice-3') FOR UPDATE")
      expect((await use((outbox) => outbox.take(TAKE))).map(({ id }) => id)).toStrictEqual(["notice-2"])
    } finally {
      await client.end()
    }
  })

  it("gives the name and the phone that the affiliate has then, and the amount that was queued", async () => {
    await loadNotices(1)
    await rows("UPDATE affiliate.affiliates SET name = 'new name', phone = NULL")
    await rows("UPDATE affiliate.notice SET amount = 5000.00")
    expect(await use((outbox) => outbox.take(TAKE))).toMatchObject([
      { affiliateName: "new name", phone: undefined, amount: { minor: 5_000n } }
    ])
  })

  it.each([
    ["a part of the smallest unit", "amount = 0.5"],
    ["an unknown currency", "currency = 'XX'"],
    ["no number", "amount = 'NaN'"]
  ])("holds a notice with %s for a person, gives the others, and names it", async (_, change) => {
    await loadNotices(3)
    await rows(`UPDATE affiliate.notice SET ${change} WHERE id = 'notice-2'`)
    const [given, failure] = await use((outbox) =>
      Effect.all([outbox.take(TAKE), Effect.flip(outbox.list({ states: ["Held"], limit: 9 }))])
    )
    expect(given.map(({ id }) => id)).toStrictEqual(["notice-1", "notice-3"])
    expect(failure).toMatchObject({ _tag: "StoreError", reason: "Other", isRetryable: false })
    expect(failure.message).toContain("notice notice-2: its amount")
    expect(await rows("SELECT id, state, reason FROM affiliate.notice WHERE state <> 'Sending'")).toStrictEqual([
      { id: "notice-2", state: "Held", reason: expect.stringContaining("correct affiliate.notice") }
    ])
  })

  it("fails with StoreError when the database is gone", async () => {
    const failures = await use((outbox) =>
      Effect.gen(function* () {
        yield* Effect.promise(database.drop)
        const all: ReadonlyArray<Effect.Effect<unknown, StoreError>> = [
          outbox.take(TAKE),
          outbox.settle("notice-1", { _tag: "Held", reason: "" }),
          outbox.list({ states: [], limit: 1 }),
          outbox.requeue("notice-1", AT),
          outbox.counts
        ]
        return yield* Effect.forEach(all, (one) => Effect.map(Effect.flip(one), (error) => error instanceof StoreError))
      })
    )
    expect(failures).toStrictEqual([true, true, true, true, true])
  })
})
