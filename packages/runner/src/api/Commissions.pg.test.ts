import { ApprovalState } from "@reckoner/core"
import { Database } from "@reckoner/adapters-pg"
import type { MemoryCommissionStore } from "@reckoner/core/testing"
import { commissionSample, commissionSources, REVOKED_AFFILIATE } from "@reckoner/core/testing/contracts"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import { randomUUID } from "node:crypto"
import pg from "pg"
import { afterEach, beforeAll, beforeEach, describe, expect, inject, it } from "vitest"
import { loadCommissions } from "../../../adapters-pg/src/testing/commissionStores.ts"
import { freshDatabase, type FreshDatabase } from "../../../adapters-pg/src/testing/freshDatabase.ts"
import * as CommissionClient from "../client/CommissionClient.ts"
import * as Stores from "../Stores.ts"
import { type Answer, send } from "../testing/httpRequest.ts"
import * as CommissionGroup from "./CommissionGroup.ts"
import * as Server from "./Server.ts"
import { AUDIENCE, type Issuer, ISSUER, makeIssuer } from "./testing/actorTokens.ts"

const { INVOICES_PATH, ORDERS_PATH, PERCENT_PATH, STATUS_PATH, WALLET_PATH } = CommissionGroup

let issuer: Issuer
let database: FreshDatabase
beforeAll(async () => {
  issuer = await makeIssuer()
})
beforeEach(async () => {
  database = await freshDatabase()
})
afterEach(() => database.drop())

const load = (...commissions: ReadonlyArray<MemoryCommissionStore.KeptCommission>) =>
  loadCommissions(Redacted.value(database.url), commissionSources(...commissions))

/** Rows of the database, past the server. */
const rows = async <Row>(statement: string, url = Redacted.value(database.url)): Promise<ReadonlyArray<Row>> => {
  const client = new pg.Client({ connectionString: url })
  client.on("error", () => {})
  await client.connect()
  try {
    return (await client.query(statement)).rows as ReadonlyArray<Row>
  } finally {
    await client.end()
  }
}

const count = async (table: string): Promise<number> =>
  (await rows<{ readonly n: number }>(`SELECT count(*)::int4 AS n FROM affiliate.${table}`))[0]!.n

type Ask = (
  method: string,
  path: string,
  options?: { readonly body?: unknown; readonly key?: string; readonly token?: string; readonly url?: string }
) => Promise<Answer & { readonly json: any }>

