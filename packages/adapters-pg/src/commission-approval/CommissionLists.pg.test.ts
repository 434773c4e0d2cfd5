import type { CommissionFilter, CommissionPage } from "@reckoner/core/ports"
import * as Redacted from "effect/Redacted"
import pg from "pg"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type FreshDatabase, freshDatabase } from "../testing/freshDatabase.ts"
import { fillCommissions } from "../testing/manyCommissions.ts"
import * as CommissionListSql from "./CommissionListSql.ts"

/** So many that the planner decides as it does for a million. */
const ORDERS = 200_000
const LONG_MS = 300_000

const T = Date.parse("2025-06-01T00:00:00Z")
const DAY_MS = 86_400_000

const SINGLE: Readonly<Record<string, CommissionFilter>> = {
  "no filter": {},
  pending: { states: ["Pending"] },
  approved: { states: ["Approved"] },
  rejected: { states: ["Rejected"] },
  "two states": { states: ["Pending", "Rejected"] },
  "an affiliate with few orders": { affiliateId: "77" },
  "an affiliate with many": { affiliateId: "1" },
  "a revoked affiliate": { affiliateId: "20" },
  "no affiliate": { affiliateId: "999999" },
  "a day": { createdFrom: T, createdBefore: T + DAY_MS },
  "long ago": { createdBefore: Date.parse("2024-01-03T00:00:00Z") },
  "a wallet": { walletKind: "cash" },
  "a rare wallet": { walletKind: "stars" },
  "no wallet": { walletKind: "none" },
  "a code": { text: "DH-00012345" },
  "the start of every code": { text: "dh" },
  "a rare name": { text: "quỳnh 12" },
  "a common name": { text: "nguyễn" },
  "no name": { text: "zzz" }
}

const pairs = (): ReadonlyArray<readonly [name: string, filter: CommissionFilter]> => {
  const all = Object.entries(SINGLE)
  return all.flatMap(([name, filter], at) =>
    all
      .slice(at + 1)
      .filter(([, other]) => !Object.keys(other).some((key) => key in filter))
      .map(([otherName, other]) => [`${name}, ${otherName}`, { ...filter, ...other }] as const)
  )
}

const FILTERS = [...Object.entries(SINGLE), ...pairs().filter(([name]) => !name.startsWith("no filter"))]

const PAGES: ReadonlyArray<readonly [name: string, page: CommissionPage]> = [
  ["the first page", { limit: 50 }],
  ["a page far in", { limit: 50, after: { createdAt: T + 100 * DAY_MS, id: "100000" } }]
]

interface Plan {
  readonly "Node Type": string
  readonly "Relation Name"?: string
  readonly Plans?: ReadonlyArray<Plan>
}

const BIG = new Set(["order", "order_affiliate", "invoice_affiliate", "transaction_request"])

const bigScans = (plan: Plan): ReadonlyArray<string> => [
  ...(plan["Node Type"] === "Seq Scan" && BIG.has(plan["Relation Name"] ?? "") ? [plan["Relation Name"]!] : []),
  ...(plan.Plans ?? []).flatMap(bigScans)
]

describe("the lists, on many orders", () => {
  let database: FreshDatabase
  let client: pg.Client
  beforeAll(async () => {
    database = await freshDatabase()
    client = new pg.Client({ connectionString: Redacted.value(database.url) })
    await client.connect()
    await fillCommissions(client, ORDERS)
  }, LONG_MS)
  afterAll(async () => {
    await client.end()
    await database.drop()
  })

  const scans = async (query: CommissionListSql.Query | undefined): Promise<ReadonlyArray<string>> => {
    const { parameters, statement } = query!
    const { rows } = await client.query<{ readonly "QUERY PLAN": ReadonlyArray<{ readonly Plan: Plan }> }>(
      `EXPLAIN (FORMAT JSON) ${statement}`,
      [...parameters]
    )
    return bigScans(rows[0]!["QUERY PLAN"][0]!.Plan)
  }

  it.each(FILTERS)("read no big table as a whole: %s", { timeout: LONG_MS }, async (_, filter) => {
    for (const [page, at] of PAGES) {
      expect([page, await scans(CommissionListSql.orders(filter, at))]).toStrictEqual([page, []])
      expect([page, await scans(CommissionListSql.invoices(filter, at))]).toStrictEqual([page, []])
    }
  })
})
