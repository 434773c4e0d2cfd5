import { BusinessZone, PlainDate } from "@reckoner/core"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as path from "node:path"
import { describe, expect, it } from "vitest"
import * as Config from "./Config.ts"
import * as CashbackPolicyText from "./referral-commission/CashbackPolicyText.ts"
import * as ScheduleTable from "./schedule/ScheduleTable.ts"

const load = (env: Record<string, string>) =>
  Config.load.pipe(Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env })))

const values = (env: Record<string, string>) => Effect.runSync(load(env))
const refusal = (env: Record<string, string>) => Effect.runSync(Effect.flip(load(env)))

// `ZnsSettings.test.ts` reads them.
const ZNS_VALUES = {
  znsAppId: Option.none(),
  znsSecretKey: Option.none(),
  znsTemplateId: Option.none(),
  znsRefreshToken: Option.none(),
  znsUrl: Option.none(),
  znsOauthUrl: Option.none(),
  znsMode: "production"
}

describe("Config", () => {
  describe("load", () => {
    it("has a value for everything that is not set", () => {
      expect(values({})).toStrictEqual({
        databaseUrl: Option.none(),
        dataFolder: path.resolve(".reckoner"),
        zone: BusinessZone.UTC,
        host: "127.0.0.1",
        port: 8080,
        apiToken: Option.none(),
        privateToken: Option.none(),
        lockWaitSeconds: 600,
        fromDate: Option.none(),
        logisticDatabaseUrl: Option.none(),
        everproDatabaseUrl: Option.none(),
        userServiceUrl: Option.none(),
        userServiceCa: Option.none(),
        userServiceCert: Option.none(),
        userServiceKey: Option.none(),
        referralZone: "Asia/Jakarta",
        referralCurrency: "IDR",
        referralOverlapDays: 3,
        referralCatchUpDays: 31,
        cashbackPolicy: "",
        affiliateZone: "Asia/Ho_Chi_Minh",
        jwksUrl: Option.none(),
        jwks: Option.none(),
        jwtIssuer: Option.none(),
        jwtAudience: Option.none(),
        jwtRolesClaim: "roles",
        ...ZNS_VALUES,
        cluster: Option.none(),
        executionsMax: 64,
        schedule: ScheduleTable.DEFAULT_TEXT,
        rateLimits: new Map(),
        retentionDays: 30,
        failedRetentionDays: 365,
        otlpUrl: Option.none(),
        logLevel: "Info",
        logFormat: Option.none()
      })
    })

    it("counts an empty variable as not set", () => {
      const empty = Object.fromEntries(Object.values(Config.settings).map(({ name }) => [name, ""]))
      expect(values(empty)).toStrictEqual(values({}))
    })

    it("reads every setting", () => {
      const set = values({
        DATABASE_URL: "postgresql://u:p@h/d",
        RECKONER_DATA: "/data",
        RECKONER_ZONE: "America/Santiago",
        RECKONER_HOST: "localhost",
        RECKONER_PORT: "0",
        RECKONER_API_TOKEN: "abc.DEF_123~+/=-",
        RECKONER_PRIVATE_TOKEN: "-=/+~321_FED.cba",
        RECKONER_LOCK_WAIT_SECONDS: "0",
        RECKONER_FROM_DATE: "2026-02-28",
        LOGISTIC_DATABASE_URL: "postgres://u:p@logistic/d",
        EVERPRO_DATABASE_URL: "postgresql://u:p@everpro/d",
        EVERPRO_USER_URL: "https://users.example.com:50051",
        EVERPRO_USER_CA: "/tls/ca.pem",
        EVERPRO_USER_CERT: "/tls/cert.pem",
        EVERPRO_USER_KEY: "tls/key.pem",
        RECKONER_REFERRAL_ZONE: "Asia/Makassar",
        RECKONER_REFERRAL_CURRENCY: "JPY",
        RECKONER_REFERRAL_OVERLAP_DAYS: "0",
        RECKONER_REFERRAL_CATCH_UP_DAYS: "366",
        RECKONER_CASHBACK_POLICY: "REG=2.5% max 100; *=1%",
        RECKONER_AFFILIATE_ZONE: "Asia/Bangkok",
        RECKONER_JWKS_URL: "https://login.example.com/jwks.json",
        RECKONER_JWT_ISSUER: "https://login.example.com/",
        RECKONER_JWT_AUDIENCE: "reckoner",
        RECKONER_JWT_ROLES_CLAIM: "https://reckoner/roles",
        RECKONER_CLUSTER: "10.0.0.1:8081",
        RECKONER_EXECUTIONS_MAX: "1",
        RECKONER_SCHEDULE: "sync-entitlements=30 2 * * 1-5 Europe/Paris catchUp",
        RECKONER_RATE_LIMITS: "fpay=10/s,2",
        RECKONER_RETENTION_DAYS: "7",
        RECKONER_FAILED_RETENTION_DAYS: "70",
        RECKONER_OTLP_URL: "http://collector:4318",
        RECKONER_LOG_LEVEL: "debug",
        RECKONER_LOG_FORMAT: "text"
      })
      expect(Option.map(set.databaseUrl, Redacted.value)).toStrictEqual(Option.some("postgresql://u:p@h/d"))
      expect(Option.map(set.apiToken, Redacted.value)).toStrictEqual(Option.some("abc.DEF_123~+/=-"))
      expect(Option.map(set.privateToken, Redacted.value)).toStrictEqual(Option.some("-=/+~321_FED.cba"))
      expect(Option.map(set.logisticDatabaseUrl, Redacted.value)).toStrictEqual(
        Option.some("postgres://u:p@logistic/d")
      )
      expect(Option.map(set.everproDatabaseUrl, Redacted.value)).toStrictEqual(
        Option.some("postgresql://u:p@everpro/d")
      )
      const secrets = {
        databaseUrl: undefined,
        apiToken: undefined,
        privateToken: undefined,
        logisticDatabaseUrl: undefined,
        everproDatabaseUrl: undefined
      }
      expect({ ...set, ...secrets }).toStrictEqual({
        ...secrets,
        dataFolder: "/data",
        zone: "America/Santiago",
        host: "localhost",
        port: 0,
        lockWaitSeconds: 0,
        fromDate: Option.some(PlainDate.parseUnsafe("2026-02-28")),
        userServiceUrl: Option.some("https://users.example.com:50051"),
        userServiceCa: Option.some("/tls/ca.pem"),
        userServiceCert: Option.some("/tls/cert.pem"),
        userServiceKey: Option.some(path.resolve("tls/key.pem")),
        referralZone: "Asia/Makassar",
        referralCurrency: "JPY",
        referralOverlapDays: 0,
        referralCatchUpDays: 366,
        cashbackPolicy: "REG=2.5% max 100; *=1%",
        affiliateZone: "Asia/Bangkok",
        jwksUrl: Option.some("https://login.example.com/jwks.json"),
        jwks: Option.none(),
        jwtIssuer: Option.some("https://login.example.com/"),
        jwtAudience: Option.some("reckoner"),
        jwtRolesClaim: "https://reckoner/roles",
        ...ZNS_VALUES,
        cluster: Option.some({ host: "10.0.0.1", port: 8081 }),
        executionsMax: 1,
        schedule: "sync-entitlements=30 2 * * 1-5 Europe/Paris catchUp",
        rateLimits: new Map([["fpay", { perSecond: 10, inFlightMax: 2 }]]),
        retentionDays: 7,
        failedRetentionDays: 70,
        otlpUrl: Option.some("http://collector:4318"),
        logLevel: "Debug",
        logFormat: Option.some("text")
      })
    })

    it.each([
      ["RECKONER_ZONE", "Chile Time"],
      ["RECKONER_PORT", "65536"],
      ["RECKONER_PORT", "-1"],
      ["RECKONER_PORT", "80x"],
      ["RECKONER_PORT", " 80"],
      ["RECKONER_HOST", "two words"],
      ["RECKONER_LOCK_WAIT_SECONDS", "1.5"],
      ["RECKONER_LOCK_WAIT_SECONDS", "86401"],
      ["RECKONER_FROM_DATE", "2026-02-30"],
      ["EVERPRO_USER_URL", "users.example.com:50051"],
      ["EVERPRO_USER_URL", "grpc://users.example.com:50051"],
      ["EVERPRO_USER_URL", "http://users.example.com/api"],
      ["EVERPRO_USER_URL", "http://users.example.com/?a=1"],
      ["EVERPRO_USER_URL", "http://users.example.com/#a"],
      ["RECKONER_REFERRAL_ZONE", "Jakarta"],
      ["RECKONER_REFERRAL_CURRENCY", "Rp"],
      ["RECKONER_REFERRAL_CURRENCY", "idr"],
      ["RECKONER_REFERRAL_CURRENCY", "KWD"],
      ["RECKONER_REFERRAL_OVERLAP_DAYS", "-1"],
      ["RECKONER_REFERRAL_OVERLAP_DAYS", "1.5"],
      ["RECKONER_REFERRAL_OVERLAP_DAYS", "367"],
      ["RECKONER_REFERRAL_CATCH_UP_DAYS", "0"],
      ["RECKONER_REFERRAL_CATCH_UP_DAYS", "367"],
      ["RECKONER_CASHBACK_POLICY", "REG"],
      ["RECKONER_CASHBACK_POLICY", "REG=2.5"],
      ["RECKONER_CASHBACK_POLICY", "REG=101%"],
      ["RECKONER_CASHBACK_POLICY", "REG=1%; REG=2%"],
      ["RECKONER_CASHBACK_POLICY", "REG=1% max 0.001"],
      ["RECKONER_CLUSTER", "10.0.0.1"],
      ["RECKONER_CLUSTER", "10.0.0.1:0"],
      ["RECKONER_CLUSTER", "10.0.0.1:65536"],
      ["RECKONER_EXECUTIONS_MAX", "0"],
      ["RECKONER_EXECUTIONS_MAX", "10001"],
      ["RECKONER_SCHEDULE", "sync-entitlements=30 2 * *"],
      ["RECKONER_RATE_LIMITS", "fpay=lots"],
      ["RECKONER_RETENTION_DAYS", "0"],
      ["RECKONER_FAILED_RETENTION_DAYS", "36501"],
      ["RECKONER_OTLP_URL", "collector"],
      ["RECKONER_LOG_LEVEL", "toString"],
      ["RECKONER_LOG_LEVEL", "INFO"],
      ["RECKONER_LOG_FORMAT", "xml"]
    ])("fails with SettingRefused when %s is %j", (name, value) => {
      const allowed = Object.values(Config.settings).find((one) => one.name === name)?.allowed ?? ""
      expect(refusal({ [name]: value })).toStrictEqual(new Config.SettingRefused({ name, value, allowed }))
      expect(refusal({ [name]: value }).message).toBe(`${name} is ${JSON.stringify(value)}: it must be ${allowed}`)
    })

    it.each([
      ["DATABASE_URL", "mysql://user:secret@host/database"],
      ["DATABASE_URL", "secret"],
      ["RECKONER_API_TOKEN", "secret with spaces"],
      ["RECKONER_PRIVATE_TOKEN", "secret with spaces"],
      ["RECKONER_PRIVATE_TOKEN", `secret${"x".repeat(507)}`],
      ["LOGISTIC_DATABASE_URL", "mysql://user:secret@host/database"],
      ["EVERPRO_DATABASE_URL", "http://user:secret@host/database"]
    ])("never repeats the value of %s", (name, value) => {
      const found = refusal({ [name]: value })
      expect(found.value).toBe(undefined)
      expect(found.message).toContain(name)
      expect(found.message).not.toContain("secret")
    })

    it("takes the bounds of numbers, and currencies with no decimals and with two", () => {
      const set = values({
        RECKONER_REFERRAL_OVERLAP_DAYS: "366",
        RECKONER_REFERRAL_CATCH_UP_DAYS: "1",
        RECKONER_REFERRAL_CURRENCY: "USD"
      })
      expect([set.referralOverlapDays, set.referralCatchUpDays, set.referralCurrency]).toStrictEqual([366, 1, "USD"])
      expect(values({ RECKONER_REFERRAL_CURRENCY: "JPY" }).referralCurrency).toBe("JPY")
      expect(values({ EVERPRO_USER_URL: "http://[::1]:50051/" }).userServiceUrl).toStrictEqual(
        Option.some("http://[::1]:50051/")
      )
    })

    it.each(["http://user@users.example.com", "http://user:password@users.example.com"])(
      "takes no address of the user service with a name in it: %s",
      (url) => {
        expect(refusal({ EVERPRO_USER_URL: url }).name).toBe("EVERPRO_USER_URL")
      }
    )

    it("fails with SettingRefused when a cap of the policy is no amount of the currency", () => {
      const capped = (cap: string, currency: string) => ({
        RECKONER_CASHBACK_POLICY: `REG=1%; *=2% max ${cap}`,
        RECKONER_REFERRAL_CURRENCY: currency
      })
      expect(refusal(capped("100.50", "JPY"))).toStrictEqual(
        new Config.SettingRefused({
          name: "RECKONER_CASHBACK_POLICY",
          value: "REG=1%; *=2% max 100.50",
          allowed: `${CashbackPolicyText.ALLOWED}, in amounts of JPY`
        })
      )
      expect(values(capped("100.50", "IDR")).cashbackPolicy).toBe("REG=1%; *=2% max 100.50")
      expect(values(capped("100", "JPY")).cashbackPolicy).toBe("REG=1%; *=2% max 100")
    })

    it.each([
      ["EVERPRO_USER_CERT", "EVERPRO_USER_KEY"],
      ["EVERPRO_USER_KEY", "EVERPRO_USER_CERT"]
    ])("fails with SettingRefused when %s is set without %s", (name, missing) => {
      expect(refusal({ [name]: "/tls/one.pem", EVERPRO_USER_CA: "/tls/ca.pem" })).toStrictEqual(
        new Config.SettingRefused({ name, value: "/tls/one.pem", allowed: `set together with ${missing}` })
      )
    })
  })

  describe("what settings cannot tell alone", () => {
    it("fails with SettingRefused when certificates are set for a user service in plain text", () => {
      const env = { EVERPRO_USER_URL: "http://127.0.0.1:50051", EVERPRO_USER_CA: "/tls/ca.pem" }
      expect(refusal(env)).toMatchObject({ name: "EVERPRO_USER_URL", allowed: expect.stringContaining("https://") })
      expect(values({ ...env, EVERPRO_USER_URL: "https://127.0.0.1" }).userServiceCa).toStrictEqual(
        Option.some("/tls/ca.pem")
      )
    })

    it("never prints a password that was put into a URL", () => {
      const { message } = refusal({ EVERPRO_USER_URL: "http://user:secret@host:50051" })
      expect(message).toMatch(/^EVERPRO_USER_URL holds a value that cannot be used: /)
      expect(message).not.toContain("secret")
    })
  })

  describe("listing", () => {
    it("says of secrets only that they are set", () => {
      const lines = Config.listing(
        values({
          DATABASE_URL: "postgres://u:secret@h/d",
          RECKONER_API_TOKEN: "secret",
          RECKONER_PRIVATE_TOKEN: "secret",
          LOGISTIC_DATABASE_URL: "postgres://u:secret@h/d",
          EVERPRO_DATABASE_URL: "postgres://u:secret@h/d"
        })
      )
      expect(lines.filter(({ value }) => value === "set").map(({ name }) => name)).toStrictEqual([
        "DATABASE_URL",
        "RECKONER_API_TOKEN",
        "RECKONER_PRIVATE_TOKEN",
        "LOGISTIC_DATABASE_URL",
        "EVERPRO_DATABASE_URL"
      ])
      expect(JSON.stringify(lines.map(({ value }) => value))).not.toContain("secret")
    })

    it("shows the settings of the referrals that are set", () => {
      const env = {
        EVERPRO_USER_URL: "https://127.0.0.1:50051",
        EVERPRO_USER_CERT: "/tls/cert.pem",
        EVERPRO_USER_KEY: "/tls/key.pem",
        RECKONER_CASHBACK_POLICY: "*=1%"
      }
      const shown = Object.fromEntries(Config.listing(values(env)).map(({ name, value }) => [name, value]))
      expect(shown).toMatchObject(env)
    })

    it("shows the value in effect, set or not", () => {
      const lines = Config.listing(values({ RECKONER_LOCK_WAIT_SECONDS: "5" }))
      const shown = Object.fromEntries(lines.map(({ name, value }) => [name, value]))
      expect(shown).toStrictEqual({
        DATABASE_URL: "not set",
        RECKONER_DATA: path.resolve(".reckoner"),
        RECKONER_ZONE: "UTC",
        RECKONER_HOST: "127.0.0.1",
        RECKONER_PORT: "8080",
        RECKONER_API_TOKEN: "not set",
        RECKONER_PRIVATE_TOKEN: "not set",
        RECKONER_LOCK_WAIT_SECONDS: "5",
        RECKONER_FROM_DATE: "not set",
        LOGISTIC_DATABASE_URL: "not set",
        EVERPRO_DATABASE_URL: "not set",
        EVERPRO_USER_URL: "not set",
        EVERPRO_USER_CA: "not set",
        EVERPRO_USER_CERT: "not set",
        EVERPRO_USER_KEY: "not set",
        RECKONER_REFERRAL_ZONE: "Asia/Jakarta",
        RECKONER_REFERRAL_CURRENCY: "IDR",
        RECKONER_REFERRAL_OVERLAP_DAYS: "3",
        RECKONER_REFERRAL_CATCH_UP_DAYS: "31",
        RECKONER_CASHBACK_POLICY: "not set",
        RECKONER_AFFILIATE_ZONE: "Asia/Ho_Chi_Minh",
        RECKONER_JWKS_URL: "not set",
        RECKONER_JWKS: "not set",
        RECKONER_JWT_ISSUER: "not set",
        RECKONER_JWT_AUDIENCE: "not set",
        RECKONER_JWT_ROLES_CLAIM: "roles",
        ZNS_APP_ID: "not set",
        ZNS_SECRET_KEY: "not set",
        ZNS_TEMPLATE_ID: "not set",
        ZNS_REFRESH_TOKEN: "not set",
        ZNS_URL: "not set",
        ZNS_OAUTH_URL: "not set",
        ZNS_MODE: "production",
        RECKONER_CLUSTER: "not set",
        RECKONER_EXECUTIONS_MAX: "64",
        RECKONER_SCHEDULE: ScheduleTable.DEFAULT_TEXT,
        RECKONER_RATE_LIMITS: "not set",
        RECKONER_RETENTION_DAYS: "30",
        RECKONER_FAILED_RETENTION_DAYS: "365",
        RECKONER_OTLP_URL: "not set",
        RECKONER_LOG_LEVEL: "info",
        RECKONER_LOG_FORMAT: "not set"
      })
      expect(lines.find(({ name }) => name === "RECKONER_LOCK_WAIT_SECONDS")).toStrictEqual({
        name: "RECKONER_LOCK_WAIT_SECONDS",
        value: "5",
        default: "600",
        unit: "seconds",
        description: "how long `job run` waits for another run of the same job to end"
      })
    })
  })
})
