import { BillOfMaterials, Eligibility, Entitlement, EntitlementWindow, PlainDate, Quantity } from "@reckoner/core"
import { EntitlementStore, type PendingInvoice } from "@reckoner/core/ports"
import { PlainDateArbitrary } from "@reckoner/core/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as fc from "fast-check"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import * as Database from "../Database.ts"
import { freshDatabase, type FreshDatabase } from "../testing/freshDatabase.ts"
import { type GymTables, loadGym, rowsOf } from "../testing/gymData.ts"
import * as PgEntitlementStore from "./PgEntitlementStore.ts"

// Each rule is stated once more in SQL, by its definition, and the server's own date and numeric arithmetic is the
// judge of the core's on generated cases. The seed is fixed, so a red case is red again.

const SEED = 20_261_121
const SHOWN_MAX = 5

let database: FreshDatabase
beforeEach(async () => {
  database = await freshDatabase()
})
afterEach(() => database.drop())

const url = () => Redacted.value(database.url)

const fromStore = <A, E>(use: (store: EntitlementStore["Service"]) => Effect.Effect<A, E>): Promise<A> =>
  Effect.runPromise(
    Effect.flatMap(EntitlementStore, use).pipe(
      Effect.provide(Layer.provide(PgEntitlementStore.layer, Layer.provideMerge(Database.SqlLive, database.layer)))
    )
  )

const DEPARTMENT = { sif_pod: [[1, "Company", "t"]], sif_oj: [[1, 1, "Department", "t"]] } as const

const pendingOf = async (): Promise<ReadonlyArray<PendingInvoice>> =>
  (
    await fromStore((store) => Stream.runCollect(store.pendingInvoices({ departmentIds: [1], fromDate: undefined })))
  ).flat()

/** The cases in which two lists of answers, each by invoice, are not the same. */
const differences = (ours: ReadonlyMap<string, string>, theirs: ReadonlyMap<string, string>) =>
  [...new Set([...ours.keys(), ...theirs.keys()])]
    .filter((key) => ours.get(key) !== theirs.get(key))
    .slice(0, SHOWN_MAX)
    .map((key) => ({ key, ours: ours.get(key), theirs: theirs.get(key) }))

const countsOf = (values: Iterable<string>): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1
  return counts
}

