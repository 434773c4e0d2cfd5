/**
 * `reckoner commissions approve`, `cancel`, `reject`, `unreject`, `percent` and
 * `wallet`: what operators do to commissions.
 *
 * @since 0.1.0
 */
import type { CommissionAction, Recalculation, Refusal } from "@reckoner/core"
import type { CommissionChange, CommissionStore, CommissionUnknown, StoreError } from "@reckoner/core/ports"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as CommissionActions from "../commission-approval/CommissionActions.ts"
import * as CommissionView from "../commission-approval/CommissionView.ts"
import * as RefusalText from "../commission-approval/RefusalText.ts"
import { ActionRefused, UsageRefused } from "../ExitCode.ts"
import * as CommissionFlags from "./CommissionFlags.ts"
import * as CommissionText from "./CommissionText.ts"
import * as Flags from "./Flags.ts"
import * as Output from "./Output.ts"

const status = (newStatus: CommissionAction.NewStatus, description: string) =>
  Command.make(
    newStatus,
    { type: CommissionFlags.type, ids: CommissionFlags.ids, ...CommissionFlags.acting, json: Flags.json },
    Effect.fnUntraced(function* ({ ids, json, type, ...acting }) {
      if (ids.length > CommissionActions.IDS_MAX) {
        const message = `${ids.length} keys are too many: name at most ${CommissionActions.IDS_MAX} at once`
        return yield* new UsageRefused({ message })
      }
      const asked = CommissionFlags.asked(acting)
      const outcomes = yield* CommissionActions.changeStatus({ type, newStatus, ids }, asked)
      yield* json
        ? Output.json(CommissionView.statusChange(outcomes, asked.isDryRun))
        : Output.lines(CommissionText.outcomes(outcomes, { isDryRun: asked.isDryRun, type }))
      const refused = outcomes.filter(({ _tag }) => _tag === "Refused").length
      if (refused > 0) {
        const message = `${refused} of ${outcomes.length} were refused; what was not refused is done`
        return yield* new ActionRefused({ code: "SomeRefused", message })
      }
    })
  ).pipe(
    Command.withDescription(description),
    Command.withExamples([
      { command: `reckoner commissions ${newStatus} order 12 13 --dry-run`, description: "see what would happen" }
    ])
  )

/**
 * The commands that change a status.
 *
 * @category commands
 * @since 0.1.0
 */
export const statuses = [
  status("approve", "Approve orders or invoices; approving an invoice credits the wallet and cannot be undone"),
  status("cancel", "Cancel the approval of orders, while none of their invoices is approved"),
  status("reject", "Reject orders or invoices that wait for approval"),
  status("unreject", "Take back a rejection; an invoice is worked out anew")
] as const

/** One change: a refusal is told on the way out. */
const single = (
  effect: Effect.Effect<CommissionChange, Refusal.Refusal | CommissionUnknown | StoreError, CommissionStore>,
  { isDryRun, json }: { readonly isDryRun: boolean; readonly json: boolean }
): Effect.Effect<void, StoreError | ActionRefused, CommissionStore> =>
  Effect.gen(function* () {
    const change = yield* Effect.mapError(effect, (error) =>
      error._tag === "StoreError"
        ? error
        : new ActionRefused({ code: error._tag, message: RefusalText.sentence(error) })
    )
    yield* json
      ? Output.json(CommissionView.change(change, isDryRun))
      : Output.lines(CommissionText.change(change, isDryRun))
  })

interface PercentInput {
  readonly order: Option.Option<string>
  readonly invoice: Option.Option<string>
  readonly item: Option.Option<string>
}

/** Which records the flags mean. */
const target = ({
  invoice,
  item,
  order
}: PercentInput): Option.Option<{
  readonly target: Recalculation.PercentTarget
  readonly orderId: string | undefined
}> => {
  if (Option.isSome(order) === Option.isSome(invoice)) return Option.none()
  if (Option.isSome(order)) {
    return Option.some({
      orderId: order.value,
      target: Option.isSome(item) ? { mode: "orderItem", orderItemId: item.value } : { mode: "order" }
    })
  }
  return Option.map(invoice, (invoiceId) => ({
    orderId: undefined,
    target: Option.isSome(item)
      ? { mode: "invoiceItem", invoiceId, invoiceItemId: item.value }
      : { mode: "invoice", invoiceId }
  }))
}

/**
 * `percent`.
 *
 * @category commands
 * @since 0.1.0
 */
export const percent = Command.make(
  "percent",
  {
    percent: CommissionFlags.percent,
    ...CommissionFlags.percentTarget,
    ...CommissionFlags.acting,
    json: Flags.json
  },
  Effect.fnUntraced(function* ({ json, percent: rate, ...input }) {
    const found = target(input)
    if (Option.isNone(found)) {
      return yield* new UsageRefused({ message: "give --order or --invoice, one of them: it says what is changed" })
    }
    const asked = CommissionFlags.asked(input)
    yield* single(CommissionActions.changePercent({ ...found.value, percent: rate }, asked), { ...asked, json })
  })
).pipe(
  Command.withDescription("Give a percentage to what waits for approval, with its transaction requests"),
  Command.withExamples([
    { command: "reckoner commissions percent 12.5 --order 7", description: "everything of an order" },
    { command: "reckoner commissions percent 8 --invoice 9 --item 31", description: "one item of an invoice" }
  ])
)

/**
 * `wallet`.
 *
 * @category commands
 * @since 0.1.0
 */
export const wallet = Command.make(
  "wallet",
  {
    order: CommissionFlags.order,
    wallet: CommissionFlags.wallet,
    ...CommissionFlags.acting,
    json: Flags.json
  },
  Effect.fnUntraced(function* ({ json, order: orderId, wallet: walletKind, ...acting }) {
    const asked = CommissionFlags.asked(acting)
    yield* single(CommissionActions.changeWallet({ orderId, walletKind }, asked), { ...asked, json })
  })
).pipe(
  Command.withDescription("Credit another wallet with the commission of an order, at the level discount of that wallet")
)
