import * as Redacted from "effect/Redacted"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { freshDatabase, type FreshDatabase } from "../../../adapters-pg/src/testing/freshDatabase.ts"
import { loadGym, rowsOf } from "../../../adapters-pg/src/testing/gymData.ts"
import * as inProcess from "../../chaos/entitlements/inProcess.ts"
import type * as SyncEntitlements from "./SyncEntitlements.ts"

// Rows as imports bring them, good and bad side by side in one run: each invoice gets exactly its own answer, worked
// out by hand, and none stops another.

type Cell = string | number | null

/** An invoice of a member of its own; what must come of it as text. */
interface Case {
  readonly name: string
  readonly clan?: null
  readonly dat?: string
  readonly oj?: number
  readonly lines: ReadonlyArray<readonly [item: number, kol: Cell]>
  /** Subscriptions: article, first day, unit, interval. By default each article on the invoice, monthly since 31 January. */
  readonly zad?: ReadonlyArray<readonly [item: number, poc: Cell, dm: Cell, frek: Cell]>
  readonly rows?: ReadonlyArray<string>
  readonly held?: ReadonlyArray<string>
  readonly found?: ReadonlyArray<string>
}

const SIMPLE = 1
const COMPONENT = 2
const PACK = 3
const WITHOUT_BILL = 4
const EMPTY_BILL = 5
const EMPTY_NEWEST_BILL = 6
const CONTAINS_ITSELF = 7
const UNKNOWN_COMPONENT = 8
const FIVE_HUNDRED_LINES = 9
const HUGE = 10
const NULL_COMPONENT = 11
const NAN_COMPONENT = 12
const ZERO_COMPONENT = 13
const LOWER_CASE = 14
const UNKNOWN = 999

const articles: ReadonlyArray<readonly [id: number, ru: string | null]> = [
  [SIMPLE, "N"],
  [COMPONENT, null],
  [PACK, "Y"],
  [WITHOUT_BILL, "Y"],
  [EMPTY_BILL, "Y"],
  [EMPTY_NEWEST_BILL, "Y"],
  [CONTAINS_ITSELF, "Y"],
  [UNKNOWN_COMPONENT, "Y"],
  [FIVE_HUNDRED_LINES, "Y"],
  [HUGE, "Y"],
  [NULL_COMPONENT, "Y"],
  [NAN_COMPONENT, "Y"],
  [ZERO_COMPONENT, "Y"],
  [LOWER_CASE, "y"]
]

const bills: ReadonlyArray<
  readonly [id: number, art: number, lines: ReadonlyArray<readonly [item: number, kol: Cell]>]
> = [
  [31, PACK, [[COMPONENT, "9"]]],
  [
    39,
    PACK,
    [
      [COMPONENT, "1.500"],
      [SIMPLE, "2"],
      [COMPONENT, "0.500"]
    ]
  ],
  [35, PACK, [[COMPONENT, "7"]]],
  [50, EMPTY_BILL, []],
  [60, EMPTY_NEWEST_BILL, [[COMPONENT, "1"]]],
  [61, EMPTY_NEWEST_BILL, []],
  [
    70,
    CONTAINS_ITSELF,
    [
      [CONTAINS_ITSELF, "2"],
      [COMPONENT, "3"]
    ]
  ],
  [
    80,
    UNKNOWN_COMPONENT,
    [
      [COMPONENT, "1"],
      [UNKNOWN, "1"]
    ]
  ],
  [90, FIVE_HUNDRED_LINES, Array.from({ length: 500 }, () => [COMPONENT, "0.333"] as const)],
  [100, HUGE, [[COMPONENT, "999999999.999"]]],
  [110, NULL_COMPONENT, [[COMPONENT, null]]],
  [120, NAN_COMPONENT, [[COMPONENT, "NaN"]]],
  [130, ZERO_COMPONENT, [[COMPONENT, "0"]]],
  [140, LOWER_CASE, [[COMPONENT, "5"]]]
]

const CYCLE = "2026-02-28..2026-03-31"
const many = (count: number, item: number, kol: string) => Array.from({ length: count }, () => [item, kol] as const)