describe("windows", () => {
  const CASES = 12_000

  interface Case {
    readonly poc: string | null
    readonly dm: string | null
    readonly frek: number | null
    readonly dat: PlainDate.PlainDate
  }

  const date = PlainDate.parseUnsafe
  const dayOf = (first: string, last: string) =>
    fc
      .integer({ min: PlainDate.epochDay(date(first)), max: PlainDate.epochDay(date(last)) })
      .map(PlainDate.fromEpochDay)
  const endOfMonth = (day: PlainDate.PlainDate) =>
    PlainDate.addDays(day, PlainDate.lengthOfMonth(day) - PlainDate.dayOfMonth(day))

  const anyDate = fc.oneof(
    { weight: 5, arbitrary: PlainDateArbitrary.plainDate },
    { weight: 2, arbitrary: dayOf("2023-01-01", "2028-12-31") },
    { weight: 2, arbitrary: dayOf("2023-01-01", "2028-12-31").map(endOfMonth) },
    { weight: 1, arbitrary: dayOf("0001-01-01", "0002-12-31") },
    { weight: 1, arbitrary: dayOf("9998-01-01", "9999-12-31") },
    { weight: 1, arbitrary: PlainDateArbitrary.anyPlainDate }
  )
  const unit = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom("M", "M", "D") },
    { weight: 1, arbitrary: fc.constantFrom<string | null>("m", "d", "Y", " ", "ž", null) }
  )
  const intervalCount = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom<number | null>(1, 1, 1, 2, 3, 6, 12, 30) },
    { weight: 3, arbitrary: fc.integer({ min: 1, max: 48 }) as fc.Arbitrary<number | null> },
    { weight: 1, arbitrary: fc.integer({ min: 49, max: 120_000 }) },
    { weight: 1, arbitrary: fc.constantFrom<number | null>(0, -1, -2_147_483_648, null, 70_000_000, 2_147_483_647) }
  )

  /** The invoice falls anywhere, or right on, before or after an anniversary, or before the anchor. */
  const rhythm: fc.Arbitrary<Case> = fc.tuple(anyDate, unit, intervalCount).chain(([anchor, dm, frek]) => {
    const units = fc.integer({ min: -3, max: 60 }).map((n) => n * (frek ?? 1))
    const anniversary = units.map((many) =>
      dm === "D" ? PlainDate.addDays(anchor, many) : PlainDate.addMonths(anchor, many)
    )
    const near = fc.tuple(anniversary, fc.integer({ min: -1, max: 1 })).map(([day, by]) => PlainDate.addDays(day, by))
    return fc.oneof(anyDate, near, near).map((dat) => ({ poc: anchor, dm, frek, dat }))
  })
  const withoutAnchor: fc.Arbitrary<Case> = fc.record({
    poc: fc.constantFrom(null, null, "infinity", "-infinity", "0044-03-15 BC", "0001-12-31 BC"),
    dm: unit,
    frek: intervalCount,
    dat: anyDate
  })

  const DEFINITION = [
    // The server adds an interval to a date by way of a timestamp, which ends in the year 294276: beyond it the same
    // day, or the last of the month, is looked up. NULL is a day beyond the calendar.
    `CREATE FUNCTION anniversary(poc date, dm text, units bigint) RETURNS date LANGUAGE plpgsql IMMUTABLE AS $$
     DECLARE
       month bigint := extract(year FROM poc)::bigint * 12 + extract(month FROM poc)::bigint - 1 + units;
       first date;
       days int;
     BEGIN
       IF dm = 'D' THEN RETURN poc + units::int; END IF;
       IF month < 294276 * 12 THEN RETURN (poc + make_interval(months => units::int))::date; END IF;
       first := make_date((month / 12)::int, (month % 12)::int + 1, 1);
       days := CASE WHEN month % 12 = 11 THEN 31
         ELSE make_date((month / 12)::int, (month % 12)::int + 2, 1) - first END;
       RETURN first + (least(extract(day FROM poc)::int, days) - 1);
     EXCEPTION WHEN datetime_field_overflow OR numeric_value_out_of_range THEN
       RETURN NULL;
     END $$`,
    `CREATE VIEW answer AS
     SELECT d.id,
       CASE WHEN z.poc = 'infinity' OR z.poc < '0001-01-01' THEN 'AnchorDateUnreadable'
         WHEN z.poc IS NULL THEN 'anchorDate'
         WHEN z.dm IS NULL OR z.dm NOT IN ('D', 'M') THEN 'unit'
         WHEN z.frek IS NULL OR z.frek <= 0 THEN 'intervalCount'
         WHEN d.dat < z.poc THEN 'FirstCycle'
         ELSE 'Anniversary' END AS basis,
       z.poc, z.dm::text, z.frek, d.dat
     FROM gym.dok d JOIN gym.osn_zad z ON z.clan = d.clan`,
    `CREATE VIEW windowed AS
     SELECT a.id, a.basis, best.n,
       CASE WHEN a.basis IN ('Anniversary', 'FirstCycle') THEN anniversary(a.poc, a.dm, best.n * a.frek)
         ELSE a.dat END AS sdate,
       CASE WHEN a.basis IN ('Anniversary', 'FirstCycle') THEN anniversary(a.poc, a.dm, (best.n + 1) * a.frek)
         ELSE anniversary(a.dat, 'M', 1) END AS edate
     FROM answer a CROSS JOIN LATERAL (
       SELECT CASE a.basis WHEN 'FirstCycle' THEN 0 WHEN 'Anniversary' THEN (
         SELECT max(candidate) FROM (
           SELECT CASE a.dm WHEN 'D' THEN (a.dat - a.poc)::bigint
             ELSE (extract(year FROM a.dat) - extract(year FROM a.poc))::bigint * 12
               + (extract(month FROM a.dat) - extract(month FROM a.poc))::bigint END / a.frek AS about
         ) estimate, generate_series(about - 2, about + 2) candidate
         WHERE anniversary(a.poc, a.dm, candidate * a.frek) <= a.dat
       ) END AS n
     ) best`
  ]

  const basisOf = ({ basis, endExclusive, start }: EntitlementWindow.EntitlementWindow): string => {
    if (basis._tag === "OneMonthFromInvoice") return `${basis.field}||${start}|${endExclusive}`
    return `${basis._tag}|${basis._tag === "Anniversary" ? basis.index : 0}|${start}|${endExclusive}`
  }

  it(`are those of the server's date and interval arithmetic in ${CASES} cases`, async () => {
    const cases = fc.sample(fc.oneof({ weight: 19, arbitrary: rhythm }, { weight: 1, arbitrary: withoutAnchor }), {
      seed: SEED,
      numRuns: CASES
    })
    await loadGym(url(), {
      ...DEPARTMENT,
      osn_zad: cases.map(({ dm, frek, poc }, at) => [at, at, 1, poc, dm, frek]),
      dok: cases.map(({ dat }, at) => [at, 1, at, dat]),
      dok_items: cases.map((_, at) => [at, at, 1, "1"])
    })
    for (const statement of DEFINITION) await rowsOf(url(), statement)
    const found = await rowsOf<{ id: string; answer: string }>(
      url(),
      `SELECT id, CASE WHEN basis = 'AnchorDateUnreadable' THEN basis
         WHEN edate IS NULL OR edate = '5874897-12-31' THEN 'WindowLeavesCalendar|' || sdate
         ELSE concat_ws('|', basis, coalesce(n::text, ''), sdate, edate) END AS answer FROM windowed`
    )
    const theirs = new Map(found.map(({ answer, id }) => [id, answer]))
    const ours = new Map(
      (await pendingOf()).map(({ invoice, subscriptions: [subscription] }) => {
        const window = EntitlementWindow.forSubscription(subscription!, invoice.invoiceDate as PlainDate.PlainDate)
        if (Result.isSuccess(window)) return [String(invoice.invoiceId), basisOf(window.success)]
        const { failure } = window
        const told = failure._tag === "WindowLeavesCalendar" ? `${failure._tag}|${failure.start}` : failure._tag
        return [String(invoice.invoiceId), told]
      })
    )
    expect(differences(ours, theirs)).toStrictEqual([])
    expect(ours.size).toBe(CASES)
    const kinds = countsOf([...theirs.values()].map((answer) => answer.split("|")[0]!))
    // Every rule was asked often enough to count.
    expect(Object.entries(kinds).filter(([, count]) => count < 100)).toStrictEqual([])
    expect(Object.keys(kinds).toSorted()).toStrictEqual([
      "AnchorDateUnreadable",
      "Anniversary",
      "FirstCycle",
      "WindowLeavesCalendar",
      "anchorDate",
      "intervalCount",
      "unit"
    ])
  })
})

