/**
 * What an `EntitlementStore` reads: departments, catalog and pending invoices.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { expect, it } from "vitest"
import * as Entitlement from "../../entitlement/Entitlement.ts"
import type * as Invoice from "../../entitlement/Invoice.ts"
import { EntitlementStore, type PendingInvoice } from "../../ports/EntitlementStore.ts"
import type { Sources } from "../MemoryEntitlementStore.ts"
import {
  batch,
  CATALOG,
  date,
  department,
  entitlement,
  held,
  inRun,
  pendingInvoices,
  plain,
  recordInRun,
  sale,
  storeForEachTest,
  type StoreSetup,
  subscription,
  units
} from "./StoreSetup.ts"

const LINES_OF_LARGE_INVOICE = 10_000
const MANY_INVOICES = 5_000
const LONG_MS = 60_000

const departments = [department(1)]

const ids = (pending: ReadonlyArray<PendingInvoice>) => pending.map(({ invoice }) => String(invoice.invoiceId))

const expected = ({ invoice }: Sources["invoices"][number], subscriptions: ReadonlyArray<Invoice.Subscription> = []) =>
  plain({ invoice, subscriptions })

/**
 * The reading half of the suite of the store.
 *
 * @category contracts
 * @since 0.1.0
 */
export const pendingInvoicesContract = (setup: () => Promise<StoreSetup>): void => {
  const { load, run } = storeForEachTest(setup)

  const readOne = async (
    given: Sources["invoices"][number],
    subscriptions: ReadonlyArray<Invoice.Subscription> = []
  ) => {
    await load({ departments, invoices: [given], subscriptions })
    return (await run(pendingInvoices())).map(plain)
  }

  it("gives all departments with what decides about them, in the order of their keys", async () => {
    const all = [
      department(1),
      department(2, { isActive: false, membershipSettings: new Set() }),
      department(3, { companyIsActive: false, companyModuleIds: new Set([40, 50]) }),
      department(10, { companyModuleIds: new Set(), membershipSettings: new Set(["D", "F"]) })
    ]
    await load({ departments: [all[3]!, all[0]!, all[2]!, all[1]!] })
    expect(await run(Effect.flatMap(EntitlementStore, (store) => store.departments))).toStrictEqual(all)
  })

  it("gives the catalog: the newest bill of each package, its lines in order, missing quantities as none", async () => {
    await load({
      articles: [...CATALOG.articles, { articleId: 11, isPackage: true }],
      bills: [
        ...CATALOG.bills,
        { billId: 4, articleId: 1, lines: [{ componentId: 2, quantity: units("1") }] },
        {
          billId: 1,
          articleId: 11,
          lines: [
            { componentId: 99, quantity: undefined },
            { componentId: 1, quantity: units("-0.125") }
          ]
        }
      ]
    })
    const catalog = await run(Effect.flatMap(EntitlementStore, (store) => store.catalog))
    const lines = (articleId: number) => {
      const entry = catalog.get(articleId)
      return entry?._tag === "Package" ? entry.lines : entry?._tag
    }
    expect([...catalog.keys()].toSorted((one, other) => Number(one) - Number(other))).toStrictEqual([1, 2, 10, 11, 12])
    expect([1, 2, 12].map(lines)).toStrictEqual(["Simple", "Simple", []])
    expect(lines(10)).toStrictEqual(CATALOG.bills[0]!.lines)
    expect(lines(11)).toStrictEqual([
      { componentId: 99, quantity: undefined },
      { componentId: 1, quantity: units("-0.125") }
    ])
  })

  it("gives an invoice whole: its lines in order, the subscriptions of its member for its articles and no others", async () => {
    const invoice = sale(1, [
      [2, 10, "2"],
      [3, 1, "0.125"],
      [4, 2, "1"]
    ])
    const own = [
      subscription(5, 10),
      subscription(3, 10, { anchorDate: date("2024-02-29"), unit: "day", intervalCount: 30 }),
      subscription(4, 1)
    ]
    const others = [subscription(1, 10, { memberId: 8 }), subscription(2, 12), subscription(6, 12, { memberId: 8 })]
    expect(await readOne(invoice, [...others, ...own])).toStrictEqual([expected(invoice, own)])
  })

  it("gives lines in the order of their keys, not in that in which they were written", async () => {
    const [given] = await readOne(
      sale(1, [
        [10, 2, "3"],
        [9, 1, "2"],
        [8, 2, "1"]
      ])
    )
    expect(given?.lines.map((line) => line.lineId)).toStrictEqual(["8", "9", "10"])
  })

  it("gives each subscription once, however many lines have its article", async () => {
    const invoice = sale(1, [
      [1, 10, "1"],
      [2, 1, "1"],
      [3, 10, "1"],
      [4, 1, "2"],
      [5, 10, "3"]
    ])
    const own = [subscription(1, 10), subscription(2, 10), subscription(3, 10), subscription(4, 1)]
    expect(await readOne(invoice, own)).toStrictEqual([expected(invoice, own)])
  })

  it("gives invoices in ascending order of their keys, exactly", async () => {
    const keys = ["9", "10", "100", "9007199254740992", "9007199254740993"]
    const invoices = [3, 0, 4, 2, 1].map((at) => sale(keys[at]!, [[at + 1, 1, "1"]]))
    await load({ departments, invoices })
    expect(ids(await run(pendingInvoices()))).toStrictEqual(keys)
  })

  it("gives an invoice that names no member, with no subscriptions", async () => {
    const invoice = sale(1, [[1, 1, "1"]], { memberId: undefined })
    expect(await readOne(invoice, [subscription(1, 1)])).toStrictEqual([expected(invoice)])
  })

  it("gives fields that hold nothing as undefined", async () => {
    const invoice = sale(1, [
      [1, 1, undefined],
      [2, 2, "1"]
    ])
    const own = [
      subscription(1, 1, { anchorDate: undefined, unit: undefined, intervalCount: undefined }),
      subscription(2, 2, { unit: undefined })
    ]
    expect(await readOne(invoice, own)).toStrictEqual([expected(invoice, own)])
  })

  it("gives fields that hold no value of their kind as unreadable, with what they hold", async () => {
    const [infinity, beforeChrist] = [{ unreadable: "infinity" }, { unreadable: "0044-03-15 BC" }]
    const invoices = [
      sale(1, [[1, 1, { unreadable: "NaN" }]], { invoiceDate: infinity }),
      sale(2, [[2, 2, "1"]], { invoiceDate: beforeChrist })
    ]
    const own = [
      subscription(1, 1, { anchorDate: beforeChrist, unit: { unreadable: "m" }, intervalCount: -3 }),
      subscription(2, 2, { anchorDate: infinity, unit: { unreadable: "d" }, intervalCount: 0 })
    ]
    await load({ departments, invoices, subscriptions: own })
    expect((await run(pendingInvoices())).map(plain)).toStrictEqual([
      expected(invoices[0]!, [own[0]!]),
      expected(invoices[1]!, [own[1]!])
    ])
  })

  it("gives dates and quantities at the ends of their ranges", async () => {
    const invoices = ["0001-01-01", "9999-12-31", "10000-01-01", "2000-02-29"].map((day, at) =>
      sale(at + 1, [[at + 1, 1, at % 2 === 0 ? "999999999.999" : "-0.001"]], { invoiceDate: date(day) })
    )
    await load({ departments, invoices })
    expect((await run(pendingInvoices())).map(plain)).toStrictEqual(invoices.map((one) => expected(one)))
  })

  it("gives what the core decides about", async () => {
    await load({
      ...CATALOG,
      departments,
      invoices: [sale(1, [[1, 10, "2"]]), sale(2, [[2, 12, "1"]]), sale(3, [[3, 2, "1"]])],
      subscriptions: [subscription(1, 10), subscription(2, 12)]
    })
    const decisions = await run(
      Effect.gen(function* () {
        const catalog = yield* (yield* EntitlementStore).catalog
        return (yield* pendingInvoices()).map((one) => Entitlement.fromInvoice({ ...one, catalog }))
      })
    )
    expect(decisions.map(({ _tag }) => _tag)).toStrictEqual(["Granted", "Held", "NothingToGrant"])
    const [granted] = decisions
    const components = granted?._tag === "Granted" ? granted.entitlements.flatMap(({ items }) => items) : []
    expect(components.map((one) => `${one.articleId} ${Entitlement.grantedQuantity(one)}`)).toStrictEqual([
      "1 4.000",
      "2 1.000"
    ])
  })

  it("leaves out an invoice without lines", async () => {
    await load({ departments, invoices: [sale(1, []), sale(2, [[1, 1, "1"]]), sale(3, [])] })
    expect(ids(await run(pendingInvoices()))).toStrictEqual(["2"])
  })

  it("asks for the departments of the scope alone", async () => {
    const invoices = [1, 2, 3].map((id) => sale(id, [[id, 1, "1"]], { departmentId: id }))
    await load({ departments: [1, 2, 3].map((id) => department(id)), invoices })
    const asked = ([[], [2], [3, 1], [4]] as const).map((departmentIds) => pendingInvoices({ departmentIds }))
    expect((await run(Effect.all(asked))).map(ids)).toStrictEqual([[], ["2"], ["1", "3"], []])
  })

  it("asks for invoices dated on the first day of the scope or later", async () => {
    const days = ["2026-02-28", "2026-03-01", "2026-03-02"]
    const invoices = days.map((day, at) => sale(at + 1, [[at + 1, 1, "1"]], { invoiceDate: date(day) }))
    await load({ departments, invoices })
    expect(ids(await run(pendingInvoices({ fromDate: date("2026-03-01") })))).toStrictEqual(["2", "3"])
  })

  it("leaves out invoices that have an entitlement, though it be for one article of several", async () => {
    await load({
      departments,
      invoices: [1, 2, 3].map((id) =>
        sale(id, [
          [id, 1, "1"],
          [id + 10, 2, "1"]
        ])
      )
    })
    await run(recordInRun({ entitlements: [entitlement(2, 2)] }))
    expect(ids(await run(pendingInvoices()))).toStrictEqual(["1", "3"])
  })

  it("gives held invoices and those with findings again", async () => {
    await load({ departments, invoices: [1, 2].map((id) => sale(id, [[id, 1, "1"]])) })
    await run(
      recordInRun({
        held: [held(1, [])],
        findings: [{ invoiceId: 2, finding: { _tag: "LineWithoutSubscription", lineId: 2, articleId: 1 } }]
      })
    )
    expect(ids(await run(pendingInvoices()))).toStrictEqual(["1", "2"])
  })

  it("gives a large invoice whole", { timeout: LONG_MS }, async () => {
    const lines = Array.from({ length: LINES_OF_LARGE_INVOICE }, (_, at) => [at + 10, at % 50, "1.5"] as const)
    const invoice = sale(2, lines)
    const own = [subscription(1, 7), subscription(2, 7), subscription(3, 49), subscription(4, 49)]
    await load({
      departments,
      invoices: [sale(1, [[1, 1, "1"]]), invoice, sale(3, [[2, 1, "1"]])],
      subscriptions: [...own, subscription(5, 50)]
    })
    const pending = await run(pendingInvoices())
    expect(ids(pending)).toStrictEqual(["1", "2", "3"])
    expect(plain(pending[1]!)).toStrictEqual(expected(invoice, own))
  })

  it("gives each of many invoices once, whole, over all blocks", { timeout: LONG_MS }, async () => {
    const invoices = Array.from({ length: MANY_INVOICES }, (_, at) =>
      sale(
        at + 1,
        Array.from({ length: (at % 4) + 1 }, (_line, line) => [at * 4 + line + 1, line % 3, "12.345"] as const),
        {
          memberId: (at % 900) + 1
        }
      )
    )
    const subscriptions = Array.from({ length: 2_700 }, (_, at) =>
      subscription(at + 1, at % 3, { memberId: Math.floor(at / 3) + 1 })
    ).filter((one) => one.subscriptionId % 5 !== 0)
    const ofMember = new Map<Invoice.MemberId | undefined, Array<Invoice.Subscription>>()
    for (const one of subscriptions) ofMember.set(one.memberId, [...(ofMember.get(one.memberId) ?? []), one])
    await load({ departments, invoices, subscriptions })
    const pending = await run(pendingInvoices())
    const own = ({ lines, memberId }: Invoice.Invoice) =>
      ofMember.get(memberId)?.filter((one) => lines.some((line) => line.articleId === one.articleId))
    expect(pending.map(plain)).toStrictEqual(invoices.map((one) => expected(one, own(one.invoice))))
  })

  it("gives the invoices as they stood when the stream began", { timeout: LONG_MS }, async () => {
    const invoices = Array.from({ length: MANY_INVOICES }, (_, at) => sale(at + 1, [[at + 1, 1, "1"]]))
    await load({ departments, invoices })
    const counts = await run(
      inRun((recorder) =>
        Effect.gen(function* () {
          const store = yield* EntitlementStore
          const scope = { departmentIds: [1], fromDate: undefined }
          let read = 0
          yield* Stream.runForEach(store.pendingInvoices(scope), (block) => {
            const isFirst = read === 0
            read += block.length
            const entitlements = invoices.map(({ invoice }) => entitlement(invoice.invoiceId, 1))
            return isFirst ? recorder.record(batch({ entitlements })) : Effect.void
          })
          return [read, (yield* pendingInvoices()).length]
        })
      )
    )
    expect(counts).toStrictEqual([MANY_INVOICES, 0])
  })

  it("can be left before its end, and read again from the start", async () => {
    const invoices = Array.from({ length: MANY_INVOICES }, (_, at) => sale(at + 1, [[at + 1, 1, "1"]]))
    await load({ departments, invoices })
    const counts = await run(
      Effect.gen(function* () {
        const store = yield* EntitlementStore
        const stream = store.pendingInvoices({ departmentIds: [1], fromDate: undefined })
        const [first] = yield* Stream.runCollect(Stream.take(stream, 1))
        return [String(first?.[0]?.invoice.invoiceId), (yield* Stream.runCollect(stream)).flat().length]
      })
    )
    expect(counts).toStrictEqual(["1", MANY_INVOICES])
  })

  it("estimates how many there are", async () => {
    await load({ departments, invoices: [1, 2, 3].map((id) => sale(id, [[id, 1, "1"]])) })
    const estimate = await run(
      Effect.flatMap(EntitlementStore, (store) =>
        store.pendingEstimate({ departmentIds: [1], fromDate: date("2026-01-01") })
      )
    )
    expect(estimate).toBeGreaterThanOrEqual(0)
    expect(Number.isInteger(estimate)).toBe(true)
  })
}
