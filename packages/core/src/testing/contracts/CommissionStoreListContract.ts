/**
 * What every `CommissionStore` must list.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { beforeEach, describe, expect, it } from "vitest"
import * as ApprovalState from "../../commission-approval/ApprovalState.ts"
import {
  type CommissionCursor,
  type CommissionFilter,
  CommissionStore,
  type ListedInvoice,
  type ListedOrder
} from "../../ports/CommissionStore.ts"
import type { KeptCommission } from "../MemoryCommissionStore.ts"
import { commissionAmount, commissionSample, commissionSources, REVOKED_AFFILIATE } from "./CommissionStoreSamples.ts"
import type { CommissionStoreSetup } from "./CommissionStoreSetup.ts"

const T = 1_772_323_200_000
const DAY_MS = 86_400_000
const PAGED_MAX = 100
const { PENDING, REJECTED } = ApprovalState

/** Of each kind one, the ids in the order of their instants but for 10, which is as old as 9. */
const SAMPLES: ReadonlyArray<KeptCommission> = [
  commissionSample("1", { state: PENDING, createdAt: T }),
  commissionSample("2", { approved: [1], rejected: [2], createdAt: T + DAY_MS }),
  commissionSample("3", { state: REJECTED, walletKind: "points", createdAt: T + 2 * DAY_MS }),
  commissionSample("4", { state: PENDING, affiliate: REVOKED_AFFILIATE, createdAt: T + 3 * DAY_MS }),
  commissionSample("5", { affiliate: REVOKED_AFFILIATE, approved: [2], createdAt: T + 4 * DAY_MS }),
  commissionSample("6", {
    state: REJECTED,
    affiliate: REVOKED_AFFILIATE,
    walletKind: "points",
    rejected: [1],
    createdAt: T + 5 * DAY_MS
  }),
  commissionSample("7", { currency: "USD", customerName: "NGUYỄN Văn An", createdAt: T + 6 * DAY_MS }),
  commissionSample("8", { state: PENDING, currency: "USD", walletKind: "points", createdAt: T + 7 * DAY_MS }),
  commissionSample("9", { code: "Ship/17:a'b", customerName: "O'Neill \\ & Søn", createdAt: T + 8 * DAY_MS }),
  commissionSample("10", { customerName: "Đặng An An", withoutRequest: [1], createdAt: T + 8 * DAY_MS })
]

/** Filters, with the orders and invoices that they find. */
const FILTERS: ReadonlyArray<readonly [filter: CommissionFilter, orders: string, invoices: string]> = [
  [{}, "10 9 8 7 6 5 3 2 1", "102 92 101 91 82 81 72 71 61 52 32 31 22 21 12 11"],
  [{ states: ["Pending"] }, "8 1", "102 92 101 91 82 81 72 71 32 31 12 11"],
  [{ states: ["Approved"] }, "10 9 7 5 2", "52 21"],
  [{ states: ["Rejected"] }, "6 3", "61 22"],
  [{ states: ["Rejected", "Pending"] }, "8 6 3 1", "102 92 101 91 82 81 72 71 61 32 31 22 12 11"],
  [{ states: ["Approved", "Rejected", "Approved"] }, "10 9 7 6 5 3 2", "61 52 22 21"],
  [{ states: [] }, "", ""],
  [
    { states: ["Rejected", "Pending", "Approved"] },
    "10 9 8 7 6 5 3 2 1",
    "102 92 101 91 82 81 72 71 61 52 32 31 22 21 12 11"
  ],
  [{ affiliateId: "8" }, "6 5", "61 52"],
  [{ affiliateId: "8", states: ["Pending"] }, "", ""],
  [{ affiliateId: "99" }, "", ""],
  [{ affiliateId: "x' OR true" }, "", ""],
  [{ walletKind: "points" }, "8 6 3", "82 81 61 32 31"],
  [{ walletKind: "points", states: ["Rejected"], affiliateId: "7" }, "3", ""],
  [{ walletKind: "Points" }, "", ""],
  [{ createdFrom: T + 7 * DAY_MS }, "10 9 8", "102 92 101 91 82 81"],
  [{ createdFrom: T + 7 * DAY_MS + 0.5 }, "10 9", "102 92 101 91 82 81"],
  [{ createdBefore: T + DAY_MS }, "1", "12 11"],
  [{ createdBefore: T + DAY_MS + 1 }, "2 1", "12 11"],
  [{ createdFrom: T + DAY_MS, createdBefore: T + 3 * DAY_MS }, "3 2", "32 31 22 21"],
  [{ createdFrom: -9e15, createdBefore: 9e15, walletKind: "points" }, "8 6 3", "82 81 61 32 31"],
  [{ createdFrom: T + DAY_MS, createdBefore: T }, "", ""],
  [{ text: "" }, "10 9 8 7 6 5 3 2 1", "102 92 101 91 82 81 72 71 61 52 32 31 22 21 12 11"],
  [{ text: " \t" }, "10 9 8 7 6 5 3 2 1", "102 92 101 91 82 81 72 71 61 52 32 31 22 21 12 11"],
  [{ text: "an" }, "10 7", "102 101 72 71"],
  [{ text: "AN ngu" }, "7", "72 71"],
  [{ text: "nguyễn" }, "7", "72 71"],
  [{ text: "nguyễn".normalize("NFD") }, "7", "72 71"],
  [{ text: "guyễn" }, "", ""],
  [{ text: "đặng" }, "10", "102 101"],
  [{ text: "DH-00000" }, "8 7 6 5 3 2 1", "82 81 72 71 61 52 32 31 22 21 12 11"],
  [{ text: "000007" }, "7", "72 71"],
  [{ text: "dh-000008", states: ["Pending"] }, "8", "82 81"],
  [{ text: "ship/17:a'" }, "9", "92 91"],
  [{ text: "'neill" }, "9", "92 91"],
  [{ text: "O'Ne" }, "9", "92 91"],
  [{ text: "\\ & søn" }, "9", "92 91"],
  [{ text: "$1" }, "9", "92 91"],
  [{ text: "an:*" }, "10 7", "102 101 72 71"],
  [{ text: "an | ship" }, "", ""],
  [{ text: "!an" }, "10 7", "102 101 72 71"],
  ...["'", "''", "\\", "&|!():*<->", "%", "_", "🚚", "\0", "\ud800", "') OR true --", "thi"].map(
    (text) => [{ text }, "", ""] as const
  )
]

