import { Currency, Money, type ReferralOrder } from "@reckoner/core"
import { type ReferralOrderRecorder, ReferralOrderStore } from "@reckoner/core/ports"
import { referralOrderStoreContract } from "@reckoner/core/testing/contracts"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import { afterEach, describe, expect, it } from "vitest"
import { rowsOf } from "../testing/gymData.ts"
import { referralOrderStore } from "../testing/referralStores.ts"

referralOrderStoreContract("PgReferralOrderStore", () => referralOrderStore())

const TABLE = "everpro_data.affiliate_orders"
const LONG_MS = 60_000

const currency = (code: string) => Result.getOrThrow(Currency.parse(code))

const order = (orderNo: string, change: Partial<ReferralOrder.ReferralOrder> = {}): ReferralOrder.ReferralOrder => ({
  orderNo,
  memberId: "7",
  affiliateId: "90",
  statusId: 3,
  statusName: "delivered",
  courierName: "Swift",
  rateName: "Regular",
  rateCode: "REG",
  shippingPrice: undefined,
  memberCashback: undefined,
  affiliateCashback: Money.make(80_050n, currency("IDR")),
  estimatedCommission: undefined,
  dispatchedAt: 1_698_655_999.123_456,
  deliveredAt: undefined,
  returnedAt: undefined,
  source: "daily",
  basis: { _tag: "CashbackRow" },
  ...change
})

const many = (count: number, change: Partial<ReferralOrder.ReferralOrder> = {}) =>
  Array.from({ length: count }, (_, at) => order(`order ${at}`, change))