/** A server in this process, on a socket, for as long as the work takes. */
const serving = async (
  work: (ask: Ask, url: string) => Promise<void>,
  env: Record<string, string> = {}
): Promise<void> => {
  const url = Deferred.makeUnsafe<string>()
  const server = Server.run({ host: "127.0.0.1", ready: (at) => Deferred.succeed(url, at) }).pipe(
    Effect.provide(Layer.provideMerge(Stores.ports, Layer.provideMerge(Database.SqlLive, database.layer))),
    Effect.provide(Logger.layer([])),
    Effect.provideService(
      ConfigProvider.ConfigProvider,
      ConfigProvider.fromEnv({
        env: {
          RECKONER_PORT: "0",
          RECKONER_JWKS: JSON.stringify(issuer.keySet),
          RECKONER_JWT_ISSUER: ISSUER,
          RECKONER_JWT_AUDIENCE: AUDIENCE,
          ...env
        }
      })
    )
  )
  const fiber = Effect.runFork(server)
  try {
    const at = await Effect.runPromise(
      Effect.race(Deferred.await(url), Effect.andThen(Fiber.join(fiber), Effect.never))
    )
    const approver = await issuer.token()
    await work(async (method, path, { body, key, token = approver } = {}) => {
      const answer = await send(`${at}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...(key === undefined ? {} : { "idempotency-key": key })
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) })
      })
      return { ...answer, json: JSON.parse(answer.body) as unknown }
    }, at)
  } finally {
    await Effect.runPromise(Fiber.interrupt(fiber))
  }
}

const approve = (...ids: ReadonlyArray<string>) => ({ type: "invoice", newStatus: "approve", ids })

const outcomes = ({ json }: { readonly json: any }): ReadonlyArray<string> =>
  json.results.map(({ id, outcome, refusal }: any) => `${id} ${refusal?.code ?? outcome}`)

/** What a test counts on at once: the outcomes of a batch and how many there are of each. */
const tally = ({ json }: { readonly json: any }) => [json.changed, json.unchanged, json.refused]

describe("Commissions", () => {
  it("asks for a token that its issuer vouches for, whatever other tokens there are", async () => {
    await load(commissionSample("5"))
    const stranger = await makeIssuer()
    await serving(
      async (ask) => {
        const refused = async (token: string) => {
          const { headers, json, status } = await ask("GET", ORDERS_PATH, { token })
          return [status, json.detail, headers["www-authenticate"]]
        }
        const invalid = (detail: string) => [
          401,
          detail,
          `Bearer realm="reckoner", error="invalid_token", error_description="${detail}"`
        ]
        expect(await refused("0123456789abcdef")).toStrictEqual(invalid("The token is no signed JWT."))
        expect(await refused(await stranger.token())).toStrictEqual(invalid("The signature of the token is wrong."))
        expect(await refused(await issuer.token({ exp: 1 }))).toStrictEqual(invalid("The token has expired."))
        expect(await refused("")).toStrictEqual([
          401,
          "Send the token as: Authorization: Bearer <token>.",
          'Bearer realm="reckoner"'
        ])
        // And the token of a person opens nothing else.
        expect((await ask("GET", "/operations/v1/executions")).status).toBe(401)
        expect((await ask("GET", ORDERS_PATH)).status).toBe(200)
      },
      { RECKONER_API_TOKEN: "0123456789abcdef" }
    )
  })

  it("takes an order from its approval to money in a wallet, with an audit trail", async () => {
    await load(commissionSample("5", { state: ApprovalState.PENDING }))
    await serving(async (ask) => {
      const tooEarly = await ask("POST", STATUS_PATH, { key: "1", body: approve("51", "52") })
      expect(outcomes(tooEarly)).toStrictEqual(["51 OrderNotApproved", "52 OrderNotApproved"])
      const order = { type: "order", newStatus: "approve", ids: [5] }
      expect(outcomes(await ask("POST", STATUS_PATH, { key: "2", body: order }))).toStrictEqual(["5 changed"])
      const percent = { mode: "order", orderId: "5", percent: "12.5" }
      expect((await ask("POST", PERCENT_PATH, { key: "3", body: percent })).json.after.commission).toBe("18750")
      const wallet = { orderId: "5", walletType: "points" }
      expect((await ask("POST", WALLET_PATH, { key: "4", body: wallet })).json.after.commission).toBe("18518")
      expect(outcomes(await ask("POST", STATUS_PATH, { key: "5", body: approve("51") }))).toStrictEqual(["51 changed"])
      const { json } = await ask("GET", `${ORDERS_PATH}/5`)
      expect(json.audit.map(({ action, actor }: any) => `${actor} ${action}`)).toStrictEqual([
        "mai@example.com approve",
        "mai@example.com changePercent",
        "mai@example.com changeWallet",
        "mai@example.com approve"
      ])
      expect(json.invoices.map(({ status, transaction }: any) => `${status} ${transaction.status}`)).toStrictEqual([
        "approved success",
        "pending pending"
      ])
      const late = await ask("POST", WALLET_PATH, { key: "6", body: wallet })
      expect([late.status, late.json.code]).toStrictEqual([409, "OrderHasApprovedInvoice"])
    })
  })

  it("decides every id of a batch alone", async () => {
    await load(
      commissionSample("5", { withoutRequest: [2] }),
      commissionSample("6", { approved: [1], rejected: [2] }),
      commissionSample("7", { state: ApprovalState.PENDING }),
      commissionSample("8", { affiliate: REVOKED_AFFILIATE })
    )
    await serving(async (ask) => {
      const body = approve("51", "52", "61", "62", "71", "81", "99")
      const answer = await ask("POST", STATUS_PATH, { key: "a", body })
      expect([answer.status, tally(answer)]).toStrictEqual([200, [1, 1, 5]])
      expect(outcomes(answer)).toStrictEqual([
        "51 changed",
        "52 TransactionRequestMissing",
        "61 unchanged",
        "62 InvoiceRejected",
        "71 OrderNotApproved",
        "81 AffiliateRevoked",
        "99 CommissionUnknown"
      ])
      const token = await issuer.token({ roles: ["approver-revoked"] })
      expect(outcomes(await ask("POST", STATUS_PATH, { key: "b", body: approve("81"), token }))).toStrictEqual([
        "81 changed"
      ])
    })
  })

  it("takes a thousand ids at once, and refuses one more", async () => {
    const ids = Array.from({ length: 1000 }, (_, at) => `${1001 + at}`)
    await load(...ids.map((id) => commissionSample(id, { invoices: 1 })))
    await serving(async (ask) => {
      const body = approve(...ids.map((id) => `${id}1`))
      const answer = await ask("POST", STATUS_PATH, { key: "a", body })
      expect([answer.status, tally(answer)]).toStrictEqual([200, [1000, 0, 0]])
      expect(answer.json.results.map(({ id }: any) => id)).toStrictEqual(body.ids)
      expect(await count("commission_revoke_log")).toBe(1000)
      const again = await ask("POST", STATUS_PATH, { key: "a", body })
      expect([again.body, again.headers["idempotency-replayed"]]).toStrictEqual([answer.body, "true"])
      const { json, status } = await ask("POST", STATUS_PATH, { key: "b", body: approve(...body.ids, "5") })
      expect([status, json.detail]).toStrictEqual([
        400,
        "The member ids is a list: it must be a list of 1 to 1000 ids."
      ])
    })
  })

  it("books once when two browsers approve the same invoice at once", async () => {
    await load(commissionSample("5"))
    await serving(async (ask) => {
      const clicks = ["a", "b", "c", "d"].map((key) => ask("POST", STATUS_PATH, { key, body: approve("51") }))
      const answers = await Promise.all(clicks)
      expect(answers.map(({ status }) => status)).toStrictEqual([200, 200, 200, 200])
      expect(answers.flatMap(outcomes).toSorted()).toStrictEqual([
        "51 changed",
        "51 unchanged",
        "51 unchanged",
        "51 unchanged"
      ])
      expect([await count("commission_revoke_log"), await count("affiliate_action_log")]).toStrictEqual([1, 1])
    })
  })

  it("does one request once when it is sent twice at once", async () => {
    await load(commissionSample("5"))
    await serving(async (ask) => {
      const body = { mode: "order", orderId: "5", percent: "11" }
      const answers = await Promise.all([1, 2, 3].map(() => ask("POST", PERCENT_PATH, { key: "a", body })))
      const done = answers.filter(({ status }) => status === 200)
      expect(done.length).toBeGreaterThan(0)
      for (const { status } of answers) expect([200, 409]).toContain(status)
      for (const { json, status } of answers) if (status === 409) expect(json.title).toBe("Request In Progress")
      expect(new Set(done.map((answer) => answer.body)).size).toBe(1)
      expect(await count("affiliate_action_log")).toBe(1)
      expect((await ask("POST", PERCENT_PATH, { key: "a", body })).body).toBe(done[0]!.body)
    })
  })

  it("shows in a dry run what the action does afterwards", async () => {
    await load(commissionSample("5"), commissionSample("6", { state: ApprovalState.PENDING }))
    await serving(async (ask) => {
      for (const [path, body] of [
        [PERCENT_PATH, { mode: "invoiceItem", invoiceId: "51", invoiceItemId: "512", percent: 99.9999 }],
        [WALLET_PATH, { orderId: "5", walletType: "points" }],
        [STATUS_PATH, { type: "order", newStatus: "reject", ids: ["6"] }],
        [STATUS_PATH, approve("51", "61", "99")]
      ] as const) {
        const entries = await count("affiliate_action_log")
        const dry = await ask("POST", path, { body: { ...body, dryRun: true } })
        expect(await count("affiliate_action_log")).toBe(entries)
        const done = await ask("POST", path, { key: randomUUID(), body })
        const figures = ({ json }: typeof done) =>
          JSON.stringify({ ...json, dryRun: null }).replaceAll(/"approvedAt":"[^"]+"/g, '"approvedAt":"then"')
        expect(figures(done)).toBe(figures(dry))
        expect(await count("affiliate_action_log")).toBeGreaterThan(entries)
      }
      expect(await count("request_answer")).toBe(4)
    })
  })

  it("lists with filters, page by page, in the order of time", async () => {
    const at = Date.parse("2026-03-01T00:00:00Z")
    await load(
      ...["1", "2", "3", "4", "5"].map((id) => commissionSample(id, { createdAt: at })),
      commissionSample("6", { createdAt: at + 86_400_000, customerName: "Lê Hoa", walletKind: "points" }),
      commissionSample("7", { affiliate: REVOKED_AFFILIATE, approved: [1], createdAt: at }),
      commissionSample("8", { affiliate: REVOKED_AFFILIATE, state: ApprovalState.PENDING, createdAt: at })
    )
    await serving(async (ask) => {
      const pages = async (path: string, query: string): Promise<ReadonlyArray<string>> => {
        const seen: Array<string> = []
        let cursor = ""
        for (;;) {
          const { json } = await ask("GET", `${path}?${query}${cursor}`)
          seen.push(...json.items.map(({ id }: any) => id))
          if (json.next === null) return seen
          cursor = `&cursor=${json.next}`
        }
      }
      for (const limit of [1, 2, 3, 200]) {
        expect(await pages(ORDERS_PATH, `limit=${limit}`)).toStrictEqual(["6", "7", "5", "4", "3", "2", "1"])
        expect(await pages(INVOICES_PATH, `limit=${limit}&affiliateId=8`)).toStrictEqual(["71"])
      }
      expect(await pages(ORDERS_PATH, "text=hoa&walletType=points&from=2026-03-02&to=2026-03-02")).toStrictEqual(["6"])
      expect(await pages(ORDERS_PATH, "status=pending")).toStrictEqual([])
      expect(await pages(INVOICES_PATH, "status=approved,rejected")).toStrictEqual(["71"])
      expect(await pages(ORDERS_PATH, "from=0001-01-01&to=9999-12-31&limit=200")).toHaveLength(7)
      const { json } = await ask("GET", `${INVOICES_PATH}?limit=1`)
      expect(json.summary).toStrictEqual([
        { status: "pending", count: 12, currency: "VND", sum: "90000" },
        { status: "approved", count: 1, currency: "VND", sum: "7500" }
      ])
    })
  })

  it("is called by the client that other services use", async () => {
    await load(commissionSample("5"))
    await serving(async (_, url) => {
      const token = Redacted.make(await issuer.token())
      await Effect.runPromise(
        Effect.gen(function* () {
          const client = yield* CommissionClient.make({ baseUrl: url, token })
          const approval = client.changeStatus({ type: "invoice", newStatus: "approve", ids: [51, "99"] })
          const first = yield* approval
          expect(first.results.map(({ outcome, refusal }) => refusal?.code ?? outcome)).toStrictEqual([
            "changed",
            "CommissionUnknown"
          ])
          expect(yield* approval).toStrictEqual(first)
          const refused = yield* Effect.flip(client.changePercent({ mode: "invoice", invoiceId: 51, percent: 1.5 }))
          expect([refused._tag, "code" in refused && refused.code]).toStrictEqual([
            "CommissionState",
            "InvoiceAlreadyApproved"
          ])
          expect((yield* client.orders({ status: "approved" })).items.map(({ id }) => id)).toStrictEqual(["5"])
          expect((yield* client.invoices({ limit: "1" })).summary?.length).toBe(2)
          expect((yield* client.order("5")).invoices[0]?.transaction?.status).toBe("success")
          const stranger = yield* CommissionClient.make({ baseUrl: url, token: Redacted.make("x") })
          expect((yield* Effect.flip(stranger.order("5")))._tag).toBe("Unauthorized")
        }).pipe(Effect.provide(FetchHttpClient.layer))
      )
      expect(await count("affiliate_action_log")).toBe(1)
    })
  })

  it("goes on where it was when the database went away in the middle of a batch", async () => {
    const ids = Array.from({ length: 60 }, (_, at) => `${101 + at}`)
    await load(...ids.map((id) => commissionSample(id, { invoices: 1 })))
    const name = new URL(Redacted.value(database.url)).pathname.slice(1)
    const adminUrl = inject("adminUrl")
    await serving(async (ask) => {
      const body = approve(...ids.map((id) => `${id}1`))
      // Somebody holds an order in the middle, so that the batch is under way when the database goes.
      const holder = new pg.Client({ connectionString: Redacted.value(database.url) })
      holder.on("error", () => {})
      await holder.connect()
      await holder.query("BEGIN")
      await holder.query(`SELECT 1 FROM affiliate.order_affiliate WHERE id IN (130, 131, 132, 133) FOR UPDATE`)
      const asked = ask("POST", STATUS_PATH, { key: "a", body })
      while ((await count("affiliate_action_log")) < 29) await new Promise((resolve) => setTimeout(resolve, 10))
      await rows(`ALTER DATABASE "${name}" ALLOW_CONNECTIONS false`, adminUrl)
      await rows(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`, adminUrl)
      const failed = await asked
      expect([failed.status, failed.json.title]).toStrictEqual([503, "Store Unavailable"])
      expect((await ask("GET", ORDERS_PATH)).status).toBe(503)
      await rows(`ALTER DATABASE "${name}" ALLOW_CONNECTIONS true`, adminUrl)
      const done = await count("affiliate_action_log")
      expect(done).toBeLessThan(60)
      // Nobody could be told that the attempt ended: its lease says until when it counts. Here it is over.
      await rows("UPDATE affiliate.request_answer SET lease_until = now() WHERE lease_until IS NOT NULL")
      const again = await ask("POST", STATUS_PATH, { key: "a", body })
      expect([again.status, tally(again)]).toStrictEqual([200, [60, 0, 0]])
      expect([await count("commission_revoke_log"), await count("affiliate_action_log")]).toStrictEqual([60, 60])
      expect((await ask("POST", STATUS_PATH, { key: "a", body })).body).toBe(again.body)
    })
  })
})
