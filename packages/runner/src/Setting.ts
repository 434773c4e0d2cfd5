/**
 * What a setting is: its name, what it may hold, and how it is read and shown.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"

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
 * A setting that has a fallback.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <A>(fields: Partial<Setting<A>> & Omit<Setting<A>, "unit" | "isSecret" | "show">): Setting<A> => ({
  unit: undefined,
  isSecret: false,
  show: String,
  ...fields
})

/**
 * A setting that may be missing: it has no fallback, and what was not set is not shown.
 *
 * @category constructors
 * @since 0.1.0
 */
export const optional = <A>(
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

/**
 * Reads a whole number from 0 to a bound.
 *
 * @category decoding
 * @since 0.1.0
 */
export const wholeNumber = (text: string, max: number): Option.Option<number> =>
  /^\d{1,9}$/.test(text) && Number(text) <= max ? Option.some(Number(text)) : Option.none()

/**
 * Reads a whole number from 1 to a bound.
 *
 * @category decoding
 * @since 0.1.0
 */
export const positiveNumber = (text: string, max: number): Option.Option<number> =>
  Option.filter(wholeNumber(text, max), (value) => value > 0)

/**
 * Says whether a text is the address of an HTTP server.
 *
 * @category decisions
 * @since 0.1.0
 */
export const isHttpUrl = (text: string): boolean =>
  URL.canParse(text) && ["http:", "https:"].includes(new URL(text).protocol)

/**
 * What the URL of a PostgreSQL server looks like, for a message.
 *
 * @category constants
 * @since 0.1.0
 */
export const POSTGRES_URL = "a URL like postgres://user:password@host:port/database"

/**
 * Reads the URL of a PostgreSQL server.
 *
 * @category decoding
 * @since 0.1.0
 */
export const postgresUrl = (text: string): Option.Option<Redacted.Redacted> =>
  URL.canParse(text) && ["postgres:", "postgresql:"].includes(new URL(text).protocol)
    ? Option.some(Redacted.make(text))
    : Option.none()

/**
 * What a token is made of, for a message.
 *
 * @category constants
 * @since 0.1.0
 */
export const TOKEN = "made of letters, digits and - . _ ~ + / = only, up to 512 of them"

/**
 * Reads a token.
 *
 * @category decoding
 * @since 0.1.0
 */
export const token = (text: string): Option.Option<Redacted.Redacted> =>
  /^[\w.~+/=-]{1,512}$/.test(text) ? Option.some(Redacted.make(text)) : Option.none()
