/**
 * Arguments and flags of the commands on commissions.
 *
 * @since 0.1.0
 */
import * as Argument from "effect/cli/Argument"
import * as Flag from "effect/cli/Flag"
import { userInfo } from "node:os"
import type { Actor, Role } from "../commission-approval/Actor.ts"
import type * as CommissionActions from "../commission-approval/CommissionActions.ts"
import * as CommissionInput from "../commission-approval/CommissionInput.ts"
import type { Reader } from "../engine/OperatorInput.ts"
import { expected } from "./Flags.ts"

/** The audit trail keeps it, so it must be readable there. */
const ACTOR_LENGTH_MAX = 200

const text = <A>(name: string, reader: Reader<A>, metavar: string, description: string) =>
  Flag.String(name).pipe(
    Flag.withMetavar(metavar),
    Flag.withDescription(description),
    Flag.filterMap(reader.parse, expected(reader)),
    Flag.optional
  )

const key = (name: string, description: string) =>
  Argument.String(name).pipe(
    Argument.withMetavar(name.toUpperCase()),
    Argument.withDescription(description),
    Argument.filterMap(CommissionInput.id.parse, expected(CommissionInput.id))
  )

/**
 * `order|invoice`: what kind of record.
 *
 * @category flags
 * @since 0.1.0
 */
export const type = Argument.Literals("type", ["order", "invoice"]).pipe(
  Argument.withDescription("Whether the keys are those of commission orders or of their invoices")
)

/**
 * `ID...`: which records.
 *
 * @category flags
 * @since 0.1.0
 */
export const ids = key("id", "Keys of the records; each is decided alone").pipe(Argument.variadic({ min: 1 }))

/**
 * `ORDER`: which commission order.
 *
 * @category flags
 * @since 0.1.0
 */
export const order = key("order", "Key of the commission order")

/**
 * `WALLET`: which kind of wallet.
 *
 * @category flags
 * @since 0.1.0
 */
export const wallet = Argument.String("wallet").pipe(
  Argument.withMetavar("WALLET"),
  Argument.withDescription("Kind of wallet, by its name in the commission settings"),
  Argument.filterMap(CommissionInput.walletType.parse, expected(CommissionInput.walletType))
)

/**
 * `PERCENT`: a percentage.
 *
 * @category flags
 * @since 0.1.0
 */
export const percent = Argument.String("percent").pipe(
  Argument.withMetavar("PERCENT"),
  Argument.withDescription("The percentage, from 0 to 100, like 12.5"),
  Argument.filterMap(CommissionInput.percent.parse, expected(CommissionInput.percent))
)

/**
 * What a change of percentage is for.
 *
 * @category flags
 * @since 0.1.0
 */
export const percentTarget = {
  order: text("order", CommissionInput.id, "ORDER", "Everything of this commission order that waits for approval"),
  invoice: text("invoice", CommissionInput.id, "INVOICE", "Everything of this commission invoice"),
  item: text("item", CommissionInput.id, "ITEM", "Only this item of that order, or of that invoice")
}

/**
 * Which records a list shows.
 *
 * @category flags
 * @since 0.1.0
 */
export const filter = {
  status: text(
    "status",
    CommissionInput.statuses,
    "STATUS[,STATUS]",
    `Only these: ${CommissionInput.statuses.allowed}`
  ),
  affiliate: text("affiliate", CommissionInput.id, "ID", "Only those of this affiliate"),
  from: text(
    "from",
    CommissionInput.date,
    "DATE",
    "Only those created on this day or later, in RECKONER_AFFILIATE_ZONE"
  ),
  to: text("to", CommissionInput.date, "DATE", "Only those created on this day or earlier"),
  wallet: text("wallet", CommissionInput.walletType, "WALLET", "Only those of this kind of wallet"),
  text: text(
    "text",
    CommissionInput.text,
    "TEXT",
    "Only those whose code or customer has a word that begins like this"
  ),
  after: text("after", CommissionInput.cursor, "CURSOR", "Go on with a list after the cursor that it ended with")
}

/**
 * `--dry-run`: show what would happen.
 *
 * @category flags
 * @since 0.1.0
 */
export const dryRun = Flag.Boolean("dry-run").pipe(
  Flag.withDescription("Show what would happen, and write nothing"),
  Flag.withDefault(false)
)

const osUser = (): string => {
  try {
    return userInfo().username
  } catch {
    return "operator" // a user without an entry in the user database
  }
}

/**
 * Who acts, and what they may do.
 *
 * @category flags
 * @since 0.1.0
 */
export const acting = {
  as: Flag.String("as").pipe(
    Flag.withMetavar("NAME"),
    Flag.withDescription("Who acts, for the audit trail (default: the user of this machine)"),
    Flag.filter(
      (name) => name.trim() !== "" && name.length <= ACTOR_LENGTH_MAX && !/[\p{Cc}\p{Surrogate}]/u.test(name),
      () => `Expected at most ${ACTOR_LENGTH_MAX} characters`
    ),
    Flag.optional
  ),
  approveRevoked: Flag.Boolean("approve-revoked").pipe(
    Flag.withDescription("Approve also what belongs to affiliates who are revoked"),
    Flag.withDefault(false)
  ),
  dryRun
}

/**
 * What the flags say about who acts. Whoever can reach the database may approve.
 *
 * @category decoding
 * @since 0.1.0
 */
export const asked = ({
  approveRevoked,
  as,
  dryRun: isDryRun
}: {
  readonly as: { readonly _tag: "None" } | { readonly _tag: "Some"; readonly value: string }
  readonly approveRevoked: boolean
  readonly dryRun: boolean
}): CommissionActions.Asked => {
  const roles: ReadonlyArray<Role> = approveRevoked ? ["approver", "approver-revoked"] : ["approver"]
  const actor: Actor = { id: `cli:${as._tag === "Some" ? as.value.trim() : osUser()}`, roles: new Set(roles) }
  return { actor, requestKey: undefined, isDryRun }
}
