/**
 * Every setting of the program, in one place. All of them are environment
 * variables; one that is empty counts as not set.
 *
 * @since 0.1.0
 */
import { BusinessZone, PlainDate } from "@reckoner/core"
import * as EffectConfig from "effect/Config"
import * as Effect from "effect/Effect"
import type { LogLevel } from "effect/LogLevel"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as path from "node:path"
import * as AffiliateSettings from "./AffiliateSettings.ts"
import * as RateLimits from "./engine/RateLimits.ts"
import * as ReferralSettings from "./ReferralSettings.ts"
import * as ScheduleTable from "./schedule/ScheduleTable.ts"
import {
  isHttpUrl,
  make as setting,
  optional,
  positiveNumber,
  POSTGRES_URL,
  postgresUrl,
  type Setting,
  SettingRefused,
  TOKEN,
  token,
  wholeNumber
} from "./Setting.ts"
import * as ZnsSettings from "./ZnsSettings.ts"

export { type Setting, SettingRefused } from "./Setting.ts"

/**
 * Where the other processes of a cluster reach this one.
 *
 * @category models
 * @since 0.1.0
 */
export interface ClusterAddress {
  readonly host: string
  readonly port: number
}

/**
 * How log lines are written.
 *
 * @category models
 * @since 0.1.0
 */
export type LogFormat = "json" | "text"

const DATA_FOLDER = ".reckoner"
const PORT_MAX = 65_535
const LOCK_WAIT_SECONDS_MAX = 86_400
const EXECUTIONS_MAX = 10_000
const RETENTION_DAYS_MAX = 36_500

const LOG_LEVELS: Readonly<Record<string, LogLevel>> = {
  debug: "Debug",
  info: "Info",
  warn: "Warn",
  error: "Error",
  none: "None"
}

const clusterAddress = (text: string): Option.Option<ClusterAddress> => {
  const found = /^([\w.%-]{1,253}|\[[\da-fA-F:.%]+\]):(\d{1,5})$/.exec(text)
  const port = Number(found?.[2])
  return found === null || port < 1 || port > PORT_MAX ? Option.none() : Option.some({ host: found[1]!, port })
}

/**
 * All settings, in the order in which they are listed.
 *
 * @category constants
 * @since 0.1.0
 */