const cases: ReadonlyArray<Case> = [
  { name: "a simple article", lines: [[SIMPLE, "2.5"]], rows: [`1 ${CYCLE} 1×2.500`] },
  {
    name: "a package: its newest bill, equal components summed",
    lines: [[PACK, "3"]],
    rows: [`3 ${CYCLE} 1×6.000`, `3 ${CYCLE} 2×6.000`]
  },
  { name: "a mark in lower case is none", lines: [[LOWER_CASE, "2"]], rows: [`14 ${CYCLE} 14×2.000`] },
  { name: "a quantity of NULL", lines: [[SIMPLE, null]], held: ["QuantityMissing null"] },
  { name: "a quantity that is no number", lines: [[SIMPLE, "NaN"]], held: ["QuantityMissing NaN"] },
  { name: "a quantity of zero", lines: [[SIMPLE, "0"]], held: ["QuantityNotPositive 0"] },
  { name: "a negative quantity", lines: [[SIMPLE, "-1"]], held: ["QuantityNotPositive -1"] },
  {
    name: "a bad line beside a good one holds both",
    lines: [
      [SIMPLE, "1"],
      [COMPONENT, null]
    ],
    held: ["QuantityMissing null"]
  },
  {
    name: "a bad line without a subscription holds nothing",
    lines: [
      [SIMPLE, "1"],
      [COMPONENT, null]
    ],
    zad: [[SIMPLE, "2026-01-31", "M", 1]],
    rows: [`1 ${CYCLE} 1×1.000`],
    found: ["LineWithoutSubscription"]
  },
  {
    name: "no line with a subscription",
    lines: [
      [SIMPLE, "1"],
      [UNKNOWN, "1"]
    ],
    zad: [],
    found: ["LineWithoutSubscription", "LineWithoutSubscription"]
  },
  { name: "an unknown article with a subscription", lines: [[UNKNOWN, "1"]], held: ["UnknownArticle"] },
  { name: "an unknown component", lines: [[UNKNOWN_COMPONENT, "1"]], held: ["UnknownArticle"] },
  { name: "a package without a bill", lines: [[WITHOUT_BILL, "1"]], held: ["EmptyPackage"] },
  { name: "a package with an empty bill", lines: [[EMPTY_BILL, "1"]], held: ["EmptyPackage"] },
  { name: "a package whose newest bill is empty", lines: [[EMPTY_NEWEST_BILL, "1"]], held: ["EmptyPackage"] },
  {
    name: "a package that contains itself is opened once",
    lines: [[CONTAINS_ITSELF, "2"]],
    rows: [`7 ${CYCLE} 2×6.000`, `7 ${CYCLE} 7×4.000`],
    found: ["NestedPackageKept"]
  },
  { name: "a component on 500 lines", lines: [[FIVE_HUNDRED_LINES, "2"]], rows: [`9 ${CYCLE} 2×333.000`] },
  { name: "a component quantity of NULL", lines: [[NULL_COMPONENT, "1"]], held: ["QuantityNotPositive null"] },
  { name: "a component quantity that is no number", lines: [[NAN_COMPONENT, "1"]], held: ["QuantityNotPositive null"] },
  { name: "a component quantity of zero", lines: [[ZERO_COMPONENT, "1"]], held: ["QuantityNotPositive 0"] },
  {
    name: "a total beyond the column",
    lines: [[HUGE, "999999999.999"]],
    held: ["QuantityTooLarge 999999999998000000.000001"]
  },
  { name: "a total just within the column", lines: [[HUGE, "99.999"]], rows: [`10 ${CYCLE} 2×99998999999.900`] },
  {
    name: "10,000 lines of one article",
    lines: many(10_000, PACK, "0.001"),
    rows: [`3 ${CYCLE} 1×20.000`, `3 ${CYCLE} 2×20.000`]
  },
  {
    name: "10,000 lines, of which one is bad",
    lines: [...many(9_999, SIMPLE, "1"), [SIMPLE, null]],
    held: ["QuantityMissing null"]
  },
  {
    name: "an infinite invoice date",
    dat: "infinity",
    lines: [[SIMPLE, "1"]],
    held: ["InvoiceDateUnreadable infinity"]
  },
  {
    name: "an invoice date of minus infinity",
    dat: "-infinity",
    lines: [[SIMPLE, "1"]],
    held: ["InvoiceDateUnreadable -infinity"]
  },
  {
    name: "an invoice date before our era",
    dat: "0044-03-15 BC",
    lines: [[SIMPLE, "1"]],
    held: ["InvoiceDateUnreadable 0044-03-15 BC"]
  },
  {
    name: "an invoice of the year 1",
    dat: "0001-01-01",
    lines: [[SIMPLE, "1"]],
    rows: ["1 2026-01-31..2026-02-28 1×1.000"],
    found: ["InvoiceBeforeAnchor"]
  },
  {
    name: "an invoice of the year 20000, a leap year",
    dat: "20000-03-05",
    lines: [[SIMPLE, "1"]],
    rows: ["1 20000-02-29..20000-03-31 1×1.000"]
  },
  {
    name: "an invoice on the last day there is",
    dat: "5874897-12-31",
    lines: [[SIMPLE, "1"]],
    held: ["WindowLeavesCalendar"]
  },
  {
    name: "an infinite first day",
    lines: [[SIMPLE, "1"]],
    zad: [[SIMPLE, "infinity", "M", 1]],
    held: ["AnchorDateUnreadable infinity"]
  },
  {
    name: "an interval beyond the calendar",
    lines: [[SIMPLE, "1"]],
    zad: [[SIMPLE, "2026-01-31", "M", 2_147_483_647]],
    held: ["WindowLeavesCalendar"]
  },
  {
    name: "an undefined rhythm",
    lines: [[SIMPLE, "1"]],
    zad: [[SIMPLE, "2026-01-31", "m", 1]],
    rows: ["1 2026-03-05..2026-04-05 1×1.000"],
    found: ["RhythmUndefined"]
  },
  {
    name: "nothing defined",
    lines: [[SIMPLE, "1"]],
    zad: [[SIMPLE, null, null, null]],
    rows: ["1 2026-03-05..2026-04-05 1×1.000"],
    found: ["RhythmUndefined"]
  },
  {
    name: "several subscriptions",
    lines: [[SIMPLE, "1"]],
    zad: [
      [SIMPLE, "2026-01-31", "M", 1],
      [SIMPLE, "2026-03-01", "D", 10],
      [SIMPLE, "2026-04-01", "M", 1]
    ],
    rows: ["1 2026-03-01..2026-03-11 1×1.000"],
    found: ["SeveralSubscriptions"]
  },
  { name: "no member", clan: null, lines: [[SIMPLE, "1"]], found: ["MemberMissing"] },
  { name: "no lines", lines: [] },
  { name: "an inactive department", oj: 2, lines: [[SIMPLE, "1"]] },
  { name: "an inactive company", oj: 3, lines: [[SIMPLE, "1"]] },
  { name: "a department without the setting", oj: 4, lines: [[SIMPLE, "1"]] },
  { name: "a company without the module", oj: 5, lines: [[SIMPLE, "1"]] }
]