describe("packages", () => {
  const CATALOGS = 500
  const INVOICES_PER_CATALOG = 24
  const ARTICLES = 10
  const UNKNOWN = ARTICLES + 1

  const amount = fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 1, max: 12 }).map(String) },
    {
      weight: 4,
      arbitrary: fc
        .integer({ min: 1, max: 99_999 })
        .map((n) => `${Math.floor(n / 1000)}.${String(n % 1000).padStart(3, "0")}`)
    },
    { weight: 1, arbitrary: fc.constantFrom("0.001", "0.005", "0.010", "0.500") }
  )
  /** Now and then what the columns can hold and the rule cannot use. */
  const roughAmount: fc.Arbitrary<string | null> = fc.oneof(
    { weight: 60, arbitrary: amount as fc.Arbitrary<string | null> },
    { weight: 1, arbitrary: fc.constantFrom(null, "0", "-1", "NaN", "999999999.999") }
  )

  interface Part {
    readonly ru: string | null
    readonly bills: ReadonlyArray<ReadonlyArray<readonly [at: number, kol: string | null]>>
  }

  const part = (
    ru: fc.Arbitrary<string | null>,
    kol: fc.Arbitrary<string | null>,
    linesMin: number,
    linesMax: number
  ) =>
    fc.record<Part>({
      ru,
      bills: fc.array(fc.array(fc.tuple(fc.nat(1000), kol), { minLength: linesMin, maxLength: linesMax }), {
        minLength: linesMin,
        maxLength: 3
      })
    })

  /** Catalogs side by side; `componentOf` says which article of its catalog a line is about. */
  const tablesOf = (
    drawn: ReadonlyArray<{
      readonly parts: ReadonlyArray<Part>
      readonly invoices: ReadonlyArray<ReadonlyArray<readonly [at: number, kol: string | null]>>
    }>,
    componentOf: (owner: number, at: number) => number
  ): GymTables => {
    const tables = { sif_art: [], osn_sastavnice: [], osn_sastavke: [], osn_zad: [], dok: [], dok_items: [] } as Record<
      keyof GymTables,
      Array<Array<string | number | null>>
    >
    const add = (table: string, ...values: Array<string | number | null>) => tables[table]!.push(values)
    drawn.forEach(({ invoices, parts }, catalog) => {
      const article = (at: number) => catalog * 100 + at
      parts.forEach(({ bills, ru }, owner) => {
        add("sif_art", article(owner), "Article", ru)
        for (const lines of bills) {
          // Ids that do not grow with the order of the rows: the highest counts, not the last.
          const bill = (tables["osn_sastavnice"]!.length * 7919) % 1_000_003
          add("osn_sastavnice", bill, article(owner))
          for (const [at, kol] of lines) {
            add("osn_sastavke", tables["osn_sastavke"]!.length, bill, article(componentOf(owner, at)), kol)
          }
        }
      })
      for (const lines of invoices) {
        const dok = tables["dok"]!.length
        add("dok", dok, 1, dok, "2026-03-05")
        const known = new Set<number>()
        for (const [at, kol] of lines) {
          const item = article(at)
          add("dok_items", tables["dok_items"]!.length, dok, item, kol)
          if (!known.has(item)) add("osn_zad", tables["osn_zad"]!.length, dok, item, "2026-01-31", "M", 1)
          known.add(item)
        }
      }
    })
    return { ...DEPARTMENT, ...tables }
  }

  const NEWEST = `
    newest AS (SELECT art, max(id) AS id FROM gym.osn_sastavnice GROUP BY art),
    article AS (
      SELECT a.id, coalesce(a.ru = 'Y', false) AS is_package, n.id AS bill
      FROM gym.sif_art a LEFT JOIN newest n ON n.art = a.id)`

  const ONE_LEVEL_SQL = `
    WITH ${NEWEST}, recipe AS (
      SELECT k.sastavnica AS bill, bool_and((k.kol > 0 AND k.kol <> 'NaN' AND s.id IS NOT NULL) IS TRUE) AS is_good
      FROM gym.osn_sastavke k LEFT JOIN gym.sif_art s ON s.id = k.item GROUP BY k.sastavnica
    ), content AS (
      SELECT a.id, a.is_package, a.bill, (NOT a.is_package OR r.is_good) IS TRUE AS is_good
      FROM article a LEFT JOIN recipe r ON r.bill = a.bill
    ), line AS (
      SELECT i.dok, i.item, i.kol, c.bill, c.is_package,
        (i.kol > 0 AND i.kol <> 'NaN' AND c.is_good) IS TRUE AS is_good
      FROM gym.dok_items i LEFT JOIN content c ON c.id = i.item
    ), component AS (
      SELECT l.dok, l.item, coalesce(k.item, l.item) AS component, round(sum(l.kol * coalesce(k.kol, 1)), 3) AS qty
      FROM line l LEFT JOIN gym.osn_sastavke k ON l.is_package AND k.sastavnica = l.bill
      WHERE l.is_good GROUP BY 1, 2, 3
    )
    SELECT whole.id, CASE WHEN whole.is_good AND whole.is_storable THEN whole.items ELSE 'held' END AS answer
    FROM (
      SELECT l.dok AS id, bool_and(l.is_good) AS is_good, min(c.items) AS items, bool_and(c.is_storable) AS is_storable
      FROM line l LEFT JOIN (
        SELECT dok, bool_and(qty < 100000000000) AS is_storable,
          string_agg(item || '>' || component || '=' || qty, ' ' ORDER BY item, component) AS items
        FROM component GROUP BY dok
      ) c ON c.dok = l.dok
      GROUP BY l.dok
    ) whole`

  const ALL_LEVELS_SQL = `
    WITH RECURSIVE ${NEWEST}, way AS (
      SELECT i.dok, i.item AS root, i.item AS at, i.kol::numeric AS qty, a.is_package, a.bill
      FROM gym.dok_items i JOIN article a ON a.id = i.item
      UNION ALL
      SELECT w.dok, w.root, k.item, w.qty * k.kol, a.is_package, a.bill
      FROM way w JOIN gym.osn_sastavke k ON w.is_package AND k.sastavnica = w.bill JOIN article a ON a.id = k.item
    ), component AS (
      SELECT dok, root, at, sum(qty) AS qty FROM way WHERE NOT is_package GROUP BY 1, 2, 3
    )
    SELECT dok AS id, CASE WHEN bool_or(round(qty, 3) >= 100000000000) THEN 'held'
      ELSE string_agg(root || '>' || at || '=' || trim_scale(qty) || '~' || round(qty, 3), ' ' ORDER BY root, at) END AS answer
    FROM component GROUP BY dok`

  const compare = async (
    sql: string,
    depth: BillOfMaterials.Depth,
    figure: (item: Entitlement.EntitlementItem) => string
  ): Promise<ReadonlyMap<string, string>> => {
    await rowsOf(url(), "ANALYZE")
    const found = await rowsOf<{ id: string; answer: string }>(url(), sql)
    const theirs = new Map(found.map(({ answer, id }) => [id, answer]))
    const catalog = await fromStore((store) => store.catalog)
    const ours = new Map(
      (await pendingOf()).map(({ invoice, subscriptions }) => {
        const decision = Entitlement.fromInvoice({ invoice, subscriptions, catalog, depth })
        if (decision._tag !== "Granted") return [String(invoice.invoiceId), decision._tag.toLowerCase()]
        const items = decision.entitlements.flatMap(({ articleId, items }) =>
          items.map((item) => ({ root: Number(articleId), at: Number(item.articleId), text: figure(item) }))
        )
        const sorted = items.toSorted((a, b) => a.root - b.root || a.at - b.at)
        return [String(invoice.invoiceId), sorted.map(({ at, root, text }) => `${root}>${at}=${text}`).join(" ")]
      })
    )
    expect(differences(ours, theirs)).toStrictEqual([])
    return theirs
  }

  it(`of one level are those of the server's numeric arithmetic in ${CATALOGS * INVOICES_PER_CATALOG} cases`, async () => {
    const ru = fc.constantFrom("Y", "Y", "Y", "N", "y", " ", null)
    const drawn = fc.sample(
      fc.record({
        parts: fc.array(part(ru, roughAmount, 0, 6), { minLength: ARTICLES, maxLength: ARTICLES }),
        invoices: fc.array(
          fc.array(
            fc.tuple(
              fc.oneof({ weight: 99, arbitrary: fc.nat(ARTICLES - 1) }, { weight: 1, arbitrary: fc.constant(UNKNOWN) }),
              roughAmount
            ),
            { minLength: 1, maxLength: 3 }
          ),
          { minLength: INVOICES_PER_CATALOG, maxLength: INVOICES_PER_CATALOG }
        )
      }),
      { seed: SEED, numRuns: CATALOGS }
    )
    // Any article may be a component, the package itself too; one in fifty is not in the catalog.
    await loadGym(
      url(),
      tablesOf(drawn, (_, at) => (at % 50 === 0 ? UNKNOWN : at % ARTICLES))
    )
    const answers = await compare(ONE_LEVEL_SQL, "single", Entitlement.grantedQuantity)
    const held = countsOf(answers.values())["held"]!
    expect([answers.size, held > 500, held < 6_000]).toStrictEqual([CATALOGS * INVOICES_PER_CATALOG, true, true])
  })

  it(`of all levels are those of a recursive query in ${CATALOGS * INVOICES_PER_CATALOG} cases`, async () => {
    const drawn = fc.sample(
      fc.record({
        parts: fc.array(part(fc.constantFrom("Y", "Y", "N"), amount, 1, 3), {
          minLength: ARTICLES,
          maxLength: ARTICLES
        }),
        invoices: fc.array(fc.array(fc.tuple(fc.nat(ARTICLES - 1), amount), { minLength: 1, maxLength: 2 }), {
          minLength: INVOICES_PER_CATALOG,
          maxLength: INVOICES_PER_CATALOG
        })
      }),
      { seed: SEED, numRuns: CATALOGS }
    )
    const acyclic = drawn.map(({ invoices, parts }) => ({
      invoices,
      parts: parts.map((one, owner) => (owner === ARTICLES - 1 ? { ...one, ru: "N" } : one))
    }))
    const after = (owner: number, at: number) =>
      owner === ARTICLES - 1 ? owner : owner + 1 + (at % (ARTICLES - 1 - owner))
    await loadGym(url(), tablesOf(acyclic, after))
    const answers = await compare(ALL_LEVELS_SQL, "all", (item) => {
      return `${Quantity.format(item.quantity)}~${Entitlement.grantedQuantity(item)}`
    })
    expect(answers.size).toBe(CATALOGS * INVOICES_PER_CATALOG)
  })
})

