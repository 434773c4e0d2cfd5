/**
 * The settings of Zalo ZNS, through which affiliates are told about released
 * commissions.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { isHttpUrl, make, optional, type Setting, SettingRefused } from "./Setting.ts"

const SECRET_CHARACTERS_MAX = 4_096

const secret = (text: string): Option.Option<Redacted.Redacted> =>
  /^[!-~]+$/.test(text) && text.length <= SECRET_CHARACTERS_MAX ? Option.some(Redacted.make(text)) : Option.none()

const SECRET = `up to ${SECRET_CHARACTERS_MAX} visible ASCII characters`

const digits = (text: string): Option.Option<string> => (/^\d{1,32}$/.test(text) ? Option.some(text) : Option.none())

const baseUrl = (text: string): Option.Option<string> =>
  isHttpUrl(text) && new URL(text).pathname === "/" && !/[?#@]/.test(text)
    ? Option.some(text.replace(/\/$/, ""))
    : Option.none()

const BASE_URL = "a URL like https://business.openapi.zalo.me, without a path"

/**
 * The settings, in the order in which they are listed.
 *
 * @category constants
 * @since 0.1.0
 */
export const settings = {
  znsAppId: optional<string>({
    name: "ZNS_APP_ID",
    description: "number of the Zalo application; without it nobody is told about released commissions",
    allowed: "digits",
    defaultText: "none: notices wait",
    parse: digits
  }),
  znsSecretKey: optional<Redacted.Redacted>({
    name: "ZNS_SECRET_KEY",
    description: "key of the Zalo application, which it proves itself with",
    isSecret: true,
    allowed: SECRET,
    defaultText: "none; it is needed with ZNS_APP_ID",
    parse: secret
  }),
  znsTemplateId: optional<string>({
    name: "ZNS_TEMPLATE_ID",
    description: "number of the template of the message",
    allowed: "digits",
    defaultText: "none; it is needed with ZNS_APP_ID",
    parse: digits
  }),
  znsRefreshToken: optional<Redacted.Redacted>({
    name: "ZNS_REFRESH_TOKEN",
    description: "the first refresh token; those that follow are kept in the database",
    isSecret: true,
    allowed: SECRET,
    defaultText: "none: one must be kept already",
    parse: secret
  }),
  znsUrl: optional<string>({
    name: "ZNS_URL",
    description: "address that messages are sent to",
    allowed: BASE_URL,
    defaultText: "https://business.openapi.zalo.me",
    parse: baseUrl
  }),
  znsOauthUrl: optional<string>({
    name: "ZNS_OAUTH_URL",
    description: "address that tokens are got from",
    allowed: BASE_URL,
    defaultText: "https://oauth.zaloapp.com",
    parse: baseUrl
  }),
  znsMode: make<"production" | "development">({
    name: "ZNS_MODE",
    description: "in development messages go to the administrators of the Zalo account only",
    allowed: "production or development",
    defaultText: "production",
    fallback: () => "production",
    parse: (text) => (text === "production" || text === "development" ? Option.some(text) : Option.none())
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

/**
 * An application that is set up.
 *
 * @category models
 * @since 0.1.0
 */
export interface Application {
  readonly appId: string
  readonly secretKey: Redacted.Redacted
  readonly templateId: string
}

/**
 * The application of the settings, if they name one.
 *
 * @category queries
 * @since 0.1.0
 */
export const application = ({ znsAppId, znsSecretKey, znsTemplateId }: Values): Option.Option<Application> =>
  Option.all({ appId: znsAppId, secretKey: znsSecretKey, templateId: znsTemplateId })

/**
 * Checks what no setting can tell alone.
 *
 * **Errors**
 *
 * - `SettingRefused`: of the application, its secret key and the template one is set and another is not.
 *
 * @category decisions
 * @since 0.1.0
 */
export const checkTogether = (values: Values): Effect.Effect<void, SettingRefused> => {
  const needed: ReadonlyArray<{ readonly value: Option.Option<unknown>; readonly setting: { readonly name: string } }> =
    [
      { value: values.znsAppId, setting: settings.znsAppId },
      { value: values.znsSecretKey, setting: settings.znsSecretKey },
      { value: values.znsTemplateId, setting: settings.znsTemplateId }
    ]
  const given = needed.find(({ value }) => Option.isSome(value))
  const missing = needed.find(({ value }) => Option.isNone(value))
  return given === undefined || missing === undefined
    ? Effect.void
    : Effect.fail(
        new SettingRefused({
          name: given.setting.name,
          value: undefined,
          allowed: `set together with ${missing.setting.name}`
        })
      )
}