let database: FreshDatabase
let report: SyncEntitlements.Report
const url = () => Redacted.value(database.url)

beforeAll(async () => {
  database = await freshDatabase()
  let id = 0
  const next = () => ++id
  await loadGym(url(), {
    sif_pod: [
      [1, "Active", "t"],
      [2, "Inactive", "f"],
      [3, "Without the module", "t"]
    ],
    sif_oj: [
      [1, 1, "In scope", "t"],
      [2, 1, "Inactive", "f"],
      [3, 2, "Of an inactive company", "t"],
      [4, 1, "Without the setting", "t"],
      [5, 3, "Without the module", "t"]
    ],
    // In scope, with the module twice and the setting twice.
    m_kupljeno: [
      [1, 1, 50],
      [2, 1, 50],
      [3, 2, 50],
      [4, 3, 40]
    ],
    osn_setoj: [1, 1, 2, 3, 5].map((oj) => [next(), oj, "OJ_CLAN", "F"]),
    sif_art: articles.map(([article, ru]) => [article, `Article ${article}`, ru]),
    osn_sastavnice: bills.map(([bill, art]) => [bill, art]),
    osn_sastavke: bills.flatMap(([bill, , lines]) => lines.map(([item, kol]) => [next(), bill, item, kol])),
    osn_zad: cases.flatMap(({ lines, zad }, at) => {
      const monthly = [...new Set(lines.map(([item]) => item))].map((item) => [item, "2026-01-31", "M", 1] as const)
      return (zad ?? monthly).map((fields) => [next(), at, ...fields])
    }),
    dok: cases.map(({ clan, dat = "2026-03-05", oj = 1 }, at) => [at, oj, clan === undefined ? at : clan, dat]),
    dok_items: cases.flatMap(({ lines }, at) => lines.map(([item, kol]) => [next(), at, item, kol]))
  })
  report = await inProcess.run(url())
})
afterAll(() => database.drop())

