/**
 * What the stand-in of Zalo refuses: each rule with the code of its answer.
 *
 * @since 0.1.0
 */

/**
 * A refusal: the service answers it with HTTP 200.
 *
 * @category models
 * @since 0.1.0
 */
export interface Refusal {
  readonly error: number
  readonly message: string
}

/**
 * A request for a message, as it was posted.
 *
 * @category models
 * @since 0.1.0
 */
export interface Posted {
  readonly phone: string
  readonly templateId: string
  readonly templateData: Readonly<Record<string, string>>
  readonly trackingId: string
  readonly mode: "development" | undefined
}

/**
 * What messages are checked against.
 *
 * @category models
 * @since 0.1.0
 */
export interface Template {
  readonly templateId: string
  readonly parameters: ReadonlyArray<string>
}

const TRACKING_ID_LENGTH_MAX = 48
const FIELDS = new Set(["mode", "phone", "template_id", "template_data", "tracking_id"])

/** `84xxx`, `0xxx` and `xxx`; a plus is not accepted. */
const PHONE = /^(84|0)?[1-9]\d{8}$/

const parse = (body: string): unknown => {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const refusal = (error: number, message: string): Refusal => ({ error, message })

const dataRefusal = (data: unknown, { parameters }: Template): Refusal | undefined => {
  if (!isObject(data) || Object.keys(data).length === 0) return refusal(-111, "Template data empty")
  const missing = parameters.find((name) => typeof data[name] !== "string" || data[name] === "")
  if (missing !== undefined) return refusal(-112, `Template data invalid: ${missing}`)
  const extra = Object.keys(data).find((name) => !parameters.includes(name))
  return extra === undefined ? undefined : refusal(-112, `Template data invalid: ${extra}`)
}

/**
 * Reads a posted message, or says why it is refused.
 *
 * @category decoding
 * @since 0.1.0
 */
export const readPosted = (contentType: string | undefined, body: string, template: Template): Posted | Refusal => {
  if (!/^application\/json\b/i.test(contentType ?? "")) return refusal(-122, "Content type invalid")
  if (body === "") return refusal(-121, "Body empty")
  const fields = parse(body)
  if (!isObject(fields)) return refusal(-122, "Body invalid")
  const unknown = Object.keys(fields).find((name) => !FIELDS.has(name))
  if (unknown !== undefined) return refusal(-122, `Body invalid: ${unknown}`)
  const { mode, phone, template_data: data, template_id: templateId, tracking_id: trackingId } = fields
  if (mode !== undefined && mode !== "development") return refusal(-122, "Body invalid: mode")
  if (typeof phone !== "string" || !PHONE.test(phone)) return refusal(-108, "Phone number invalid")
  if (templateId !== template.templateId) return refusal(-109, "Template id invalid")
  const dataRefused = dataRefusal(data, template)
  if (dataRefused !== undefined) return dataRefused
  if (typeof trackingId !== "string" || trackingId === "" || trackingId.length > TRACKING_ID_LENGTH_MAX) {
    return refusal(-122, "Body invalid: tracking_id")
  }
  return { phone, templateId, templateData: data as Posted["templateData"], trackingId, mode }
}

/**
 * What the token service checks.
 *
 * @category models
 * @since 0.1.0
 */
export interface Application {
  readonly appId: string
  readonly secretKey: string
}

/**
 * Reads the refresh token of a request for new tokens, or says why it is
 * refused.
 *
 * @category decoding
 * @since 0.1.0
 */
export const readRefreshToken = (
  headers: { readonly contentType: string | undefined; readonly secretKey: string | undefined },
  body: string,
  { appId, secretKey }: Application
): string | Refusal => {
  if (headers.secretKey !== secretKey) return refusal(-14_004, "Invalid secret key")
  if (!/^application\/x-www-form-urlencoded\b/i.test(headers.contentType ?? "")) {
    return refusal(-14_001, "Invalid content type")
  }
  const form = new URLSearchParams(body)
  if (form.get("app_id") !== appId) return refusal(-14_002, "Invalid app id")
  if (form.get("grant_type") !== "refresh_token") return refusal(-14_003, "Invalid grant type")
  return form.get("refresh_token") ?? refusal(-14_014, "Invalid refresh token")
}