describe("PgReferralOrderStore on its table", () => {
  let store: Awaited<ReturnType<typeof referralOrderStore>>
  afterEach(() => store.close())

  const rows = (statement: string) => rowsOf(store.url, statement)
  const count = async () => Number((await rows(`SELECT count(*) AS n FROM ${TABLE}`))[0]?.["n"])
  const run = <A, E>(use: (found: ReferralOrderStore["Service"]) => Effect.Effect<A, E>): Promise<A> =>
    Effect.runPromise(Effect.provide(Effect.flatMap(ReferralOrderStore, use), store.layer))
  const recording = <A, E>(use: (recorder: ReferralOrderRecorder) => Effect.Effect<A, E>) =>
    run((found) => Effect.scoped(Effect.flatMap(found.recorder, use)))
  const record = (orders: ReadonlyArray<ReferralOrder.ReferralOrder>) =>
    recording((recorder) => recorder.record(orders))

  it("writes its columns: instants, amounts and text as they are meant", async () => {
    store = await referralOrderStore()
    await record([order("A", { shippingPrice: Money.make(-5n, currency("IDR")), source: "backfill" })])
    expect(await rows(`SELECT to_jsonb(t) AS stored FROM ${TABLE} t`)).toStrictEqual([
      {
        stored: {
          shipment_order_no: "A",
          member_id: 7,
          affiliator_id: 90,
          status_id: 3,
          status_name: "delivered",
          logistic_name: "Swift",
          rate_name: "Regular",
          rate_code: "REG",
          shipment_price: -0.05,
          member_total_cashback: null,
          affiliator_total_cashback: 800.5,
          est_commission: null,
          dispatch_at: "2023-10-30T08:53:19.123456+00:00",
          delivered_at: null,
          return_at: null,
          source: "backfill"
        }
      }
    ])
  })

  it("rewrites no row when a batch is repeated, and only the one that changed", async () => {
    store = await referralOrderStore()
    const places = () => rows(`SELECT shipment_order_no, ctid::text, xmin::text FROM ${TABLE} ORDER BY 1`)
    await record(many(500))
    const before = await places()
    await record(many(500, { source: "backfill", memberId: "8", affiliateId: "91" }))
    expect(await places()).toStrictEqual(before)
    await record([...many(499), order("order 499", { statusId: 4 })])
    const after = await places()
    const moved = after.filter(
      (row, at) => row["ctid"] !== before[at]?.["ctid"] || row["xmin"] !== before[at]?.["xmin"]
    )
    expect(moved.map((row) => row["shipment_order_no"])).toStrictEqual(["order 499"])
  })

  it("compares without a lock, a transaction number or a row of its own", async () => {
    store = await referralOrderStore()
    await record(many(100))
    const places = () => rows(`SELECT ctid::text, xmin::text, xmax::text FROM ${TABLE} ORDER BY 1`)
    const before = await places()
    const counts = await run((found) =>
      Effect.scoped(Effect.flatMap(found.comparer, (comparer) => comparer.record(many(200, { statusId: 4 }))))
    )
    expect(counts).toStrictEqual({ inserted: 100, changed: 100, unchanged: 0 })
    expect(await places()).toStrictEqual(before)
  })

  it(
    "keeps nothing of a batch whose connection is killed in the middle, and is over",
    { timeout: LONG_MS },
    async () => {
      store = await referralOrderStore()
      await record(many(10))
      // A row that somebody else holds stops the batch in its merge.
      const blocked = await run((found) =>
        Effect.scoped(
          Effect.gen(function* () {
            const recorder = yield* found.recorder
            const [free, held] = yield* Effect.promise(() => holdRow(store.url))
            const writing = yield* Effect.forkChild(
              Effect.flip(recorder.record(many(1_000, { statusId: 4 }).toReversed()))
            )
            yield* Effect.promise(() => killWaiting(store.url, held))
            const failure = yield* Fiber.join(writing)
            yield* Effect.promise(free)
            const after = yield* Effect.flip(recorder.record([order("later")]))
            return [failure.reason, after.reason]
          })
        )
      )
      expect(blocked).toStrictEqual(["ConnectionLost", "ConnectionLost"])
      expect(await rows(`SELECT count(*)::int AS n, max(status_id) AS status FROM ${TABLE}`)).toStrictEqual([
        { n: 10, status: 3 }
      ])
      expect(await record(many(1_000, { statusId: 4 }))).toStrictEqual({ inserted: 990, changed: 10, unchanged: 0 })
    }
  )

  it("merges what somebody else has written in between, and goes on", { timeout: LONG_MS }, async () => {
    store = await referralOrderStore()
    await record(many(2))
    const counts = await run((found) =>
      Effect.scoped(
        Effect.gen(function* () {
          const recorder = yield* found.recorder
          // Not seen before it is committed, and in the way then.
          const [commit, held] = yield* Effect.promise(() =>
            hold(
              store.url,
              `INSERT INTO ${TABLE} (shipment_order_no, member_id, affiliator_id, status_id, source)
               VALUES ('order 50', 5, 99, 1, 'backfill') RETURNING pg_backend_pid() AS pid`
            )
          )
          const writing = yield* Effect.forkChild(recorder.record(many(100, { statusId: 4 })))
          yield* Effect.promise(() => untilWaiting(store.url, held))
          yield* Effect.promise(commit)
          return [yield* Fiber.join(writing), yield* recorder.record([...many(100, { statusId: 4 }), order("later")])]
        })
      )
    )
    expect(counts).toStrictEqual([
      { inserted: 97, changed: 3, unchanged: 0 },
      { inserted: 1, changed: 0, unchanged: 100 }
    ])
    expect(
      await rows(`SELECT member_id::int, affiliator_id::int, status_id, source, affiliator_total_cashback AS amount
        FROM ${TABLE} WHERE shipment_order_no = 'order 50'`)
    ).toStrictEqual([{ member_id: 5, affiliator_id: 99, status_id: 4, source: "daily", amount: "800.50" }])
  })

  it("writes into a table whose columns are of other types", async () => {
    store = await referralOrderStore()
    await rows(`ALTER TABLE ${TABLE} ALTER member_id TYPE numeric, ALTER status_id TYPE bigint,
      ALTER dispatch_at TYPE timestamp, ALTER logistic_name TYPE varchar(255)`)
    expect(await record(many(2))).toStrictEqual({ inserted: 2, changed: 0, unchanged: 0 })
    expect(await record([...many(1, { statusId: 4 }), order("new")])).toStrictEqual({
      inserted: 1,
      changed: 1,
      unchanged: 0
    })
    expect(
      await rows(`SELECT member_id::text, status_id::text, dispatch_at::text, logistic_name FROM ${TABLE}
        WHERE shipment_order_no = 'order 0'`)
    ).toStrictEqual([
      { member_id: "7", status_id: "4", dispatch_at: "2023-10-30 08:53:19.123456", logistic_name: "Swift" }
    ])
  })

  it("keeps nothing of a batch that is interrupted, and is over", { timeout: LONG_MS }, async () => {
    store = await referralOrderStore()
    await record(many(10))
    const after = await run((found) =>
      Effect.scoped(
        Effect.gen(function* () {
          const recorder = yield* found.recorder
          const [free, held] = yield* Effect.promise(() => holdRow(store.url))
          const writing = yield* Effect.forkChild(recorder.record(many(1_000, { statusId: 4 }).toReversed()))
          yield* Effect.promise(() => untilWaiting(store.url, held))
          yield* Fiber.interrupt(writing)
          yield* Effect.promise(free)
          return yield* Effect.flip(recorder.record([order("later")]))
        })
      )
    )
    expect(after.reason).toBe("ConnectionLost")
    expect(await count()).toBe(10)
  })

  it.each([
    ["a text that the server refuses", order("B", { courierName: "a\0b" }), "Other"],
    ["a number that is too long", order("x".repeat(33)), "Other"],
    ["an amount that is too large", order("B", { shippingPrice: Money.make(10n ** 14n, currency("IDR")) }), "Other"],
    ["a member that is no number", order("B", { memberId: "seven" }), "Other"],
    ["an amount of another currency", order("B", { shippingPrice: Money.make(1n, currency("USD")) }), "Conflict"]
  ])("stores nothing of a batch with %s", async (_, refused, reason) => {
    store = await referralOrderStore()
    const failures = await recording((recorder) =>
      Effect.all([Effect.flip(recorder.record([order("A"), refused])), Effect.flip(recorder.record([order("A")]))])
    )
    expect(failures.map((failure) => failure.reason)).toStrictEqual([reason, "ConnectionLost"])
    expect(await count()).toBe(0)
  })

  it("writes amounts of other currencies exactly, and refuses one that is finer than its columns", async () => {
    store = await referralOrderStore("KWD")
    const dinar = (minor: bigint) => ({ affiliateCashback: Money.make(minor, currency("KWD")) })
    await record([order("A", dinar(-1_230n))])
    const [stored] = await rows(`SELECT affiliator_total_cashback AS amount FROM ${TABLE}`)
    expect(stored).toStrictEqual({ amount: "-1.23" })
    const failure = await recording((recorder) => Effect.flip(recorder.record([order("B", dinar(1_231n))])))
    expect(failure.message).toContain("order B has an amount that is not of KWD with two decimals")
    const found = await run((one) => one.stored(["A"]))
    expect(found.get("A")?.affiliateCashback).toStrictEqual(Money.make(-1_230n, currency("KWD")))
  })

  it("names the order and the column where a stored amount cannot be read", async () => {
    store = await referralOrderStore("JPY")
    await rows(`INSERT INTO ${TABLE} (shipment_order_no, member_id, affiliator_id, source, affiliator_total_cashback,
      est_commission) VALUES ('A', 7, 90, 'daily', 500.50, 1), ('B', 7, 90, 'daily', 500, 0.5), ('C', 7, 90, 'daily', 1, 1)`)
    const failures = await run((found) =>
      Effect.all([
        Effect.flip(found.stored(["C", "A", "B"])),
        Effect.flip(found.order("A")),
        Effect.flip(found.order("B"))
      ])
    )
    expect(failures.map(({ message, reason }) => [reason, message])).toStrictEqual([
      ["Other", `the stored order A has "500.50" in affiliator_total_cashback, which cannot be read`],
      ["Other", `the stored order A has "500.50" in affiliator_total_cashback, which cannot be read`],
      ["Other", `the stored order B has "0.50" in est_commission, which cannot be read`]
    ])
    expect((await run((found) => found.stored(["B", "C"]))).size).toBe(2)
  })
})

const IS_WAITING = "FROM pg_stat_activity WHERE $1::int4 = ANY (pg_blocking_pids(pid))"

/** Does something in a transaction of another session; gives what commits it, and the process that holds it. */
const hold = async (url: string, statement: string): Promise<readonly [commit: () => Promise<void>, held: number]> => {
  const { default: pg } = await import("pg")
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query("BEGIN")
  const { rows } = await client.query<{ readonly pid: number }>(statement)
  return [() => client.query("COMMIT").then(() => client.end()), rows[0]!.pid]
}

/** Locks one stored row from another session. */
const holdRow = (url: string) =>
  hold(url, `SELECT pg_backend_pid() AS pid FROM ${TABLE} WHERE shipment_order_no = 'order 0' FOR UPDATE`)

const untilWaiting = async (url: string, held: number): Promise<void> => {
  while ((await rowsOf(url, `SELECT 1 ${IS_WAITING}`, [held])).length === 0);
}

const killWaiting = async (url: string, held: number): Promise<void> => {
  await untilWaiting(url, held)
  await rowsOf(url, `SELECT pg_terminate_backend(pid) ${IS_WAITING}`, [held])
}
