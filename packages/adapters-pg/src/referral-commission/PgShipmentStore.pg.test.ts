import { ShipmentStore } from "@reckoner/core/ports"
import { shipmentStoreContract } from "@reckoner/core/testing/contracts"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { rowsOf } from "../testing/gymData.ts"
import { loadTables, shipmentStore } from "../testing/referralStores.ts"
import * as ShipmentSql from "./ShipmentSql.ts"

shipmentStoreContract("PgShipmentStore", () => shipmentStore())

const ORDERS = "popaket_logistic.shipment_orders"
const CASHBACK = "popaket_logistic.shipment_orders_cashback"
const OLD = "popaket_logistic.fct_shipping_affiliate_commission_v2"
const WINDOW = { fromEpochSeconds: 1_000, untilEpochSeconds: 2_000 }

let store: Awaited<ReturnType<typeof shipmentStore>>

const use = <A, E>(act: (found: ShipmentStore["Service"]) => Effect.Effect<A, E>): Promise<A> =>
  Effect.runPromise(Effect.provide(Effect.flatMap(ShipmentStore, act), store.layer))
const read = async () => {
  const found = await use((one) => Stream.runCollect(one.shipments({ window: WINDOW, by: "any-milestone" })))
  // They come in any order.
  const whole = found.flat().map((one) => one.read())
  return whole.toSorted((one, other) => one.orderNo.localeCompare(other.orderNo, "en", { numeric: true }))
}
const readOld = async () => (await use((one) => Stream.runCollect(one.oldCommissions))).flat()

describe("PgShipmentStore on the tables", () => {
  afterEach(() => store.close())

  it("gives an amount or an instant that cannot be read as missing, with what it found", async () => {
    store = await shipmentStore()
    await loadTables(store.url, {
      [ORDERS]: [
        {
          id: 1,
          shipment_order_no: "A",
          created_at: 1,
          shipment_price: "NaN",
          cashback: "NaN",
          dispatch_at: 1_500,
          delivered_at: "9223372036854775807",
          return_at: "1500000000000"
        }
      ],
      [CASHBACK]: [{ id: 1, shipment_order_no: "A", total_cashback: "NaN", affiliator_total_cashback: "NaN" }]
    })
    const [found] = await read()
    expect(found?.cashbackRow).toStrictEqual({ memberCashback: undefined, affiliateCashback: undefined })
    expect([found?.shippingPrice, found?.cashback, found?.deliveredAt]).toStrictEqual([undefined, undefined, undefined])
    expect([found?.dispatchedAt, found?.returnedAt]).toStrictEqual([1_500, 1_500_000_000_000])
    expect(found?.unreadable).toStrictEqual([
      { field: "shippingPrice", found: "NaN" },
      { field: "cashback", found: "NaN" },
      { field: "memberCashback", found: "NaN" },
      { field: "affiliateCashback", found: "NaN" },
      { field: "deliveredAt", found: "9223372036854775807" }
    ])
  })

  it("reads amounts of a currency without decimals, and none with a fraction", async () => {
    store = await shipmentStore("JPY")
    const common = { created_at: 1, dispatch_at: 1_500 }
    await loadTables(store.url, {
      [ORDERS]: [
        { ...common, id: 1, shipment_order_no: "A", shipment_price: "500.00", cashback: "500.50" },
        { ...common, id: 2, shipment_order_no: "B", shipment_price: "-1.00", cashback: "0.00" }
      ]
    })
    const [first, second] = await read()
    expect([first?.shippingPrice?.minor, first?.cashback, first?.unreadable]).toStrictEqual([
      500n,
      undefined,
      [{ field: "cashback", found: "500.50" }]
    ])
    expect([second?.shippingPrice?.minor, second?.cashback?.minor, second?.unreadable]).toStrictEqual([-1n, 0n, []])
  })

  it("takes an instant without end of the old table for none, and for no last one", async () => {
    store = await shipmentStore()
    const row = { member_user_id: 7, affiliator_user_id: 90, shipment_order_no: "A" }
    await loadTables(store.url, {
      [OLD]: [
        { ...row, dispatched_at: "infinity", delivered_at: "-infinity" },
        { ...row, dispatched_at: "2023-10-30T08:53:19Z" },
        { ...row, shipment_order_no: "B", dispatched_at: "infinity", delivered_at: "-infinity", cashback: "NaN" },
        { ...row, shipment_order_no: "", est_commission: "NaN" }
      ]
    })
    const found = (await readOld()).toSorted((one, other) => ((one.orderNo ?? "") < (other.orderNo ?? "") ? -1 : 1))
    expect(found.map((one) => [one.orderNo, one.copies, one.dispatchedAt, one.unreadable])).toStrictEqual([
      [undefined, 1, undefined, [{ field: "estimatedCommission", found: "NaN" }]],
      ["A", 2, 1_698_655_999, []],
      [
        "B",
        1,
        undefined,
        [
          { field: "dispatchedAt", found: "infinity" },
          { field: "deliveredAt", found: "-infinity" },
          { field: "cashback", found: "NaN" }
        ]
      ]
    ])
  })

  it("reads the same on a server that writes dates in another style and zone", async () => {
    store = await shipmentStore()
    await loadTables(store.url, {
      [OLD]: [{ shipment_order_no: "A", dispatched_at: "2023-10-30T08:53:19.000001Z" }]
    })
    const before = await readOld()
    await rowsOf(
      store.url,
      `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET datestyle = ''German, DMY''', current_database());
       EXECUTE format('ALTER DATABASE %I SET timezone = ''America/Santiago''', current_database()); END $$`
    )
    expect(await readOld()).toStrictEqual(before)
    expect(before[0]?.dispatchedAt).toBe(1_698_655_999.000_001)
  })

  it("lets each stream remember its own: two that are read in turns give what each would give alone", async () => {
    store = await shipmentStore()
    await rowsOf(
      store.url,
      `INSERT INTO ${ORDERS} (id, shipment_order_no, created_at, dispatch_at, shipment_price)
       SELECT i, 'SO' || i, 1, 1500, CASE WHEN i % 2 = 0 THEN 'NaN'::numeric ELSE i END FROM generate_series(1, 4000) i`
    )
    const [one, other] = await Promise.all([read(), read()])
    expect(one).toStrictEqual(other)
    expect(one.map(({ unreadable }) => unreadable.length)).toStrictEqual(one.map((_, at) => at % 2))
  })

  it.each([
    { fromEpochSeconds: 0.5, untilEpochSeconds: 1 },
    { fromEpochSeconds: 0, untilEpochSeconds: Number.NaN },
    { fromEpochSeconds: 0, untilEpochSeconds: 2 ** 60 }
  ])("writes no bound into a statement that is not a whole number: %j", async (window) => {
    store = await shipmentStore()
    const exit = await use((one) => Effect.exit(Stream.runCollect(one.shipments({ window, by: "return" }))))
    expect(exit.toString()).toContain("a window is bounded by whole seconds")
  })
})

