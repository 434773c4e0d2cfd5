/**
 * Notices as JSON: what is not there is `null`.
 *
 * @since 0.1.0
 */
import { Money } from "@reckoner/core"
import type { Notice } from "@reckoner/core/ports"

const instant = (at: number): string => new Date(at).toISOString()

/** The one instant and the one text that a state has. */
const stateOf = ({ state }: Notice) => {
  switch (state._tag) {
    case "Queued":
      return { at: instant(state.dueAt), receipt: null, reason: state.reason ?? null }
    case "Sending":
      return { at: instant(state.since), receipt: null, reason: null }
    case "Sent":
      return { at: instant(state.at), receipt: state.receipt, reason: null }
    case "SentUnknown":
    case "Undeliverable":
    case "Held":
      return { at: null, receipt: null, reason: state.reason }
  }
}

/**
 * The view of a notice. Its phone number is left out: whoever reads a log need
 * not know it.
 *
 * @category encoding
 * @since 0.1.0
 */
export const notice = (self: Notice) => ({
  id: self.id,
  invoiceId: self.invoiceId,
  invoiceCode: self.invoiceCode,
  orderCode: self.orderCode,
  affiliateId: self.affiliateId,
  affiliateName: self.affiliateName,
  amount: Money.format(self.amount),
  currency: self.amount.currency,
  queuedAt: instant(self.queuedAt),
  attempts: self.attempts,
  state: self.state._tag,
  ...stateOf(self)
})
