/**
 * Reads the bodies of `/affiliate/v1`: what callers want changed. A refusal names what it is
 * about and says what is allowed; a member or a value that nobody would read is
 * refused, for a misspelt `dryRun` must change nothing.
 *
 * @since 0.1.0
 */
import { type CommissionSettings, Recalculation } from "@reckoner/core"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as CommissionActions from "../commission-approval/CommissionActions.ts"
import * as CommissionInput from "../commission-approval/CommissionInput.ts"
import * as CommissionView from "../commission-approval/CommissionView.ts"
import type { Reader } from "../engine/OperatorInput.ts"
import { type InputRefused, type JsonBody, refuse } from "./JsonBody.ts"

const QUOTED_LENGTH_MAX = 60

/**
 * Reads a value of a body. `allowed` goes on after "it must be".
 *
 * @category models
 * @since 0.1.0
 */
export interface ValueReader<A> {
  readonly parse: (value: unknown) => Option.Option<A>
  readonly allowed: string
}

/**
 * What is asked for, and whether only to see what would happen.
 *
 * @category models
 * @since 0.1.0
 */
export interface Asked<A> {
  readonly isDryRun: boolean
  readonly input: A
}

type Read<A> = Result.Result<A, InputRefused>

/**
 * A value as a message repeats it.
 *
 * @category formatting
 * @since 0.1.0
 */
export const quoted = (value: unknown): string => {
  if (Array.isArray(value)) return "a list"
  if (typeof value === "object" && value !== null) return "an object"
  if (typeof value !== "string" || value.length <= QUOTED_LENGTH_MAX) return JSON.stringify(value)
  return JSON.stringify(`${value.slice(0, QUOTED_LENGTH_MAX)}…`)
}

const text = <A>({ allowed, parse }: Reader<A>): ValueReader<A> => ({
  parse: (value) => (typeof value === "string" ? parse(value) : Option.none()),
  allowed
})

/** A number counts as the text that it is written as: whoever read the body has seen that it is exact. */
const textOrNumber = <A>({ allowed, parse }: Reader<A>): ValueReader<A> => ({
  parse: (value) => (typeof value === "string" || typeof value === "number" ? parse(String(value)) : Option.none()),
  allowed
})

const oneOf = <A extends string>(values: ReadonlyArray<A>): ValueReader<A> => ({
  parse: (value) => Option.fromUndefinedOr(values.find((one) => one === value)),
  allowed: `one of ${values.join(", ")}`
})

const id = textOrNumber(CommissionInput.id)
const percent = textOrNumber(CommissionInput.percent)
const walletType = text(CommissionInput.walletType)

const dryRun: ValueReader<boolean> = {
  parse: (value) => (typeof value === "boolean" ? Option.some(value) : Option.none()),
  allowed: "true or false"
}

const member = <A>(body: JsonBody, key: string, { allowed, parse }: ValueReader<A>): Read<A> => {
  if (!Object.hasOwn(body, key)) return refuse(`The member ${key} is missing: it must be ${allowed}.`)
  const value = body[key]
  return Option.match(parse(value), {
    onNone: () => refuse(`The member ${key} is ${quoted(value)}: it must be ${allowed}.`),
    onSome: (read): Read<A> => Result.succeed(read)
  })
}

const isDryRun = (body: JsonBody): Read<boolean> =>
  Object.hasOwn(body, "dryRun") ? member(body, "dryRun", dryRun) : Result.succeed(false)

/** Refuses what nobody would read. */
const only = (body: JsonBody, names: ReadonlyArray<string>): Read<void> => {
  const unknown = Object.keys(body).filter((key) => !names.includes(key))
  return unknown.length === 0
    ? Result.succeed(undefined)
    : refuse(`There is no member ${unknown.map(quoted).join(", ")} here; there are ${names.join(", ")}.`)
}

const idsAllowed = `a list of 1 to ${CommissionActions.IDS_MAX} ids`

const ids = (body: JsonBody): Read<ReadonlyArray<string>> =>
  Result.flatMap(
    member(body, "ids", {
      parse: (value) =>
        Array.isArray(value) && value.length > 0 && value.length <= CommissionActions.IDS_MAX
          ? Option.some(value as ReadonlyArray<unknown>)
          : Option.none(),
      allowed: idsAllowed
    }),
    (values) => {
      const read = values.map((value) => id.parse(value))
      const wrong = read.findIndex(Option.isNone)
      return wrong === -1
        ? Result.succeed(Option.getOrThrow(Option.all(read)))
        : refuse(`The member ids holds ${quoted(values[wrong])}: each must be ${id.allowed}.`)
    }
  )

const TYPES = ["order", "invoice"] as const

/**
 * Reads a change of statuses.
 *
 * @category decoding
 * @since 0.1.0
 */
export const statusChange = (body: JsonBody): Read<Asked<CommissionActions.StatusChange>> =>
  Result.gen(function* () {
    yield* only(body, ["type", "newStatus", "ids", "dryRun"])
    const type = yield* member(body, "type", oneOf(TYPES))
    const newStatus = yield* member(body, "newStatus", oneOf(CommissionView.NEW_STATUSES))
    return { input: { type, newStatus, ids: yield* ids(body) }, isDryRun: yield* isDryRun(body) }
  })

const MODE_IDS = {
  order: ["orderId"],
  invoice: ["invoiceId"],
  orderItem: ["orderId", "orderItemId"],
  invoiceItem: ["invoiceId", "invoiceItemId"]
} as const satisfies Record<(typeof Recalculation.MODES)[number], ReadonlyArray<string>>

const percentTarget = (body: JsonBody, mode: keyof typeof MODE_IDS): Read<Recalculation.PercentTarget> =>
  Result.gen(function* () {
    switch (mode) {
      case "order":
        return { mode }
      case "invoice":
        return { mode, invoiceId: yield* member(body, "invoiceId", id) }
      case "orderItem":
        return { mode, orderItemId: yield* member(body, "orderItemId", id) }
      case "invoiceItem":
        return {
          mode,
          invoiceId: yield* member(body, "invoiceId", id),
          invoiceItemId: yield* member(body, "invoiceItemId", id)
        }
    }
  })

/**
 * Reads a change of a percentage. The ids are those of its mode, no others.
 *
 * @category decoding
 * @since 0.1.0
 */
export const percentChange = (body: JsonBody): Read<Asked<CommissionActions.PercentChange>> =>
  Result.gen(function* () {
    const mode = yield* member(body, "mode", oneOf(Recalculation.MODES))
    yield* only(body, ["mode", ...MODE_IDS[mode], "percent", "dryRun"])
    const orderId = MODE_IDS[mode][0] === "orderId" ? yield* member(body, "orderId", id) : undefined
    const target = yield* percentTarget(body, mode)
    return {
      input: { target, orderId, percent: yield* member(body, "percent", percent) },
      isDryRun: yield* isDryRun(body)
    }
  })

/**
 * A change of the wallet.
 *
 * @category models
 * @since 0.1.0
 */
export interface WalletChange {
  readonly orderId: string
  readonly walletKind: CommissionSettings.WalletKind
}

/**
 * Reads a change of the wallet.
 *
 * @category decoding
 * @since 0.1.0
 */
export const walletChange = (body: JsonBody): Read<Asked<WalletChange>> =>
  Result.gen(function* () {
    yield* only(body, ["orderId", "walletType", "dryRun"])
    const orderId = yield* member(body, "orderId", id)
    const walletKind = yield* member(body, "walletType", walletType)
    return { input: { orderId, walletKind }, isDryRun: yield* isDryRun(body) }
  })