export const settings = {
  databaseUrl: optional<Redacted.Redacted>({
    name: "DATABASE_URL",
    description: "PostgreSQL server to work on; without it an embedded one is started",
    isSecret: true,
    allowed: POSTGRES_URL,
    defaultText: "the embedded server",
    parse: postgresUrl
  }),
  dataFolder: setting<string>({
    name: "RECKONER_DATA",
    description: "folder in which the embedded server keeps its data",
    allowed: "the path of a folder",
    defaultText: `./${DATA_FOLDER}`,
    fallback: () => path.resolve(DATA_FOLDER),
    parse: (text) => Option.some(path.resolve(text))
  }),
  zone: setting<BusinessZone.BusinessZone>({
    name: "RECKONER_ZONE",
    description: "time zone of the business: it decides on which day a run falls",
    allowed: "the name of a time zone, like UTC or America/Santiago",
    defaultText: "UTC",
    fallback: () => BusinessZone.UTC,
    parse: (text) => Result.getSuccess(BusinessZone.parse(text))
  }),
  host: setting<string>({
    name: "RECKONER_HOST",
    description: "address on which `serve` listens; any other than this machine's own needs RECKONER_API_TOKEN",
    allowed: "an IP address or the name of this machine",
    defaultText: "127.0.0.1",
    fallback: () => "127.0.0.1",
    parse: (text) => (/^[\w.:%-]{1,253}$/.test(text) ? Option.some(text) : Option.none())
  }),
  port: setting<number>({
    name: "RECKONER_PORT",
    description: "TCP port on which `serve` listens; 0 takes any that is free",
    allowed: `a whole number from 0 to ${PORT_MAX}`,
    defaultText: "8080",
    fallback: () => 8080,
    parse: (text) => wholeNumber(text, PORT_MAX)
  }),
  apiToken: optional<Redacted.Redacted>({
    name: "RECKONER_API_TOKEN",
    description: "bearer token that `serve` asks for on every path but /healthz",
    isSecret: true,
    allowed: TOKEN,
    defaultText: "no token is asked for",
    parse: token
  }),
  privateToken: optional<Redacted.Redacted>({
    name: "RECKONER_PRIVATE_TOKEN",
    description: "bearer token for the paths of other services with /private/ in them, in place of RECKONER_API_TOKEN",
    isSecret: true,
    allowed: TOKEN,
    defaultText: "those paths are closed",
    parse: token
  }),
  lockWaitSeconds: setting<number>({
    name: "RECKONER_LOCK_WAIT_SECONDS",
    description: "how long `job run` waits for another run of the same job to end",
    unit: "seconds",
    allowed: `a whole number from 0 to ${LOCK_WAIT_SECONDS_MAX}`,
    defaultText: "600",
    fallback: () => 600,
    parse: (text) => wholeNumber(text, LOCK_WAIT_SECONDS_MAX)
  }),
  fromDate: optional<PlainDate.PlainDate>({
    name: "RECKONER_FROM_DATE",
    description: "first invoice date in scope; older invoices are left alone",
    allowed: "a date like 2026-01-31",
    defaultText: "no limit",
    parse: (text) => Result.getSuccess(PlainDate.parse(text))
  }),
  ...ReferralSettings.settings,
  ...AffiliateSettings.settings,
  ...ZnsSettings.settings,
  cluster: setting<Option.Option<ClusterAddress>>({
    name: "RECKONER_CLUSTER",
    description: "where other `serve` processes on the same database reach this one; with it they share the work",
    allowed: "an address of this machine and a port of its own, like 10.0.0.1:8081",
    defaultText: "this process works alone",
    fallback: () => Option.none(),
    parse: (text) => Option.map(clusterAddress(text), Option.some),
    show: Option.match({ onNone: () => undefined, onSome: ({ host, port }) => `${host}:${port}` })
  }),
  executionsMax: setting<number>({
    name: "RECKONER_EXECUTIONS_MAX",
    description: "how many executions `serve` runs at a time; others wait in the database",
    allowed: `a whole number from 1 to ${EXECUTIONS_MAX}`,
    defaultText: "64",
    fallback: () => 64,
    parse: (text) => positiveNumber(text, EXECUTIONS_MAX)
  }),
  schedule: setting<string>({
    name: "RECKONER_SCHEDULE",
    description: "when `serve` starts jobs by itself, in the zone of the job's business unless a line names another",
    allowed: ScheduleTable.ALLOWED,
    defaultText: ScheduleTable.DEFAULT_TEXT,
    fallback: () => ScheduleTable.DEFAULT_TEXT,
    // The zone is a setting of its own, and makes no difference to whether a line can be read.
    parse: (text) => Option.map(Result.getSuccess(ScheduleTable.parse(text, () => BusinessZone.UTC)), () => text)
  }),
  rateLimits: setting<RateLimits.Limits>({
    name: "RECKONER_RATE_LIMITS",
    description: "limits per external system that hold over all processes",
    allowed: RateLimits.ALLOWED,
    defaultText: "no limits",
    fallback: () => new Map(),
    parse: RateLimits.parse,
    show: (limits) => (limits.size === 0 ? undefined : RateLimits.format(limits))
  }),
  retentionDays: setting<number>({
    name: "RECKONER_RETENTION_DAYS",
    description: "how long executions that succeeded or were cancelled are kept",
    unit: "days",
    allowed: `a whole number from 1 to ${RETENTION_DAYS_MAX}`,
    defaultText: "30",
    fallback: () => 30,
    parse: (text) => positiveNumber(text, RETENTION_DAYS_MAX)
  }),
  failedRetentionDays: setting<number>({
    name: "RECKONER_FAILED_RETENTION_DAYS",
    description: "how long failed executions are kept, for somebody to retry them",
    unit: "days",
    allowed: `a whole number from 1 to ${RETENTION_DAYS_MAX}`,
    defaultText: "365",
    fallback: () => 365,
    parse: (text) => positiveNumber(text, RETENTION_DAYS_MAX)
  }),
  otlpUrl: optional<string>({
    name: "RECKONER_OTLP_URL",
    description: "OpenTelemetry collector to which `serve` sends spans, over HTTP",
    allowed: "a URL like http://127.0.0.1:4318",
    defaultText: "no spans are sent",
    parse: (text) => (isHttpUrl(text) ? Option.some(text) : Option.none())
  }),
  logLevel: setting<LogLevel>({
    name: "RECKONER_LOG_LEVEL",
    description: "what is logged; debug also shows where a failure came from",
    allowed: `one of ${Object.keys(LOG_LEVELS).join(", ")}`,
    defaultText: "info",
    fallback: () => "Info",
    parse: (text) => Option.fromUndefinedOr(Object.hasOwn(LOG_LEVELS, text) ? LOG_LEVELS[text] : undefined),
    show: (level) => level.toLowerCase()
  }),
  logFormat: optional<LogFormat>({
    name: "RECKONER_LOG_FORMAT",
    description: "how log lines are written, to stderr",
    allowed: "one of json, text",
    defaultText: "json for `serve`; otherwise text on a terminal, json elsewhere",
    parse: (text) => (text === "json" || text === "text" ? Option.some(text) : Option.none())
  })
}

