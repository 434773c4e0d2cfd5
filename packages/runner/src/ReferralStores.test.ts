import { ReferralDirectoryStandIn } from "@reckoner/adapters-http/stand-ins"
import { Database } from "@reckoner/adapters-pg"
import { ReferralDirectory, ShipmentStore } from "@reckoner/core/ports"
import { MemoryRateLimiter } from "@reckoner/core/testing"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import * as Config from "./Config.ts"
import * as ReferralStores from "./ReferralStores.ts"

/** A database that nobody answers for: nothing here may need it. */
const NOWHERE = "postgres://nobody@127.0.0.1:1/nothing"

const main = Layer.provideMerge(
  Database.SqlWhenUsed,
  Layer.effect(Database.Database, Database.fromUrl(Redacted.make(NOWHERE)))
)

let folder: string
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "reckoner-referral-"))
})
afterEach(() => {
  fs.rmSync(folder, { recursive: true, force: true })
})

/** What an effect gives on the stores of these settings, or the message of what stopped it. */
const use = <A, E extends { readonly message: string }>(
  env: Record<string, string>,
  effect: Effect.Effect<A, E, ReferralDirectory | ShipmentStore>
) =>
  Effect.runPromise(
    Effect.flatMap(Config.load, (values) => Effect.provide(effect, ReferralStores.layer(values))).pipe(
      Effect.catch(({ message }) => Effect.succeed(message)),
      Effect.provide(Layer.merge(main, MemoryRateLimiter.make().layer)),
      Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env }))
    )
  )

const ask = Effect.flatMap(ReferralDirectory, ({ referralsOf }) => referralsOf(["601", "602"]))

const answers = ReferralDirectoryStandIn.fromTables({
  referrals: [{ id: 1n, entityId: 71n, userId: 501n }],
  userReferrals: [{ id: 9n, userId: 601n, referralId: 71n }]
})

describe("ReferralStores", () => {
  it("asks the user service at the address of the settings", async () => {
    const asked = Effect.gen(function* () {
      const { calls, url } = yield* ReferralDirectoryStandIn.make({ answers })
      const found = yield* Effect.promise(() => use({ EVERPRO_USER_URL: url }, ask))
      return [found, calls().length]
    })
    expect(await Effect.runPromise(Effect.scoped(asked))).toStrictEqual([
      [{ memberId: "601", affiliateId: "501", referralId: "1", memberReferralId: "9" }],
      1
    ])
  })

  it("waits for the turn of each call when the user service has limits", async () => {
    const asked = Effect.gen(function* () {
      const { callsAtOnceMax, url } = yield* ReferralDirectoryStandIn.make({
        answers,
        faults: [1, 2, 3].map(() => ({ _tag: "Delay", delayMs: 50 }) as const)
      })
      const many = Array.from({ length: 2_500 }, (_, at) => String(at + 1))
      const all = Effect.flatMap(ReferralDirectory, ({ referralsOf }) => referralsOf(many))
      const env = { EVERPRO_USER_URL: url, RECKONER_RATE_LIMITS: `${ReferralStores.USER_SERVICE}=any,1` }
      yield* Effect.promise(() => use(env, all))
      return callsAtOnceMax()
    })
    expect(await Effect.runPromise(Effect.scoped(asked))).toBe(1)
  })

  it("says which setting is missing when nobody can be asked", async () => {
    expect(await use({}, ask)).toBe(
      "nobody can be asked who referred whom: set EVERPRO_USER_URL to the address of the user service"
    )
  })

  it("is made without calling a database or the service, which may be away", async () => {
    const env = {
      EVERPRO_USER_URL: "http://127.0.0.1:1",
      LOGISTIC_DATABASE_URL: NOWHERE,
      EVERPRO_DATABASE_URL: NOWHERE
    }
    expect(await use(env, Effect.as(ShipmentStore, "made"))).toBe("made")
  })

  it("reads shipments in the database of the settings, and says so when that is away", async () => {
    const one = Effect.flatMap(ShipmentStore, (store) => store.shipment("SO-1"))
    const url = "postgres://somebody@127.0.0.1:2/shipments"
    expect(await use({ LOGISTIC_DATABASE_URL: url }, one)).toContain("127.0.0.1:2/shipments")
    expect(await use({}, one)).toContain("127.0.0.1:1/nothing")
  })

  it.each(["EVERPRO_USER_CA", "EVERPRO_USER_CERT", "EVERPRO_USER_KEY"])(
    "refuses a file of %s that is not there",
    async (name) => {
      const there = path.join(folder, "there.pem")
      fs.writeFileSync(there, "")
      const pair = name === "EVERPRO_USER_CA" ? {} : { EVERPRO_USER_CERT: there, EVERPRO_USER_KEY: there }
      const env = { EVERPRO_USER_URL: "https://127.0.0.1:1", ...pair, [name]: path.join(folder, "nowhere.pem") }
      expect(await use(env, ask)).toMatch(new RegExp(`^${name} is ".*nowhere.pem": it must be the path of a PEM file`))
    }
  )

  it("refuses certificates that are none", async () => {
    const file = path.join(folder, "cert.pem")
    fs.writeFileSync(file, "no certificate")
    const env = { EVERPRO_USER_URL: "https://127.0.0.1:1", EVERPRO_USER_CERT: file, EVERPRO_USER_KEY: file }
    expect(await use(env, ask)).toMatch(/^EVERPRO_USER_URL is "https:\/\/127\.0\.0\.1:1": it must be /)
  })
})
