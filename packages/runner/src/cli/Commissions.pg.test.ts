import { ZnsStandIn } from "@reckoner/adapters-http/stand-ins"
import { ACTIVE_AFFILIATE, COMMISSION_SETTINGS, commissionSample } from "@reckoner/core/testing/contracts"
import * as Redacted from "effect/Redacted"
import pg from "pg"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { loadCommissions } from "../../../adapters-pg/src/testing/commissionStores.ts"
import { freshDatabase, type FreshDatabase } from "../../../adapters-pg/src/testing/freshDatabase.ts"
import { reckoner, startReckoner } from "../testing/childProcess.ts"

// As an operator does it: processes of their own on one database, and the real protocol of the message service.

const PROCESS_TIMEOUT_MS = 60_000

let database: FreshDatabase
let url: string
let zns: Awaited<ReturnType<typeof ZnsStandIn.start>>
let sql: pg.Client
beforeAll(async () => {
  database = await freshDatabase()
  url = Redacted.value(database.url)
  await loadCommissions(url, {
    affiliates: [{ ...ACTIVE_AFFILIATE, phone: "0987 654 321" }],
    settings: COMMISSION_SETTINGS,
    commissions: ["5", "6"].map((id) => commissionSample(id))
  })
  zns = await ZnsStandIn.start({
    appId: "123",
    secretKey: "secret-key",
    templateId: "77",
    parameters: ["affiliate_name", "order_code", "invoice_code", "amount"],
    refreshToken: "first-refresh-token"
  })
  sql = new pg.Client({ connectionString: url })
  await sql.connect()
})
afterAll(async () => {
  await sql.end()
  await zns.close()
  await database.drop()
})

const environment = () => ({
  DATABASE_URL: url,
  ZNS_APP_ID: "123",
  ZNS_SECRET_KEY: "secret-key",
  ZNS_TEMPLATE_ID: "77",
  ZNS_REFRESH_TOKEN: "first-refresh-token",
  ZNS_URL: zns.url,
  ZNS_OAUTH_URL: zns.url
})

const noticeState = async (id: string): Promise<string> =>
  (await sql.query("SELECT state FROM affiliate.notice WHERE id = $1", [id])).rows[0]?.state

const eventually = async (isSo: () => Promise<boolean>): Promise<void> => {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 50))
}

describe("reckoner commissions on PostgreSQL", { timeout: PROCESS_TIMEOUT_MS }, () => {
  it("approves with the service away, and tells the affiliate once it is back", async () => {
    zns.script({ _tag: "Status", status: 503 })
    const approved = await reckoner(["commissions", "approve", "invoice", "51", "--as", "linh"], environment())
    expect([approved.code, approved.stderr]).toStrictEqual([0, ""])
    expect(approved.stdout).toContain("transaction of invoice 51 7500 VND pending -> 7500 VND success")

    const first = await reckoner(["commissions", "notices", "send"], environment())
    expect([first.code, first.stdout]).toStrictEqual([0, "Queued: 1\n"])
    expect(zns.sent()).toHaveLength(0)
    const shown = await reckoner(["explain", "commission-order", "5"], environment())
    expect(shown.stdout).toMatch(/invoice 51, approved at /)
    expect(shown.stdout).toMatch(/cli:linh approved invoice 51\n/)

    expect((await reckoner(["commissions", "notices", "requeue", "release-51"], environment())).code).toBe(0)
    const again = await reckoner(["commissions", "notices", "send", "--json"], environment())
    expect(JSON.parse(again.stdout)).toMatchObject({ Sent: 1 })
    expect(zns.sent()).toMatchObject([{ phone: "84987654321", trackingId: "release-51" }])
    // The refresh token could be used once: the next one was kept.
    expect(zns.refreshes()).toBe(1)
  })

  it("is told by serve, which asks for nothing twice", async () => {
    const server = startReckoner(["serve"], { ...environment(), RECKONER_PORT: "0", RECKONER_SCHEDULE: "" })
    await server.sees(/listening/)
    expect((await reckoner(["commissions", "approve", "invoice", "61", "62"], environment())).code).toBe(0)
    await eventually(
      async () => (await noticeState("release-62")) === "Sent" && (await noticeState("release-61")) === "Sent"
    )
    const told = zns.sent().map(({ trackingId }) => trackingId)
    expect(told.toSorted()).toStrictEqual(["release-51", "release-61", "release-62"])
    server.child.kill("SIGTERM")
    expect((await server.ended).code).toBe(0)
    // No secret is in what it logged.
    const { stderr, stdout } = await server.ended
    for (const secret of ["secret-key", "first-refresh-token", "0987 654 321", "84987654321"]) {
      expect(stderr + stdout).not.toContain(secret)
    }
  })

  it("ends with 5 when something was refused, and with 2 without the settings of the service", async () => {
    const refused = await reckoner(["commissions", "cancel", "order", "5"], environment())
    expect([refused.code, refused.stderr]).toStrictEqual([
      5,
      "reckoner: 1 of 1 were refused; what was not refused is done\n"
    ])
    expect(refused.stdout).toContain("order 5: refused (OrderHasApprovedInvoice)")
    const unset = await reckoner(["commissions", "notices", "send"], { DATABASE_URL: url })
    expect(unset.code).toBe(2)
    expect(unset.stderr).toContain("ZNS_APP_ID")
  })
})
