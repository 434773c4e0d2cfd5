import { BusinessZone, PlainDate } from "@reckoner/core"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as path from "node:path"
import { describe, expect, it } from "vitest"
import * as Config from "./Config.ts"
import * as ScheduleTable from "./schedule/ScheduleTable.ts"

const load = (env: Record<string, string>) =>
  Config.load.pipe(Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env })))

const values = (env: Record<string, string>) => Effect.runSync(load(env))
const refusal = (env: Record<string, string>) => Effect.runSync(Effect.flip(load(env)))

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
        lockWaitSeconds: 600,
        fromDate: Option.none(),
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
        RECKONER_LOCK_WAIT_SECONDS: "0",
        RECKONER_FROM_DATE: "2026-02-28",
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
      expect({ ...set, databaseUrl: undefined, apiToken: undefined }).toStrictEqual({
        databaseUrl: undefined,
        dataFolder: "/data",
        zone: "America/Santiago",
        host: "localhost",
        port: 0,
        apiToken: undefined,
        lockWaitSeconds: 0,
        fromDate: Option.some(PlainDate.parseUnsafe("2026-02-28")),
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
      ["RECKONER_API_TOKEN", "secret with spaces"]
    ])("never repeats the value of %s", (name, value) => {
      const found = refusal({ [name]: value })
      expect(found.value).toBe(undefined)
      expect(found.message).toContain(name)
      expect(found.message).not.toContain("secret")
    })
  })

  describe("listing", () => {
    it("says of secrets only that they are set", () => {
      const lines = Config.listing(values({ DATABASE_URL: "postgres://u:secret@h/d", RECKONER_API_TOKEN: "secret" }))
      expect(lines.filter(({ value }) => value === "set").map(({ name }) => name)).toStrictEqual([
        "DATABASE_URL",
        "RECKONER_API_TOKEN"
      ])
      expect(JSON.stringify(lines)).not.toContain("secret")
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
        RECKONER_LOCK_WAIT_SECONDS: "5",
        RECKONER_FROM_DATE: "not set",
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
