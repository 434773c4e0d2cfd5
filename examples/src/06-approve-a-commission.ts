/**
 * What happens to a commission on its way to the wallet? Every action is
 * planned first: the plan says what will be different, or why nothing can be.
 */
import {
  ApprovalState,
  Commission,
  CommissionAction,
  type CommissionOrder,
  type CommissionSettings,
  Currency,
  Money,
  Rate,
  WalletCredit
} from "@reckoner/core"
import * as Result from "effect/Result"

const vnd = (text: string) => Result.getOrThrow(Money.parse(text, Result.getOrThrow(Currency.parse("VND"))))
const percent = (text: string) => Result.getOrThrow(Rate.parsePercent(text))

const settings: CommissionSettings.CommissionSettings = {
  levelDiscounts: new Map([["cash", new Map([["silver", percent("10")]])]]),
  rounding: Commission.ROUNDING_MODE
}

// A desk, billed by one invoice; Mai shares her commission 4 : 1 with a colleague.
const commission = vnd("125000")
const share = (userId: string, weight: bigint) => ({ userId, weight, amount: vnd("0") })
const request = {
  id: "601",
  status: "pending",
  amount: vnd("0"),
  shares: [share("71", 4n), share("72", 1n)]
} as const
const item = { base: vnd("1250000"), rate: percent("10"), rateRevision: 0 }
const order: CommissionOrder.CommissionOrder = {
  id: "9001",
  affiliate: { id: "71", level: "silver", isRevoked: false },
  state: ApprovalState.PENDING,
  walletKind: "cash",
  items: [{ id: "801", ...item }],
  invoices: [
    {
      id: "301",
      state: ApprovalState.PENDING,
      items: [{ id: "401", orderItemId: "801", ...item, commission }],
      commission,
      rate: percent("10"),
      creditRequest: WalletCredit.withAmount(request, commission),
      settings: undefined
    }
  ],
  commission,
  settings: undefined,
  revision: 0
}

const context = { at: Date.parse("2026-03-06T10:00:00+07:00"), mayApproveRevoked: false, settings }

const act = (
  before: CommissionOrder.CommissionOrder,
  action: CommissionAction.CommissionAction
): CommissionOrder.CommissionOrder => {
  const plan = CommissionAction.plan(before, action, context)
  if (Result.isFailure(plan)) {
    console.log(`refused: ${plan.failure._tag}`)
    return before
  }
  const { after, events } = plan.success
  console.log(events.length === 0 ? "nothing to do" : events.map(({ _tag }) => _tag).join(", "))
  return after
}

const approveInvoice = { _tag: "ChangeInvoiceStatus", invoiceId: "301", newStatus: "approve" } as const

const named = act(order, { _tag: "ChangePercent", target: { mode: "order" }, percent: percent("12.3456") })
console.log(`commission ${Money.format(named.commission)}`)
act(named, approveInvoice)
const approved = act(named, { _tag: "ChangeOrderStatus", newStatus: "approve" })
const released = act(approved, approveInvoice)
for (const { amount, userId } of released.invoices[0]?.creditRequest?.shares ?? []) {
  console.log(`user ${userId} gets ${Money.format(amount)}`)
}
act(released, approveInvoice)
act(released, { _tag: "ChangeInvoiceStatus", invoiceId: "301", newStatus: "reject" })

// Output:
// OrderRatesChanged, InvoiceRecalculated, CreditRequestChanged, OrderCommissionChanged
// commission 154320
// refused: OrderNotApproved
// OrderApproved
// InvoiceApproved, CreditReleased, ReleaseLogged, NotificationQueued
// user 71 gets 123456
// user 72 gets 30864
// nothing to do
// refused: InvoiceAlreadyApproved
