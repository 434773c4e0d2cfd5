/**
 * Generators for actions on an order and its invoices, one by one and in
 * sequences.
 *
 * @since 0.1.0
 */
import * as fc from "fast-check"
import type * as CommissionAction from "./CommissionAction.ts"
import { settings, settingsOfAnyRounding } from "./CommissionSettings.arbitrary.ts"
import { change, invoiceId } from "./Recalculation.arbitrary.ts"

const newStatus = fc.constantFrom<CommissionAction.NewStatus>(
  "approve",
  "approve",
  "approve",
  "cancel",
  "reject",
  "unreject"
)

/** An action; those on invoices are the most frequent. */
export const action: fc.Arbitrary<CommissionAction.CommissionAction> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ _tag: fc.constant("ChangeInvoiceStatus" as const), invoiceId, newStatus }) },
  { weight: 2, arbitrary: fc.record({ _tag: fc.constant("ChangeOrderStatus" as const), newStatus }) },
  { weight: 3, arbitrary: change }
)

/** When, by whom and under which settings an action is done. */
export const context: fc.Arbitrary<CommissionAction.Context> = fc.record({
  at: fc.nat(),
  mayApproveRevoked: fc.boolean(),
  settings: fc.oneof(settings, settingsOfAnyRounding)
})

/** Actions one after another, each with settings of its own. */
export const steps: fc.Arbitrary<
  ReadonlyArray<readonly [CommissionAction.CommissionAction, CommissionAction.Context]>
> = fc.array(fc.tuple(action, context), { maxLength: 12 })
