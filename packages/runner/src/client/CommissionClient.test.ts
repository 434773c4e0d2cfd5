import { readFileSync } from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import { describe, expect, it } from "vitest"
import type * as Problem from "../api/Problem.ts"
import { serving } from "../api/testing/commissionServer.ts"
import { commissionSample, commissionSources } from "@reckoner/core/testing/contracts"
import * as CommissionClient from "./CommissionClient.ts"

interface Sent {
  readonly url: string
  readonly authorization: string | undefined
  readonly key: string | undefined
}

/** A client on a server without a socket; `lost` of its answers never arrive. */
const connected = (
  work: (client: CommissionClient.CommissionClient, sent: ReadonlyArray<Sent>) => Effect.Effect<unknown, unknown>,
  { lost = 0, token = Redacted.make("mai:approver") as CommissionClient.Options["token"] } = {}
): Promise<void> =>
  serving(commissionSources(commissionSample("5"), commissionSample("6")), async ({ ask }) => {
    const sent: Array<Sent> = []
    let left = lost
    const http = HttpClient.make((request, url) =>
      Effect.promise(async () => {
        const { headers, body } = request
        const key = headers["idempotency-key"]
        sent.push({ url: url.origin, authorization: headers["authorization"], key })
        const answer = await ask(request.method, `${url.pathname}${url.search}`, {
          headers,
          ...(body._tag === "Uint8Array" ? { body: body.body } : {})
        })
        const response = { status: left-- > 0 ? 503 : answer.status, headers: answer.headers }
        return HttpClientResponse.fromWeb(request, new Response(answer.text, response))
      })
    )
    await Effect.runPromise(
      Effect.gen(function* () {
        const client = yield* CommissionClient.make({ baseUrl: "http://reckoner.example:8080/", token })
        yield* work(client, sent)
      }).pipe(Effect.provideService(HttpClient.HttpClient, http)) as Effect.Effect<void>
    )
  })

describe("CommissionClient", () => {
  it("changes and shows commissions", () =>
    connected((client, sent) =>
      Effect.gen(function* () {
        const percent = yield* client.changePercent({ mode: "order", orderId: 5, percent: "20" })
        expect([percent.outcome, percent.after.commission]).toStrictEqual(["changed", "30000"])
        const wallet = yield* client.changeWallet({ orderId: "6", walletType: "points", dryRun: true })
        expect([wallet.dryRun, wallet.after.walletType]).toStrictEqual([true, "points"])
        const status = yield* client.changeStatus({ type: "invoice", newStatus: "approve", ids: ["51", 52] })
        expect(status.results.map(({ id, outcome }) => `${id} ${outcome}`)).toStrictEqual(["51 changed", "52 changed"])
        const first = yield* client.orders({ limit: "1" })
        const second = yield* client.orders({ limit: "1", cursor: first.next! })
        expect([...first.items, ...second.items].map(({ id }) => id)).toStrictEqual(["6", "5"])
        expect((yield* client.invoices({ status: "approved" })).summary?.[0]?.count).toBe(2)
        expect((yield* client.order("5")).audit.length).toBe(3)
        expect(new Set(sent.map(({ authorization, url }) => `${url} ${authorization}`))).toStrictEqual(
          new Set(["http://reckoner.example:8080 Bearer mai:approver"])
        )
      })
    ))

  it("fails with what the contract says", () =>
    connected((client) =>
      Effect.gen(function* () {
        const unknown = yield* Effect.flip(client.order("9"))
        expect([unknown._tag, (unknown as Problem.CommissionUnknown).code]).toStrictEqual([
          "CommissionUnknown",
          "CommissionUnknown"
        ])
        const refused = yield* Effect.flip(client.changeWallet({ orderId: "5", walletType: "gold" }))
        expect([refused._tag, (refused as Problem.CommissionState).code]).toStrictEqual([
          "CommissionState",
          "NoLevelDiscount"
        ])
        yield* client.changeWallet({ orderId: "5", walletType: "points" }, { idempotencyKey: "a" })
        const reused = yield* Effect.flip(
          client.changeWallet({ orderId: "6", walletType: "points" }, { idempotencyKey: "a" })
        )
        expect(reused._tag).toBe("KeyReused")
        const wrong = yield* Effect.flip(client.orders({ limit: "0" }))
        expect([wrong._tag, wrong.message]).toStrictEqual([
          "BadRequest",
          'The parameter limit is "0": it must be a whole number from 1 to 200.'
        ])
      })
    ))

  it("makes a key for each call, and sends it again with every attempt", () =>
    connected(
      (client, sent) =>
        Effect.gen(function* () {
          const approve = client.changeStatus({ type: "invoice", newStatus: "approve", ids: ["51"] })
          const { results } = yield* Effect.retry(approve, { times: 3, schedule: Schedule.forever })
          // What the first attempt did is told, though its answer was lost.
          expect(results.map(({ outcome }) => outcome)).toStrictEqual(["changed"])
          yield* client.changeStatus({ type: "invoice", newStatus: "approve", ids: ["51"] })
          const keys = sent.map(({ key }) => key)
          expect(keys.length).toBe(4)
          expect(new Set(keys.slice(0, 3)).size).toBe(1)
          expect(new Set(keys).size).toBe(2)
          expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/)
        }),
      { lost: 2 }
    ))

  it("asks for the token anew for every request", () => {
    let asked = 0
    const token = Effect.sync(() => Redacted.make(`mai-${++asked}:reader`))
    return connected(
      (client, sent) =>
        Effect.gen(function* () {
          yield* client.orders()
          yield* client.invoices()
          expect(sent.map(({ authorization }) => authorization)).toStrictEqual([
            "Bearer mai-1:reader",
            "Bearer mai-2:reader"
          ])
          expect((yield* Effect.flip(client.changeWallet({ orderId: "5", walletType: "points" })))._tag).toBe(
            "Forbidden"
          )
        }),
      { token }
    )
  })

  it("brings nothing of the server with it", () => {
    const seen = new Set<string>()
    const external = new Set<string>()
    const visit = (file: string): void => {
      if (seen.has(file)) return
      seen.add(file)
      for (const [, from] of readFileSync(file, "utf8").matchAll(
        /^(?:import|export)(?! type)[^"']*?from "([^"]+)"/gms
      )) {
        if (from!.startsWith(".")) visit(path.resolve(path.dirname(file), from!))
        else external.add(from!)
      }
    }
    visit(fileURLToPath(new URL("index.ts", import.meta.url)))
    expect([...seen].map((file) => path.basename(file)).toSorted()).toStrictEqual([
      "CommissionClient.ts",
      "CommissionGroup.ts",
      "CommissionView.ts",
      "Problem.ts",
      "RefusalText.ts",
      "index.ts"
    ])
    expect([...external].filter((from) => !from.startsWith("effect/"))).toStrictEqual(["@reckoner/core"])
  })
})
