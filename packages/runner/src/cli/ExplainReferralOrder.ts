/**
 * `reckoner explain referral-order`: what is stored for an order, and where the
 * next run would take each figure from.
 *
 * @since 0.1.0
 */
import { Money, type ReferralOrder, type ShipmentOrder } from "@reckoner/core"
import {
  asUnread,
  type ReferralDirectory,
  type ReferralDirectoryError,
  ReferralOrderStore,
  ShipmentStore,
  type StoreError
} from "@reckoner/core/ports"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Config from "../Config.ts"
import { UsageRefused } from "../ExitCode.ts"
import * as CashbackPolicyText from "../referral-commission/CashbackPolicyText.ts"
import * as Explanation from "../referral-commission/Explanation.ts"
import * as ShipmentDecisions from "../referral-commission/ShipmentDecisions.ts"
import * as Flags from "./Flags.ts"
import * as Output from "./Output.ts"

const LINE_WIDTH = 100
const MS_PER_SECOND = 1000

/**
 * What is known about an order: as it is stored, and what would be decided
 * about its shipment now. Each is missing where there is none.
 *
 * @category models
 * @since 0.1.0
 */
export interface Explained {
  readonly orderNo: string
  readonly stored: Omit<ReferralOrder.ReferralOrder, "basis"> | undefined
  readonly decision: ReferralOrder.Decision | undefined
}

const amount = (money: Money.Money | undefined): string =>
  money === undefined ? "unknown" : `${Money.format(money)} ${money.currency}`

const instant = (seconds: number | undefined): string =>
  seconds === undefined ? "not yet" : new Date(seconds * MS_PER_SECOND).toISOString()

const storedRows = (order: Omit<ReferralOrder.ReferralOrder, "basis">): ReadonlyArray<ReadonlyArray<string>> => [
  ["member", order.memberId],
  ["affiliate", order.affiliateId],
  ["status", order.statusName ?? `${order.statusId ?? "none"}, without a name`],
  ["courier and rate", [order.courierName, order.rateName, order.rateCode].map((name) => name ?? "unknown").join(", ")],
  ["shipping price", amount(order.shippingPrice)],
  ["affiliate's cashback", amount(order.affiliateCashback)],
  ["member's cashback", amount(order.memberCashback)],
  ["estimated commission", amount(order.estimatedCommission)],
  ["dispatched", instant(order.dispatchedAt)],
  ["delivered", instant(order.deliveredAt)],
  ["returned", instant(order.returnedAt)],
  ["last changed by", order.source]
]

const wrapped = (text: string): ReadonlyArray<string> => Output.wrap(text, LINE_WIDTH, "  ")

const reasons = (decision: ReferralOrder.Decision | undefined): ReadonlyArray<string> => {
  if (decision === undefined) return wrapped("why   there is no shipment of that number any more")
  const why =
    decision._tag === "Referred" ? Explanation.explain(decision.order) : "nobody referred the member of the shipment"
  const notes = decision.findings.flatMap((finding) => wrapped(`note  ${Explanation.explainFinding(finding)}`))
  return [...wrapped(`why   ${why}`), ...notes]
}

/**
 * The explanation, line by line.
 *
 * @category formatting
 * @since 0.1.0
 */
export const lines = ({ decision, orderNo, stored }: Explained): ReadonlyArray<string> => [
  stored === undefined ? `Order ${orderNo} is not stored.` : `Order ${orderNo}, as it is stored:`,
  ...(stored === undefined ? [] : Output.table(storedRows(stored), { indent: "  " })),
  "",
  "As a backfill would decide now:",
  ...reasons(decision)
]

const decide = (shipment: ShipmentOrder.ShipmentOrder, { cashbackPolicy, referralCurrency }: Config.Values) =>
  Effect.gen(function* () {
    const policy = Result.getOrThrow(CashbackPolicyText.parse(cashbackPolicy, referralCurrency))
    const decideAll = yield* ShipmentDecisions.make({ source: "backfill", policy })
    const [decided] = yield* decideAll([asUnread(shipment)])
    return decided?.decision
  })

/**
 * Finds out what there is to say about an order.
 *
 * **Errors**
 *
 * - `UsageRefused`: there is neither an order nor a shipment of that number.
 * - `StoreError`, `ReferralDirectoryError`: a database or the user service failed.
 *
 * @category queries
 * @since 0.1.0
 */
export const explained = (
  orderNo: string
): Effect.Effect<
  Explained,
  UsageRefused | Config.SettingRefused | StoreError | ReferralDirectoryError,
  ShipmentStore | ReferralOrderStore | ReferralDirectory
> =>
  Effect.gen(function* () {
    const values = yield* Config.load
    const shipments = yield* ShipmentStore
    const orders = yield* ReferralOrderStore
    const stored = Option.getOrUndefined(yield* orders.order(orderNo))
    const shipment = Option.getOrUndefined(yield* shipments.shipment(orderNo))
    if (stored === undefined && shipment === undefined) {
      return yield* new UsageRefused({ message: `there is neither an order nor a shipment ${JSON.stringify(orderNo)}` })
    }
    const decision = shipment === undefined ? undefined : yield* decide(shipment, values)
    return { orderNo, stored, decision }
  })

/** Amounts as decimal text, as everywhere in JSON. */
const withText = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_, field: unknown) => {
      if (typeof field === "bigint") return String(field)
      const isMoney = typeof field === "object" && field !== null && "minor" in field
      return isMoney ? Money.format(field as Money.Money) : field
    })
  )

/**
 * The command.
 *
 * @category commands
 * @since 0.1.0
 */
export const command = Command.make(
  "referral-order",
  {
    orderNo: Argument.String("order").pipe(
      Argument.withMetavar("NUMBER"),
      Argument.withDescription("Number of the shipment's order")
    ),
    json: Flags.json
  },
  Effect.fnUntraced(function* ({ json, orderNo }) {
    const found = yield* explained(orderNo)
    yield* json ? Output.json(withText(found)) : Output.lines(lines(found))
  })
).pipe(Command.withDescription("What is stored for an order of a referred member, and where its commission comes from"))