/** What is stored, by invoice. */
const stored = async () => {
  const found = await rowsOf<{ dok: string; kind: string; text: string }>(
    url(),
    `SELECT q.dok, 'rows' AS kind, format('%s %s..%s %s×%s', q.art, q.sdate, q.edate, d.art, d.qty) AS text
     FROM gym.gym_quota q LEFT JOIN gym.gym_quotad d ON d.quota = q.id
     UNION ALL
     SELECT invoice_id, 'held', concat_ws(' ', r->>'kind', CASE
       WHEN r ? 'found' THEN r->>'found'
       WHEN r->>'kind' IN ('QuantityMissing', 'QuantityNotPositive') THEN coalesce(r->>'quantity', 'null')
       WHEN r->>'kind' = 'QuantityTooLarge' THEN r->>'quantity' END)
     FROM reckoner.held_invoice, jsonb_array_elements(reasons) r WHERE released_run IS NULL
     UNION ALL SELECT subject::bigint, 'found', kind FROM reckoner.finding`
  )
  return (at: number) => {
    const texts = (kind: string) =>
      found
        .filter((row) => row.dok === String(at) && row.kind === kind)
        .map((row) => row.text)
        .sort()
    return { rows: texts("rows"), held: texts("held"), found: texts("found") }
  }
}

describe("one run over good and bad rows", () => {
  it.each(cases.map((one, at) => [one.name, one, at] as const))("%s", async (_, one, at) => {
    const { found = [], held = [], rows = [] } = one
    expect((await stored())(at)).toStrictEqual({ rows, held, found })
  })

  it("counts what it stored, and nothing else", async () => {
    const granted = cases.filter(({ rows }) => rows !== undefined).length
    const held = cases.filter((one) => one.held !== undefined).length
    const outOfScope = cases.filter(({ lines, oj }) => oj !== undefined || lines.length === 0).length
    const read = cases.length - outOfScope
    expect(report.invoices).toStrictEqual({ read, granted, held, nothingToGrant: read - granted - held })
    const [counted] = await rowsOf(
      url(),
      "SELECT (SELECT count(*)::int FROM gym.gym_quota) AS entitlements, (SELECT count(*)::int FROM gym.gym_quotad) AS items"
    )
    expect(counted).toStrictEqual({ entitlements: report.entitlements, items: report.items })
  })

  it("is answered the same by a second run", async () => {
    const before = await stored()
    const again = await inProcess.run(url())
    const after = await stored()
    expect([again.entitlements, again.items, again.invoices.granted, again.invoices.held]).toStrictEqual([
      0,
      0,
      0,
      report.invoices.held
    ])
    expect(cases.map((_, at) => after(at))).toStrictEqual(cases.map((_, at) => before(at)))
  })
})

describe("a held invoice", () => {
  const atOf = (name: string) => cases.findIndex((one) => one.name === name)

  it("is granted and released when its rows are mended, and only then", async () => {
    const empty = atOf("a package with an empty bill")
    const missing = atOf("a bad line beside a good one holds both")
    await rowsOf(url(), `INSERT INTO gym.osn_sastavke VALUES (1000000, 50, ${COMPONENT}, 4)`)
    await rowsOf(url(), `UPDATE gym.dok_items SET kol = 2 WHERE dok = ${missing} AND kol IS NULL`)
    const mended = await inProcess.run(url())
    expect([mended.releasedHolds, mended.invoices.granted, mended.invoices.held]).toStrictEqual([
      2,
      2,
      report.invoices.held - 2
    ])
    const after = await stored()
    expect(after(empty)).toStrictEqual({ rows: [`5 ${CYCLE} 2×4.000`], held: [], found: [] })
    expect(after(missing)).toStrictEqual({ rows: [`1 ${CYCLE} 1×1.000`, `2 ${CYCLE} 2×2.000`], held: [], found: [] })
    const released = await rowsOf(
      url(),
      "SELECT invoice_id::int AS id, released_run::int AS run FROM reckoner.held_invoice WHERE released_run IS NOT NULL ORDER BY 1"
    )
    expect(released).toStrictEqual([missing, empty].toSorted((a, b) => a - b).map((id) => ({ id, run: mended.runId })))
    expect((await inProcess.run(url())).releasedHolds).toBe(0)
  })
})