describe("PgShipmentStore with many orders", () => {
  const COUNT = 120_000
  const DAY = { fromEpochSeconds: 1_700_000_000, untilEpochSeconds: 1_700_086_400 }

  beforeAll(async () => {
    store = await shipmentStore()
    await rowsOf(
      store.url,
      `INSERT INTO ${ORDERS} (id, shipment_order_no, created_by, created_at, dispatch_at, delivered_at, return_at)
       SELECT i, 'SO' || i, i % 500, at, at, CASE WHEN i % 10 = 0 THEN 0 ELSE at + 345600 END,
         CASE WHEN i % 20 = 0 THEN at + 777600 WHEN i % 3 = 0 THEN 0 END
       FROM (SELECT i, 1690000000 + i * 200 AS at FROM generate_series(1, ${COUNT}) i) given`
    )
    await rowsOf(
      store.url,
      `INSERT INTO ${CASHBACK} SELECT i, 'SO' || (i % ${COUNT}), i, i FROM generate_series(1, ${COUNT} * 5 / 4) i`
    )
    await rowsOf(store.url, `VACUUM (ANALYZE) ${ORDERS}`)
    await rowsOf(store.url, `VACUUM (ANALYZE) ${CASHBACK}`)
  })
  afterAll(() => store.close())

  const plan = async (query: string): Promise<string> => {
    const lines = await rowsOf<Record<"QUERY PLAN", string>>(store.url, `EXPLAIN ${query}`)
    return lines.map((line) => line["QUERY PLAN"]).join("\n")
  }
  const indexes = (text: string) => [...text.matchAll(/Index Scan (?:using|on) (so_\w+)/g)].map(([, name]) => name)

  it("looks a day up in the indexes of the three milestones", async () => {
    for (const { statement } of ShipmentSql.shipments({ window: DAY, by: "any-milestone" })) {
      const text = await plan(statement)
      expect(text).toContain("BitmapOr")
      expect(indexes(text)).toStrictEqual(["so_dispatch", "so_delivered", "so_return"])
      expect(text).not.toMatch(/Seq Scan on shipment_orders\b/)
    }
  })

  it("can read all orders without making a hash of them first", async () => {
    const ways = ShipmentSql.shipments({ window: { ...DAY, fromEpochSeconds: 1 }, by: "any-milestone" })
    const plans: Array<string> = []
    for (const { setting, statement } of ways) {
      const url = new URL(store.url)
      url.searchParams.set("options", `-c ${setting.replace("SET LOCAL ", "").replaceAll(" ", "")}`)
      const [first] = await rowsOf<Record<"QUERY PLAN", string>>(url.href, `EXPLAIN ${statement}`)
      plans.push(first!["QUERY PLAN"])
    }
    expect(plans.some((text) => /^Merge .*Join/.test(text))).toBe(true)
  })

  it("looks the returns of a day up in their index", async () => {
    for (const { statement } of ShipmentSql.shipments({ window: DAY, by: "return" })) {
      const text = await plan(statement)
      expect(indexes(text)).toStrictEqual(["so_return"])
      expect(text).not.toMatch(/Seq Scan on shipment_orders\b/)
    }
  })

  it("estimates well, and gives each order of the day once with the highest id of its cashback rows", async () => {
    const scope = { window: DAY, by: "any-milestone" } as const
    const [estimate, blocks] = await use((one) =>
      Effect.all([one.shipmentEstimate(scope), Stream.runCollect(one.shipments(scope))])
    )
    const found = blocks.flat().map((one) => one.read())
    expect(new Set(found.map(({ orderNo }) => orderNo)).size).toBe(found.length)
    expect(found.length).toBeGreaterThan(800)
    expect(Math.abs(estimate - found.length)).toBeLessThan(found.length / 4)
    for (const { cashbackRow, orderNo } of found) {
      const id = Number(orderNo.slice(2))
      const newest = id <= COUNT / 4 ? id + COUNT : id
      expect(cashbackRow?.memberCashback?.minor).toBe(BigInt(newest * 100))
    }
  })
})
