/**
 * The messages of Zalo's notification and token services ↔ the domain. The only
 * file of the adapter that knows the other side's names.
 *
 * **Source**: section 7 of the facts about remote systems.
 *
 * @since 0.1.0
 */
import { type CommissionNotice, Money } from "@reckoner/core"
import type { AffiliateMessage, TokenPair } from "@reckoner/core/ports"
import * as Redacted from "effect/Redacted"

/**
 * How an attempt ended, or that the access token was refused before anything
 * was sent.
 *
 * @category models
 * @since 0.1.0
 */
export type Verdict = CommissionNotice.Attempt | { readonly _tag: "TokenRefused"; readonly reason: string }

/**
 * What came of a refresh token.
 *
 * - `Renewed`: it is used up, and this is the pair after it.
 * - `Refused`: the service said no; another refresh token may do.
 * - `Failed`: nobody knows whether it is used up, or the service cannot serve now.
 *
 * @category models
 * @since 0.1.0
 */
export type Renewal =
  | { readonly _tag: "Renewed"; readonly pair: TokenPair }
  | { readonly _tag: "Refused"; readonly reason: string }
  | { readonly _tag: "Failed"; readonly reason: string }

/**
 * The longest `tracking_id` that the service takes.
 *
 * @category constants
 * @since 0.1.0
 */
export const TRACKING_ID_LENGTH_MAX = 48

/**
 * How long an access token is taken to be good when the service does not say
 * it in a way that can be read: the shortest time that it ever gave.
 *
 * @category constants
 * @since 0.1.0
 */
export const LIFE_UNKNOWN_SECONDS = 3_600

const SHOWN_CHARACTERS_MAX = 200

type Class = Exclude<Verdict["_tag"], "Sent" | "Unknown">

/** Codes of the service, with what becomes of a notice that it answers so. */
const CLASS_OF_CODE: ReadonlyMap<number, readonly [Class, string]> = new Map<number, readonly [Class, string]>([
  [-100, ["TryLater", "unknown error, try later"]],
  [-101, ["NeedsOperator", "the application is not valid"]],
  [-102, ["NeedsOperator", "the application does not exist"]],
  [-103, ["NeedsOperator", "the application is not active"]],
  [-104, ["NeedsOperator", "the secret key of the application is not valid"]],
  [-105, ["NeedsOperator", "the application is not linked to the account"]],
  [-106, ["NeedsOperator", "the method is not supported"]],
  [-108, ["Recipient", "the phone number is not valid"]],
  [-109, ["NeedsOperator", "the template id is not valid"]],
  [-110, ["Recipient", "the person's version of Zalo is too old"]],
  [-111, ["NeedsOperator", "the template data is empty"]],
  [-112, ["NeedsOperator", "the template data is not valid"]],
  [-113, ["NeedsOperator", "the button is not valid"]],
  [-114, ["Recipient", "the person is not active or rejects such messages"]],
  [-115, ["NeedsOperator", "the account is out of quota or balance"]],
  [-116, ["NeedsOperator", "the text is not valid"]],
  [-117, ["NeedsOperator", "the account may not use the template"]],
  [-118, ["Recipient", "the phone number has no Zalo account"]],
  [-119, ["Recipient", "the person cannot receive such messages"]],
  [-120, ["NeedsOperator", "the account lacks the permission"]],
  [-121, ["NeedsOperator", "the body is empty"]],
  [-122, ["NeedsOperator", "the body is not valid"]],
  [-124, ["TokenRefused", "the access token is not valid"]],
  [-126, ["NeedsOperator", "the wallet of the development mode is empty"]],
  [-131, ["NeedsOperator", "the template is not approved"]],
  [-132, ["NeedsOperator", "a parameter is not valid"]],
  [-133, ["NotAtNight", "it sends nothing at night"]],
  [-135, ["NeedsOperator", "the account may not send"]],
  [-137, ["NeedsOperator", "the charge failed"]],
  [-139, ["Recipient", "the person refuses such messages"]],
  [-141, ["Recipient", "the person refuses messages of the account"]],
  [-144, ["NeedsOperator", "the quota of the account for today is used up"]],
  [-146, ["NeedsOperator", "the template is disabled"]],
  [-147, ["NeedsOperator", "the quota of the template for today is used up"]]
])

/**
 * The phone number as the service knows it, `84` and nine digits, or
 * `undefined` if it is no Vietnamese mobile number. Blanks, dots, hyphens and
 * parentheses between the digits mean nothing.
 *
 * @category conversions
 * @since 0.1.0
 */
export const phoneOf = (phone: string | undefined): string | undefined => {
  const digits = /^(?:\+?84|0)([1-9]\d{8})$/.exec((phone ?? "").replaceAll(/[\s.()-]/g, ""))?.[1]
  return digits === undefined ? undefined : `84${digits}`
}

/**
 * What is posted to have a message sent: an object to be written as JSON.
 *
 * @category conversions
 * @since 0.1.0
 */