/**
 * The values of all settings.
 *
 * @category models
 * @since 0.1.0
 */
export type Values = {
  readonly [Key in keyof typeof settings]: (typeof settings)[Key] extends Setting<infer A> ? A : never
}

/** Whether a refused text may be printed: no secret, and no URL with a password in it. */
const isTold = ({ isSecret }: Pick<Setting<unknown>, "isSecret">, text: string): boolean =>
  !isSecret && !(URL.canParse(text) && new URL(text).password !== "")

const read = <A>(self: Setting<A>): Effect.Effect<A, SettingRefused> =>
  EffectConfig.String(self.name).pipe(
    EffectConfig.option,
    Effect.orDie,
    Effect.flatMap((found) => {
      const text = Option.getOrElse(found, () => "")
      if (text === "") return Effect.succeed(self.fallback())
      const refused = () =>
        new SettingRefused({ name: self.name, value: isTold(self, text) ? text : undefined, allowed: self.allowed })
      return Effect.fromOption(self.parse(text)).pipe(Effect.mapError(refused))
    })
  )

/**
 * Reads all settings, and fails on the first one that holds something else than
 * it may.
 *
 * @category constructors
 * @since 0.1.0
 */
export const load: Effect.Effect<Values, SettingRefused> = Effect.suspend(
  () =>
    Effect.all(
      Object.fromEntries(Object.entries(settings).map(([key, one]) => [key, read(one as Setting<unknown>)]))
    ).pipe(
      Effect.tap((values) => ReferralSettings.checkTogether(values as unknown as Values)),
      Effect.tap((values) => AffiliateSettings.checkTogether(values as unknown as Values)),
      Effect.tap((values) => ZnsSettings.checkTogether(values as unknown as Values))
    ) as unknown as Effect.Effect<Values, SettingRefused>
)

/**
 * A setting with its value in effect, fit to be printed: a secret says only
 * whether it is set.
 *
 * @category models
 * @since 0.1.0
 */
export interface Line {
  readonly name: string
  readonly value: string
  readonly default: string
  readonly unit: string | undefined
  readonly description: string
}

const NOT_SET = "not set"

/**
 * Lists every setting with its value in effect.
 *
 * @category queries
 * @since 0.1.0
 */
export const listing = (values: Values): ReadonlyArray<Line> =>
  Object.entries(settings).map(([key, one]) => {
    const { defaultText, description, isSecret, name, show, unit } = one as Setting<unknown>
    const shown = show(values[key as keyof Values])
    const value = shown === undefined ? NOT_SET : isSecret ? "set" : shown
    return { name, value, default: defaultText, unit, description }
  })
