import { PlainDate } from "@reckoner/core"
import { EntitlementStore } from "@reckoner/core/ports"
import { entitlementStoreContract } from "@reckoner/core/testing/contracts"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { loadGym, rowsOf } from "../testing/gymData.ts"
import { gymStore } from "../testing/gymStore.ts"

entitlementStoreContract("PgEntitlementStore", gymStore)

describe("PgEntitlementStore on the gym's tables", () => {
  let gym: Awaited<ReturnType<typeof gymStore>>
  beforeEach(async () => {
    gym = await gymStore()
  })
  afterEach(() => gym.close())

  const use = <A, E>(act: (store: EntitlementStore["Service"]) => Effect.Effect<A, E>): Promise<A> =>
    Effect.runPromise(Effect.provide(Effect.flatMap(EntitlementStore, act), gym.layer))

  it("takes modules and settings that are stored twice as one, and others for no membership", async () => {
    await loadGym(gym.url, {
      sif_pod: [[1, "company", "t"]],
      sif_oj: [
        [1, 1, "one", "t"],
        [2, 1, "two", "t"]
      ],
      m_kupljeno: [
        [1, 1, 50],
        [2, 1, 50]
      ],
      osn_setoj: [
        [1, 1, "OJ_CLAN", "F"],
        [2, 1, "OJ_CLAN", "F"],
        [3, 1, "OJ_CLAN", null],
        [4, 2, "OTHER", "F"]
      ]
    })
    const common = { isActive: true, companyIsActive: true, companyModuleIds: new Set([50]) }
    expect(await use((store) => store.departments)).toStrictEqual([
      { ...common, departmentId: 1, membershipSettings: new Set(["F"]) },
      { ...common, departmentId: 2, membershipSettings: new Set() }
    ])
  })

  it("takes only a capital Y for a package", async () => {
    const marks = ["Y", "y", "N", " ", null]
    await loadGym(gym.url, { sif_art: marks.map((mark, at) => [at + 1, "article", mark]) })
    const catalog = await use((store) => store.catalog)
    expect([1, 2, 3, 4, 5].map((articleId) => catalog.get(articleId)?._tag)).toStrictEqual([
      "Package",
      "Simple",
      "Simple",
      "Simple",
      "Simple"
    ])
  })

  it("reads dates on a server that writes them in another style", async () => {
    await rowsOf(
      gym.url,
      "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET datestyle = ''German, DMY''', current_database()); END $$"
    )
    await loadGym(gym.url, {
      sif_pod: [[1, "company", "t"]],
      sif_oj: [[1, 1, "one", "t"]],
      osn_zad: [[1, 7, 1, "2026-01-31", "M", 1]],
      dok: [[1, 1, 7, "2026-03-05"]],
      dok_items: [[1, 1, 1, "1"]]
    })
    const scope = { departmentIds: [1], fromDate: PlainDate.parseUnsafe("2026-03-05") }
    const [pending] = (await use((store) => Stream.runCollect(store.pendingInvoices(scope)))).flat()
    expect([pending?.invoice.invoiceDate, pending?.subscriptions[0]?.anchorDate]).toStrictEqual([
      "2026-03-05",
      "2026-01-31"
    ])
  })

  it("gives a unit of any other letter as unreadable", async () => {
    const letters = ["M", "D", "m", "d", "W", " ", "\\", "\t", null]
    await loadGym(gym.url, {
      sif_pod: [[1, "company", "t"]],
      sif_oj: [[1, 1, "one", "t"]],
      osn_zad: letters.map((letter, at) => [at + 1, 7, 1, "2026-01-31", letter, 1]),
      dok: [[1, 1, 7, "2026-03-05"]],
      dok_items: [[1, 1, 1, "1"]]
    })
    const scope = { departmentIds: [1], fromDate: undefined }
    const [pending] = (await use((store) => Stream.runCollect(store.pendingInvoices(scope)))).flat()
    const found = pending?.subscriptions.toSorted((one, other) => one.subscriptionId - other.subscriptionId)
    expect(found?.map((one) => one.unit)).toStrictEqual([
      "month",
      "day",
      ...["m", "d", "W", " ", "\\", "\t"].map((unreadable) => ({ unreadable })),
      undefined
    ])
  })
})
