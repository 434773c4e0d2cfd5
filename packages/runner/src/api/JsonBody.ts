/**
 * Reads the body of a request that changes something: one JSON object, of which
 * nothing may be misunderstood.
 *
 * @since 0.1.0
 */
import * as ByteSize from "effect/ByteSize"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { MaxBodySize } from "effect/http/HttpIncomingMessage"
import type { HttpServerError } from "effect/http/HttpServerError"
import type { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as Option from "effect/Option"
import * as Result from "effect/Result"

/**
 * The largest body, in bytes.
 *
 * @category constants
 * @since 0.1.0
 */
export const BYTES_MAX = 65_536

/** Digits that every number of JavaScript holds exactly. */
const EXACT_DIGITS_MAX = 15

/**
 * Something in the request cannot be used. The message is a sentence.
 *
 * @category errors
 * @since 0.1.0
 */
export class InputRefused extends Data.TaggedError("InputRefused")<{
  readonly kind: "BadRequest" | "ContentTooLarge"
  readonly message: string
}> {}

/**
 * Refuses what cannot be used.
 *
 * @category constructors
 * @since 0.1.0
 */
export const refuse = (message: string): Result.Result<never, InputRefused> =>
  Result.fail(new InputRefused({ kind: "BadRequest", message }))

/**
 * The members of a body.
 *
 * @category models
 * @since 0.1.0
 */
export type JsonBody = Readonly<Record<string, unknown>>

/** Numbers with more digits would be another number by the time somebody looks at them. */
const isExact = (number: string): boolean => {
  const value = Number(number)
  if (!Number.isFinite(value)) return false
  if (/^-?\d+$/.test(number)) return Number.isSafeInteger(value)
  return number.replace(/e.*$/i, "").replace(/\D/g, "").replace(/^0+/, "").length <= EXACT_DIGITS_MAX
}

const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|[{}[\]:]/g

/** What JSON allows and no two programs read alike: a member named twice, and a number that is none of ours. */
const ambiguity = (text: string): string | undefined => {
  const names = new Set<string>()
  let depth = 0
  let last = ""
  for (const [token] of text.matchAll(TOKENS)) {
    if (token === "{" || token === "[") depth++
    else if (token === "}" || token === "]") depth--
    else if (token === ":" && depth === 1) {
      const name = JSON.parse(last) as string
      if (names.has(name)) return `The member ${JSON.stringify(name)} may be given once.`
      names.add(name)
    } else if (/^[-\d]/.test(token) && !isExact(token)) return `The number ${token} is too long: write it as text.`
    last = token
  }
  return undefined
}

/**
 * Reads a text.
 *
 * **Errors**, in this order
 *
 * - `InputRefused`: it is no JSON object.
 * - `InputRefused`: a member is given twice, or a number has more digits than can be told exactly.
 *
 * @category decoding
 * @since 0.1.0
 */
export const parse = (text: string): Result.Result<JsonBody, InputRefused> => {
  const value = Option.getOrUndefined(Option.liftThrowable(() => JSON.parse(text) as unknown)())
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return refuse("The body must be a JSON object.")
  }
  const found = ambiguity(text)
  return found === undefined ? Result.succeed(value as JsonBody) : refuse(found)
}

const unreadable = ({ reason }: HttpServerError): InputRefused =>
  reason._tag === "RequestParseError" && reason.reason === "BodyTooLarge"
    ? new InputRefused({ kind: "ContentTooLarge", message: `The body is larger than ${BYTES_MAX / 1024} KiB.` })
    : new InputRefused({ kind: "BadRequest", message: "The body cannot be read." })

/**
 * Reads the body of a request.
 *
 * **Errors**, in this order
 *
 * - `InputRefused` (`ContentTooLarge`): it is larger than `BYTES_MAX`.
 * - `InputRefused`: it is no UTF-8.
 * - any of those of `parse`.
 *
 * @category decoding
 * @since 0.1.0
 */
export const read = (request: HttpServerRequest): Effect.Effect<JsonBody, InputRefused> =>
  request.arrayBuffer.pipe(
    Effect.provideService(MaxBodySize, ByteSize.bytes(BYTES_MAX)),
    Effect.mapError(unreadable),
    Effect.flatMap((bytes) => {
      const text = Option.liftThrowable(() => new TextDecoder("utf-8", { fatal: true }).decode(bytes))()
      return Effect.fromResult(Option.isNone(text) ? refuse("The body must be JSON in UTF-8.") : parse(text.value))
    })
  )
