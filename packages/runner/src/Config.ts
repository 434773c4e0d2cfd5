/**
 * Every setting of the program, in one place. All of them are environment
 * variables; one that is empty counts as not set.
 *
 * @since 0.1.0
 */
import { BusinessZone, Currency, PlainDate } from "@reckoner/core"
import * as EffectConfig from "effect/Config"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type { LogLevel } from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as path from "node:path"
import * as RateLimits from "./engine/RateLimits.ts"
import * as CashbackPolicyText from "./referral-commission/CashbackPolicyText.ts"
import * as ScheduleTable from "./schedule/ScheduleTable.ts"

/**
 * A setting holds something that it may not hold. `value` is missing where the
 * setting is a secret.
 *
 * @category errors
 * @since 0.1.0
 */
export class SettingRefused extends Data.TaggedError("SettingRefused")<{
  readonly name: string
  readonly value: string | undefined
  readonly allowed: string
}> {
  override get message(): string {
    const found = this.value === undefined ? "holds a value that cannot be used" : `is ${JSON.stringify(this.value)}`
    return `${this.name} ${found}: it must be ${this.allowed}`
  }
}

/**
 * What is known about one setting. `show` gives the value as it is printed, or
 * `undefined` where there is none; `fallback` counts while nothing is set.
 *
 * @category models
 * @since 0.1.0
 */
export interface Setting<A> {
  readonly name: string
  readonly description: string
  readonly unit: string | undefined
  readonly isSecret: boolean
  readonly allowed: string
  readonly defaultText: string
  readonly fallback: () => A
  readonly parse: (text: string) => Option.Option<A>
  readonly show: (value: A) => string | undefined
}

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
const OVERLAP_DAYS_MAX = 366
const CATCH_UP_DAYS_MAX = 366

/** The amounts of the tables have two decimals. */
const REFERRAL_CURRENCY_DECIMALS_MAX = 2

const LOG_LEVELS: Readonly<Record<string, LogLevel>> = {
  debug: "Debug",
  info: "Info",
  warn: "Warn",
  error: "Error",
  none: "None"
}

const setting = <A>(fields: Partial<Setting<A>> & Omit<Setting<A>, "unit" | "isSecret" | "show">): Setting<A> => ({
  unit: undefined,
  isSecret: false,
  show: String,
  ...fields
})

/** A setting that may be missing: it has no fallback, and what was not set is not shown. */
const optional = <A>(
  fields: Pick<Setting<A>, "name" | "description" | "allowed" | "defaultText" | "parse"> & {
    readonly isSecret?: boolean
  }
): Setting<Option.Option<A>> => ({
  unit: undefined,
  isSecret: false,
  ...fields,
  fallback: () => Option.none(),
  parse: (text) => Option.map(fields.parse(text), Option.some),
  show: Option.match({ onNone: () => undefined, onSome: String })
})

const wholeNumber = (text: string, max: number): Option.Option<number> =>
  /^\d{1,9}$/.test(text) && Number(text) <= max ? Option.some(Number(text)) : Option.none()

const positiveNumber = (text: string, max: number): Option.Option<number> =>
  Option.filter(wholeNumber(text, max), (value) => value > 0)

const clusterAddress = (text: string): Option.Option<ClusterAddress> => {
  const found = /^([\w.%-]{1,253}|\[[\da-fA-F:.%]+\]):(\d{1,5})$/.exec(text)
  const port = Number(found?.[2])
  return found === null || port < 1 || port > PORT_MAX ? Option.none() : Option.some({ host: found[1]!, port })
}

const isHttpUrl = (text: string): boolean => URL.canParse(text) && ["http:", "https:"].includes(new URL(text).protocol)

/** The address of a gRPC service: no path, no password. */
const isServiceUrl = (text: string): boolean => {
  if (!isHttpUrl(text)) return false
  const { hash, password, pathname, search, username } = new URL(text)
  return pathname === "/" && [hash, password, search, username].every((part) => part === "")
}

const isPostgresUrl = (text: string): boolean =>
  URL.canParse(text) && ["postgres:", "postgresql:"].includes(new URL(text).protocol)

const postgresUrl = (text: string): Option.Option<Redacted.Redacted> =>
  isPostgresUrl(text) ? Option.some(Redacted.make(text)) : Option.none()

const POSTGRES_URL = "a URL like postgres://user:password@host:port/database"

const token = (text: string): Option.Option<Redacted.Redacted> =>
  /^[\w.~+/=-]{1,512}$/.test(text) ? Option.some(Redacted.make(text)) : Option.none()

const TOKEN = "made of letters, digits and - . _ ~ + / = only, up to 512 of them"