/**
 * The suite of the lists, on the store of the moment.
 *
 * @category contracts
 * @since 0.1.0
 */
export const commissionListContract = (current: () => CommissionStoreSetup): void => {
  describe("orders and invoices", () => {
    beforeEach(() => current().load(commissionSources(...SAMPLES)))

    const run = <A, E>(use: (store: CommissionStore["Service"]) => Effect.Effect<A, E>): Promise<A> =>
      Effect.runPromise(Effect.provide(Effect.flatMap(CommissionStore, use), current().layer))
    const ids = (listed: ReadonlyArray<{ readonly id: string }>) => listed.map(({ id }) => id).join(" ")

    it("finds by any filter what it is of, the newest first", async () => {
      const found = await run((store) =>
        Effect.forEach(FILTERS, ([filter]) =>
          Effect.all([store.orders(filter, { limit: 99 }), store.invoices(filter, { limit: 99 })])
        )
      )
      expect(found.map(([orders, invoices], at) => [FILTERS[at]![0], ids(orders), ids(invoices)])).toStrictEqual(
        FILTERS
      )
    })

    it("shows an order and an invoice", async () => {
      const [orders, invoices] = await run((store) =>
        Effect.all([
          store.orders({ affiliateId: "8" }, { limit: 1 }),
          store.invoices({ affiliateId: "8", states: ["Approved"] }, { limit: 9 })
        ])
      )
      const affiliate = { id: "8", name: "Lan", isRevoked: true }
      expect(orders).toStrictEqual<ReadonlyArray<ListedOrder>>([
        {
          id: "6",
          code: "DH-000006",
          customerName: "Trần Thị Bích",
          createdAt: T + 5 * DAY_MS,
          affiliate,
          state: REJECTED,
          walletKind: "points",
          commission: commissionAmount("7500")
        }
      ])
      expect(invoices).toStrictEqual<ReadonlyArray<ListedInvoice>>([
        {
          id: "52",
          code: "HD-52",
          orderId: "5",
          orderCode: "DH-000005",
          createdAt: T + 4 * DAY_MS + 120_000,
          affiliate,
          state: ApprovalState.approved(T + 4 * DAY_MS + 2),
          walletKind: "cash",
          rate: SAMPLES[4]!.order.items[0]!.rate,
          commission: commissionAmount("7500"),
          requestStatus: "success"
        }
      ])
      const [bare] = await run((store) =>
        store
          .invoices({ text: "đặng" }, { limit: 9, after: { createdAt: T * 2, id: "0" } })
          .pipe(Effect.map((all) => all.slice(1)))
      )
      expect([bare!.id, bare!.requestStatus]).toStrictEqual(["101", undefined])
    })

    it("pages without a gap and without a repeat, whatever the filter", async () => {
      const pages = <A extends CommissionCursor>(
        list: (page: {
          readonly limit: number
          readonly after?: CommissionCursor
        }) => Effect.Effect<ReadonlyArray<A>, unknown>,
        limit: number
      ) =>
        Effect.gen(function* () {
          const all: Array<A> = []
          while (all.length <= PAGED_MAX) {
            const last = all.at(-1)
            const page = yield* list({ limit, ...(last && { after: { createdAt: last.createdAt, id: last.id } }) })
            expect(page.length).toBeLessThanOrEqual(limit)
            if (page.length === 0) return ids(all)
            all.push(...page)
          }
          return "no end"
        })
      const filters = FILTERS.filter(([, orders]) => orders !== "").slice(0, 12)
      for (const limit of [1, 2, 3]) {
        const found = await run((store) =>
          Effect.forEach(filters, ([filter]) =>
            Effect.all([
              Effect.succeed(filter),
              pages((page) => store.orders(filter, page), limit),
              pages((page) => store.invoices(filter, page), limit)
            ])
          )
        )
        expect(found).toStrictEqual(filters)
      }
    })

    it("goes on after a place where no record is, and gives nothing for no place", async () => {
      const list = (after: CommissionCursor, limit = 2) =>
        run((store) => Effect.map(store.orders({}, { limit, after }), ids))
      expect(await list({ createdAt: T + 8 * DAY_MS, id: "10" })).toBe("9 8")
      expect(await list({ createdAt: T + 8 * DAY_MS, id: "9" })).toBe("8 7")
      expect(await list({ createdAt: T + 8 * DAY_MS, id: "99" })).toBe("10 9")
      expect(await list({ createdAt: T + 8 * DAY_MS - 1, id: "99" })).toBe("8 7")
      expect(await list({ createdAt: T, id: "1" })).toBe("")
      const before = (createdBefore: number, after: CommissionCursor) =>
        run((store) => Effect.map(store.orders({ createdBefore }, { limit: 2, after }), ids))
      expect(await before(T + 2 * DAY_MS, { createdAt: T + 8 * DAY_MS, id: "9" })).toBe("2 1")
      expect(await before(T + 2 * DAY_MS, { createdAt: T + 2 * DAY_MS, id: "1" })).toBe("2 1")
      expect(await before(T + 2 * DAY_MS, { createdAt: T + DAY_MS, id: "2" })).toBe("1")
      expect(await list({ createdAt: T, id: "one" })).toBe("")
      expect(await list({ createdAt: T * 2, id: "1" }, 0)).toBe("")
    })

    it("counts by state and currency what the lists show", async () => {
      const { invoices, orders } = await run((store) =>
        Effect.all({ orders: store.orderSummary({}), invoices: store.invoiceSummary({}) })
      )
      const sum = (state: ApprovalState.StateName, count: number, amount: string, currency = "VND") => ({
        state,
        count,
        sum: commissionAmount(amount, currency)
      })
      expect(orders).toStrictEqual([
        sum("Pending", 1, "15000.00", "USD"),
        sum("Pending", 1, "15000"),
        sum("Approved", 1, "15000.00", "USD"),
        sum("Approved", 4, "52500"),
        sum("Rejected", 2, "22500")
      ])
      expect(invoices).toStrictEqual([
        sum("Pending", 4, "30000.00", "USD"),
        sum("Pending", 8, "60000"),
        sum("Approved", 2, "15000"),
        sum("Rejected", 2, "15000")
      ])
    })

    it("counts by any filter as many as it lists", async () => {
      const counts = await run((store) =>
        Effect.forEach(FILTERS, ([filter]) => Effect.all([store.orderSummary(filter), store.invoiceSummary(filter)]))
      )
      const sizes = counts.map((both) => both.map((one) => one.reduce((total, { count }) => total + count, 0)))
      const size = (text: string) => (text === "" ? 0 : text.split(" ").length)
      expect(sizes).toStrictEqual(FILTERS.map(([, orders, invoices]) => [size(orders), size(invoices)]))
    })
  })
}