export const requestOf = (
  message: AffiliateMessage,
  options: { readonly phone: string; readonly templateId: string; readonly mode: "development" | undefined }
) => ({
  ...(options.mode === undefined ? {} : { mode: options.mode }),
  phone: options.phone,
  template_id: options.templateId,
  template_data: {
    affiliate_name: message.affiliateName,
    order_code: message.orderCode,
    invoice_code: message.invoiceCode,
    amount: `${Money.format(message.amount)} ${message.amount.currency}`
  },
  tracking_id: message.id
})

/**
 * The form that is posted for a new pair of tokens.
 *
 * @category conversions
 * @since 0.1.0
 */
export const tokenFormOf = (appId: string, refreshToken: Redacted.Redacted) => ({
  app_id: appId,
  grant_type: "refresh_token",
  refresh_token: Redacted.value(refreshToken)
})

type Fields = Readonly<Record<string, unknown>>

const fieldsOf = (value: unknown): Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {}

const parse = (body: string): Fields => {
  try {
    return fieldsOf(JSON.parse(body))
  } catch {
    return {}
  }
}

/** Numbers may come as text. */
const integer = (value: unknown): number | undefined => {
  const number = typeof value === "string" && /^-?\d{1,15}$/.test(value) ? Number(value) : value
  return Number.isSafeInteger(number) ? (number as number) : undefined
}

const text = (value: unknown): string | undefined => {
  if (typeof value === "number" || typeof value === "string") return value === "" ? undefined : String(value)
  return undefined
}

/** One line of what the service says, for a person. */
const quoted = (value: unknown): string => {
  const said = (text(value) ?? "").replaceAll(/[^\p{L}\p{M}\p{N}\p{P}\p{S}]+/gu, " ").trim()
  if (said === "") return ""
  return ` (${said.length > SHOWN_CHARACTERS_MAX ? `${said.slice(0, SHOWN_CHARACTERS_MAX)}…` : said})`
}

const httpReason = (status: number): string => `the Zalo service answered with HTTP ${status}`

/**
 * What a status says where the body says nothing; `undefined` if it is a
 * success.
 */
const failureOf = (status: number): { readonly canPass: boolean; readonly reason: string } | undefined => {
  if (status >= 200 && status < 300) return undefined
  const canPass = status >= 500 || status === 429
  return { canPass, reason: canPass ? httpReason(status) : `${httpReason(status)}: check its address` }
}

/**
 * How an attempt ended, from the answer to it. One that cannot be read may
 * answer a message that was sent.
 *
 * @category conversions
 * @since 0.1.0
 */
export const readAnswer = (status: number, body: string): Verdict => {
  if (status >= 500) return { _tag: "TryLater", reason: httpReason(status) }
  const { data, error, message } = parse(body)
  const code = integer(error)
  const failure = failureOf(status)
  if (code === undefined || (code === 0 && failure !== undefined)) {
    if (failure === undefined) {
      return { _tag: "Unknown", reason: "the answer of the Zalo service cannot be read: it may have sent the message" }
    }
    return { _tag: failure.canPass ? "TryLater" : "NeedsOperator", reason: failure.reason }
  }
  if (code === 0) return { _tag: "Sent", receipt: text(fieldsOf(data)["msg_id"]) ?? "" }
  const [_tag, meaning] = CLASS_OF_CODE.get(code) ?? (["NeedsOperator", "a code that is not known here"] as const)
  return { _tag, reason: `the Zalo service answered ${code}: ${meaning}${quoted(message)}` }
}

/**
 * What came of a refresh token, from the answer to it, which was asked for at
 * an instant in milliseconds since 1970.
 *
 * @category conversions
 * @since 0.1.0
 */
export const readTokenAnswer = (status: number, body: string, askedAt: number): Renewal => {
  const fields = parse(body)
  const accessToken = text(fields["access_token"])
  const refreshToken = text(fields["refresh_token"])
  // A pair is never thrown away, whatever else is strange: the refresh token before it is used up.
  if (accessToken !== undefined && refreshToken !== undefined) {
    const seconds = integer(fields["expires_in"])
    const lifeSeconds = seconds === undefined || seconds < 0 ? LIFE_UNKNOWN_SECONDS : seconds
    const pair = {
      accessToken: Redacted.make(accessToken),
      refreshToken: Redacted.make(refreshToken),
      expiresAt: askedAt + lifeSeconds * 1_000
    }
    return { _tag: "Renewed", pair }
  }
  const code = integer(fields["error"])
  if (status < 500 && code !== undefined && code !== 0) {
    return {
      _tag: "Refused",
      reason: `the Zalo token service refused the refresh token (${code})${quoted(fields["error_name"])}: set a new refresh token, and check the app id and the secret key`
    }
  }
  const failure = failureOf(status)
  if (failure === undefined) {
    return { _tag: "Failed", reason: "the answer of the Zalo token service cannot be read" }
  }
  return failure.canPass
    ? { _tag: "Failed", reason: `the Zalo token service answered with HTTP ${status}` }
    : { _tag: "Refused", reason: `the Zalo token service answered with HTTP ${status}: check its address` }
}
