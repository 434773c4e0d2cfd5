/**
 * The settings of the referral commissions.
 *
 * @since 0.1.0
 */
import { BusinessZone, Currency } from "@reckoner/core"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as path from "node:path"
import * as CashbackPolicyText from "./referral-commission/CashbackPolicyText.ts"
import {
  isHttpUrl,
  make,
  optional,
  positiveNumber,
  POSTGRES_URL,
  postgresUrl,
  type Setting,
  SettingRefused,
  wholeNumber
} from "./Setting.ts"

const OVERLAP_DAYS_MAX = 366
const CATCH_UP_DAYS_MAX = 366

/** The amounts of the tables have two decimals. */
const CURRENCY_DECIMALS_MAX = 2

/** The address of a gRPC service: no path, no password. */
const isServiceUrl = (text: string): boolean => {
  if (!isHttpUrl(text)) return false
  const { hash, password, pathname, search, username } = new URL(text)
  return pathname === "/" && [hash, password, search, username].every((part) => part === "")
}

const pemFile = (name: string, description: string) =>
  optional<string>({
    name,
    description,
    allowed: "the path of a PEM file",
    defaultText: "none",
    parse: (text) => Option.some(path.resolve(text))
  })

/**
 * The settings, in the order in which they are listed.
 *
 * @category constants
 * @since 0.1.0
 */
export const settings = {
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
  referralZone: make<BusinessZone.BusinessZone>({
    name: "RECKONER_REFERRAL_ZONE",
    description: "time zone of the referral commissions: its midnights cut days and months",
    allowed: "the name of a time zone, like UTC or Asia/Jakarta",
    defaultText: "Asia/Jakarta",
    fallback: () => Result.getOrThrow(BusinessZone.parse("Asia/Jakarta")),
    parse: (text) => Result.getSuccess(BusinessZone.parse(text))
  }),
  referralCurrency: make<Currency.Currency>({
    name: "RECKONER_REFERRAL_CURRENCY",
    description: "currency of shipments and commissions",
    allowed: "the code of a currency with at most two decimals, like IDR",
    defaultText: "IDR",
    fallback: () => Result.getOrThrow(Currency.parse("IDR")),
    parse: (text) =>
      Option.filter(
        Result.getSuccess(Currency.parse(text)),
        (currency) => Currency.minorUnits(currency) <= CURRENCY_DECIMALS_MAX
      )
  }),
  referralOverlapDays: make<number>({
    name: "RECKONER_REFERRAL_OVERLAP_DAYS",
    description: "how many days that were covered before every daily run repeats, for milestones written late",
    unit: "days",
    allowed: `a whole number from 0 to ${OVERLAP_DAYS_MAX}`,
    defaultText: "3",
    fallback: () => 3,
    parse: (text) => wholeNumber(text, OVERLAP_DAYS_MAX)
  }),
  referralCatchUpDays: make<number>({
    name: "RECKONER_REFERRAL_CATCH_UP_DAYS",
    description: "how many missed days one window of a daily run catches up on; more of them take several windows",
    unit: "days",
    allowed: `a whole number from 1 to ${CATCH_UP_DAYS_MAX}`,
    defaultText: "31",
    fallback: () => 31,
    parse: (text) => positiveNumber(text, CATCH_UP_DAYS_MAX)
  }),
  cashbackPolicy: make<string>({
    name: "RECKONER_CASHBACK_POLICY",
    description: "the affiliate's share of the shipping price by rate code, for backfills; * is any other code",
    allowed: CashbackPolicyText.ALLOWED,
    defaultText: "no policy",
    fallback: () => "",
    // The currency is a setting of its own: whether the caps fit it is seen when all settings are read.
    parse: (text) =>
      Option.map(Result.getSuccess(CashbackPolicyText.parse(text, CashbackPolicyText.ANY_CURRENCY)), () => text),
    show: (text) => (text === "" ? undefined : text)
  })
}

/**
 * Their values.
 *
 * @category models
 * @since 0.1.0
 */
export type Values = {
  readonly [Key in keyof typeof settings]: (typeof settings)[Key] extends Setting<infer A> ? A : never
}

const refused = (name: string, value: string, allowed: string): Effect.Effect<never, SettingRefused> =>
  Effect.fail(new SettingRefused({ name, value, allowed }))

/**
 * Checks what no setting can tell alone.
 *
 * **Errors**
 *
 * - `SettingRefused`: a cap of the policy does not fit the currency.
 * - `SettingRefused`: a certificate without its key, or the other way round.
 * - `SettingRefused`: certificates for a user service that is called in plain text.
 *
 * @category decisions
 * @since 0.1.0
 */
export const checkTogether = (values: Values): Effect.Effect<void, SettingRefused> => {
  const { cashbackPolicy, referralCurrency, userServiceUrl } = values
  if (Result.isFailure(CashbackPolicyText.parse(cashbackPolicy, referralCurrency))) {
    const allowed = `${CashbackPolicyText.ALLOWED}, in amounts of ${referralCurrency}`
    return refused(settings.cashbackPolicy.name, cashbackPolicy, allowed)
  }
  const files = (["userServiceCa", "userServiceCert", "userServiceKey"] as const).flatMap((key) =>
    Option.isSome(values[key]) ? [{ key, name: settings[key].name, file: values[key].value }] : []
  )
  const pair = files.filter(({ key }) => key !== "userServiceCa")
  if (pair.length === 1) {
    const other = pair[0]!.key === "userServiceCert" ? settings.userServiceKey : settings.userServiceCert
    return refused(pair[0]!.name, pair[0]!.file, `set together with ${other.name}`)
  }
  const url = Option.getOrElse(userServiceUrl, () => "")
  if (files.length > 0 && url.startsWith("http:")) {
    const names = files.map(({ name }) => name).join(" and ")
    return refused(settings.userServiceUrl.name, url, `an https:// URL, for ${names} is set`)
  }
  return Effect.void
}