const pemFile = (name: string, description: string) =>
  optional<string>({
    name,
    description,
    allowed: "the path of a PEM file",
    defaultText: "none",
    parse: (text) => Option.some(path.resolve(text))
  })

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
  logisticDatabaseUrl: optional<Redacted.Redacted>({
    name: "LOGISTIC_DATABASE_URL",
    description: "PostgreSQL server with the shipments, in the schema popaket_logistic; it is only read",
    isSecret: true,
    allowed: POSTGRES_URL,
    defaultText: "as DATABASE_URL",
    parse: postgresUrl
  }),
  everproDatabaseUrl: optional<Redacted.Redacted>({
    name: "EVERPRO_DATABASE_URL",
    description: "PostgreSQL server that the affiliates' orders are written to, in the schema everpro_data",
    isSecret: true,
    allowed: POSTGRES_URL,
    defaultText: "as DATABASE_URL",
    parse: postgresUrl
  }),
  userServiceUrl: optional<string>({
    name: "EVERPRO_USER_URL",
    description: "gRPC address of the user service, which knows who referred whom; https is TLS",
    allowed: "a URL like http://127.0.0.1:50051 or https://users.example.com, without a path",
    defaultText: "none: referral orders are not synchronised",
    parse: (text) => (isServiceUrl(text) ? Option.some(text) : Option.none())
  }),
  userServiceCa: pemFile(
    "EVERPRO_USER_CA",
    "certificates that the user service's own must come from, besides the usual"
  ),
  userServiceCert: pemFile("EVERPRO_USER_CERT", "certificate shown to the user service, with EVERPRO_USER_KEY"),
  userServiceKey: pemFile("EVERPRO_USER_KEY", "private key of EVERPRO_USER_CERT"),
  referralZone: setting<BusinessZone.BusinessZone>({
    name: "RECKONER_REFERRAL_ZONE",
    description: "time zone of the referral commissions: its midnights cut days and months",
    allowed: "the name of a time zone, like UTC or Asia/Jakarta",
    defaultText: "Asia/Jakarta",
    fallback: () => Result.getOrThrow(BusinessZone.parse("Asia/Jakarta")),
    parse: (text) => Result.getSuccess(BusinessZone.parse(text))
  }),
  referralCurrency: setting<Currency.Currency>({
    name: "RECKONER_REFERRAL_CURRENCY",
    description: "currency of shipments and commissions",
    allowed: "the code of a currency with at most two decimals, like IDR",
    defaultText: "IDR",
    fallback: () => Result.getOrThrow(Currency.parse("IDR")),
    parse: (text) =>
      Option.filter(
        Result.getSuccess(Currency.parse(text)),
        (currency) => Currency.minorUnits(currency) <= REFERRAL_CURRENCY_DECIMALS_MAX
      )
  }),
  referralOverlapDays: setting<number>({
    name: "RECKONER_REFERRAL_OVERLAP_DAYS",
    description: "how many days that were covered before every daily run repeats, for milestones written late",
    unit: "days",
    allowed: `a whole number from 0 to ${OVERLAP_DAYS_MAX}`,
    defaultText: "3",
    fallback: () => 3,
    parse: (text) => wholeNumber(text, OVERLAP_DAYS_MAX)
  }),
  referralCatchUpDays: setting<number>({
    name: "RECKONER_REFERRAL_CATCH_UP_DAYS",
    description: "how many missed days one window of a daily run catches up on; more of them take several windows",
    unit: "days",
    allowed: `a whole number from 1 to ${CATCH_UP_DAYS_MAX}`,
    defaultText: "31",
    fallback: () => 31,
    parse: (text) => positiveNumber(text, CATCH_UP_DAYS_MAX)
  }),
  cashbackPolicy: setting<string>({
    name: "RECKONER_CASHBACK_POLICY",
    description: "the affiliate's share of the shipping price by rate code, for backfills; * is any other code",
    allowed: CashbackPolicyText.ALLOWED,
    defaultText: "no policy",
    fallback: () => "",
    // The currency is a setting of its own: whether the caps fit it is seen when all settings are read.
    parse: (text) =>
      Option.map(Result.getSuccess(CashbackPolicyText.parse(text, CashbackPolicyText.ANY_CURRENCY)), () => text),
    show: (text) => (text === "" ? undefined : text)
  }),
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

const read = <A>(self: Setting<A>): Effect.Effect<A, SettingRefused> =>
  EffectConfig.String(self.name).pipe(
    EffectConfig.option,
    Effect.orDie,
    Effect.flatMap((found) => {
      const text = Option.getOrElse(found, () => "")
      if (text === "") return Effect.succeed(self.fallback())
      const refused = () =>
        new SettingRefused({ name: self.name, value: self.isSecret ? undefined : text, allowed: self.allowed })
      return Effect.fromOption(self.parse(text)).pipe(Effect.mapError(refused))
    })
  )

/** What no setting can tell alone. */
const checkTogether = (values: Values): Effect.Effect<void, SettingRefused> => {
  const { cashbackPolicy, referralCurrency, userServiceCert, userServiceKey } = values
  if (Result.isFailure(CashbackPolicyText.parse(cashbackPolicy, referralCurrency))) {
    const allowed = `${CashbackPolicyText.ALLOWED}, in amounts of ${referralCurrency}`
    return Effect.fail(new SettingRefused({ name: settings.cashbackPolicy.name, value: cashbackPolicy, allowed }))
  }
  if (Option.isSome(userServiceCert) !== Option.isSome(userServiceKey)) {
    const [given, missing] = Option.isSome(userServiceCert)
      ? [settings.userServiceCert.name, settings.userServiceKey.name]
      : [settings.userServiceKey.name, settings.userServiceCert.name]
    const value = Option.getOrElse(
      Option.orElse(userServiceCert, () => userServiceKey),
      () => ""
    )
    return Effect.fail(new SettingRefused({ name: given, value, allowed: `set together with ${missing}` }))
  }
  return Effect.void
}

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
    ).pipe(Effect.tap((values) => checkTogether(values as unknown as Values))) as unknown as Effect.Effect<
      Values,
      SettingRefused
    >
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
