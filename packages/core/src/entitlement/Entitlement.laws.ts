/**
 * Laws of `Entitlement`, as plain predicates over what the rule is given.
 *
 * @since 0.1.0
 */
import * as Quantity from "../money/Quantity.ts"
import * as Entitlement from "./Entitlement.ts"
import type * as Invoice from "./Invoice.ts"

/** What `fromInvoice` is given. */
export type Input = Parameters<typeof Entitlement.fromInvoice>[0]

/** What is stored of an entitlement, as text, in an order of its own. */
const stored = (entitlements: ReadonlyArray<Entitlement.Entitlement>): ReadonlyArray<string> =>
  entitlements
    .flatMap((one) =>
      one.items.map((item) =>
        [
          one.invoiceId,
          one.memberId,
          one.articleId,
          one.subscriptionId,
          one.start,
          one.endExclusive,
          item.articleId,
          Quantity.format(item.quantity)
        ].join("|")
      )
    )
    .sort()

const grantedBy = (input: Input): ReadonlyArray<Entitlement.Entitlement> => {
  const decision = Entitlement.fromInvoice(input)
  return decision._tag === "Granted" ? decision.entitlements : []
}

/** An invoice with a reason grants nothing, one that grants has no reason, and each is one of the three. */
export const heldOrGrantedNeverBoth = (input: Input): boolean => {
  const decision = Entitlement.fromInvoice(input)
  const fields = Object.keys(decision)
  switch (decision._tag) {
    case "Granted":
      return decision.entitlements.length > 0 && !fields.includes("reasons")
    case "Held":
      return decision.reasons.length > 0 && !fields.includes("entitlements")
    case "NothingToGrant":
      return !fields.includes("reasons") && !fields.includes("entitlements")
  }
}

/** Running again over what is not done yet adds nothing. */
export const secondRunChangesNothing = (inputs: ReadonlyArray<Input>): boolean => {
  const done = new Map<Invoice.InvoiceId, ReadonlyArray<Entitlement.Entitlement>>()
  const run = (): number => {
    let added = 0
    for (const input of inputs) {
      if (done.has(input.invoice.invoiceId)) continue
      const entitlements = grantedBy(input)
      if (entitlements.length === 0) continue
      done.set(input.invoice.invoiceId, entitlements)
      added += entitlements.length
    }
    return added
  }
  run()
  const before = stored([...done.values()].flat())
  return run() === 0 && stored([...done.values()].flat()).join() === before.join()
}

/** No two entitlements of an invoice have the same article, and no two items of one the same component. */
export const oneEntitlementPerArticle = (input: Input): boolean => {
  const entitlements = grantedBy(input)
  const unique = (ids: ReadonlyArray<string | number>) => new Set(ids).size === ids.length
  return (
    unique(entitlements.map((one) => one.articleId)) &&
    entitlements.every((one) => unique(one.items.map((item) => item.articleId)))
  )
}

/** The lines, and the subscriptions, in the opposite order grant the same. */
export const lineOrderIrrelevant = (input: Input): boolean => {
  const reversed = {
    ...input,
    invoice: { ...input.invoice, lines: [...input.invoice.lines].reverse() },
    subscriptions: [...input.subscriptions].reverse()
  }
  return stored(grantedBy(input)).join() === stored(grantedBy(reversed)).join()
}