describe("eligibility", () => {
  const DEPARTMENTS = 12_000
  const COMPANIES = 3_000

  it(`is that of the server in ${DEPARTMENTS} departments`, async () => {
    const flag = fc.oneof({ weight: 4, arbitrary: fc.constant("t") }, { weight: 1, arbitrary: fc.constant("f") })
    const companies = fc.sample(
      fc.record({ flag, modules: fc.array(fc.constantFrom(50, 50, 40, 5, 500, -50), { maxLength: 4 }) }),
      { seed: SEED, numRuns: COMPANIES }
    )
    const setting = fc.tuple(
      fc.constantFrom("OJ_CLAN", "OJ_CLAN", "OJ_CLAN", "OJ_OTHER", "oj_clan"),
      fc.constantFrom("F", "F", "f", "", "FF", null)
    )
    const departments = fc.sample(
      fc.record({ flag, company: fc.nat(COMPANIES - 1), settings: fc.array(setting, { maxLength: 4 }) }),
      { seed: SEED, numRuns: DEPARTMENTS }
    )
    let id = 0
    await loadGym(url(), {
      sif_pod: companies.map((company, at) => [at, "Company", company.flag]),
      m_kupljeno: companies.flatMap(({ modules }, at) => modules.map((modul) => [id++, at, modul])),
      sif_oj: departments.map((department, at) => [at, department.company, "Department", department.flag]),
      osn_setoj: departments.flatMap(({ settings }, at) => settings.map(([sett, val]) => [id++, at, sett, val]))
    })
    const theirs = await rowsOf<{ id: number }>(
      url(),
      `SELECT oj.id FROM gym.sif_oj oj JOIN gym.sif_pod pod ON pod.id = oj.pod
       WHERE oj.fl_akt AND pod.fl_akt
         AND EXISTS (SELECT 1 FROM gym.m_kupljeno m WHERE m.pod = oj.pod AND m.modul = 50)
         AND EXISTS (SELECT 1 FROM gym.osn_setoj s WHERE s.oj = oj.id AND s.sett = 'OJ_CLAN' AND s.val = 'F')
       ORDER BY oj.id`
    )
    const found = await fromStore((store) => store.departments)
    expect(found).toHaveLength(DEPARTMENTS)
    const ours = found.filter(Eligibility.isInScope).map((one) => one.departmentId)
    expect(ours).toStrictEqual(theirs.map((row) => row.id))
    expect([ours.length > 1_000, ours.length < DEPARTMENTS / 2]).toStrictEqual([true, true])
  })
})
