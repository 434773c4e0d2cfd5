/**
 * Your own suite, our laws and generators. Laws are plain predicates and the
 * generators are fast-check's, so they fit any test runner; here it is a loop.
 *
 * Three uses: your data under our laws, your function beside ours on our
 * corner cases, and your whole job on our ports in memory.
 */
import { BillingCycle, Entitlement, Money, PlainDate, Quantity, Rate } from "@reckoner/core"
import { EntitlementStore } from "@reckoner/core/ports"
import {
  AllocationLaws,
  BillingCycleArbitrary,
  BillingCycleLaws,
  EntitlementLaws,
  InvoiceArbitrary,
  MemoryEntitlementStore,
  MoneyArbitrary,
  PlainDateArbitrary,
  RateArbitrary
} from "@reckoner/core/testing"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as fc from "fast-check"

const RUNS = { seed: 2026, numRuns: 500 }

const check = <Values extends [unknown, ...Array<unknown>]>(name: string, property: fc.IProperty<Values>): void => {
  const { counterexample, numRuns } = fc.check(property, RUNS)
  console.log(
    counterexample === null ? `✓ ${name} (${numRuns} cases)` : `× ${name}: not for ${fc.stringify(counterexample)}`
  )
}

// 1. Your data: the plans that you sell, on any day.
const anchorDate = PlainDate.parseUnsafe("2020-01-31")
const yourPlans = [
  { anchorDate, unit: "month", intervalCount: 1 },
  { anchorDate, unit: "month", intervalCount: 12 },
  { anchorDate, unit: "day", intervalCount: 28 }
] as const
const yourPlan = fc.constantFrom(...yourPlans)
const dayInUse = fc.nat(20_000).map((days) => PlainDate.addDays(anchorDate, days))

check("your plans: each day is inside its period", fc.property(yourPlan, dayInUse, BillingCycleLaws.containment))
check("your plans: no gap and no overlap", fc.property(yourPlan, dayInUse, BillingCycleLaws.tiling))
check("your plans: no drift after short months", fc.property(yourPlan, dayInUse, BillingCycleLaws.noDrift))
check(
  "your split of a bill loses no cent",
  fc.property(MoneyArbitrary.money, (bill) => AllocationLaws.totalPreserved(bill, [7n, 2n, 1n], "largestRemainder"))
)
check(
  "an invoice is granted or held, never both",
  fc.property(InvoiceArbitrary.invoiceWithSubscriptions, EntitlementLaws.heldOrGrantedNeverBoth)
)

// 2. Your function, on dates and amounts that aim at the corners.
const yourRenewal = (cycle: BillingCycle.BillingCycle, index: number): PlainDate.PlainDate => {
  let renewal = cycle.anchorDate // adds an interval to the last renewal: 31 January, 28 February, 28 March …
  for (let period = 0; period < index; period++) {
    renewal =
      cycle.unit === "day"
        ? PlainDate.addDays(renewal, cycle.intervalCount)
        : PlainDate.addMonths(renewal, cycle.intervalCount)
  }
  return renewal
}
check(
  "your renewals are ours",
  fc.property(
    BillingCycleArbitrary.billingCycle,
    fc.nat(24),
    (cycle, index) => yourRenewal(cycle, index) === BillingCycle.periodAt(cycle, index).start
  )
)
check(
  "your tax is never more than the bill",
  fc.property(
    RateArbitrary.rate.filter((rate) => rate >= Rate.zero && rate <= Rate.whole),
    MoneyArbitrary.money.filter(Money.isPositive),
    (rate, bill) => Rate.apply(rate, bill, "halfExpand").minor <= bill.minor
  )
)
check(
  "your date column sorts as dates do",
  fc.property(
    PlainDateArbitrary.plainDate,
    PlainDateArbitrary.plainDate,
    (one, other) => PlainDate.isBefore(one, other) === PlainDate.epochDay(one) < PlainDate.epochDay(other)
  )
)

// 3. Your job, without a database.
const tenVisits = Result.getOrThrow(Quantity.parse("10"))
const gym = MemoryEntitlementStore.make({
  articles: [{ articleId: "visit", isPackage: false }],
  invoices: [
    {
      departmentId: 1,
      invoice: {
        invoiceId: "2026-0007",
        memberId: "ana",
        invoiceDate: PlainDate.parseUnsafe("2026-03-05"),
        lines: [{ lineId: 1, articleId: "visit", quantity: tenVisits }]
      }
    }
  ],
  subscriptions: [
    { subscriptionId: 1, memberId: "ana", articleId: "visit", anchorDate, unit: "month", intervalCount: 1 }
  ]
})

const yourJob = Effect.gen(function* () {
  const store = yield* EntitlementStore
  const catalog = yield* store.catalog
  const recorder = yield* store.recorder(1)
  yield* Stream.runForEach(store.pendingInvoices({ departmentIds: [1], fromDate: undefined }), (pending) => {
    const entitlements = pending.flatMap((one) => {
      const decision = Entitlement.fromInvoice({ ...one, catalog })
      return decision._tag === "Granted" ? decision.entitlements : []
    })
    return recorder.record({ entitlements, held: [], findings: [] })
  })
})

await Effect.runPromise(yourJob.pipe(Effect.scoped, Effect.provide(gym.layer)))
for (const { endExclusive, invoiceId, start } of gym.entitlements()) {
  console.log(`your job granted ${invoiceId}: ${start} to ${endExclusive}`)
}

// Output:
// ✓ your plans: each day is inside its period (500 cases)
// ✓ your plans: no gap and no overlap (500 cases)
// ✓ your plans: no drift after short months (500 cases)
// ✓ your split of a bill loses no cent (500 cases)
// ✓ an invoice is granted or held, never both (500 cases)
// × your renewals are ours: not for [{"anchorDate":"1970-01-31","unit":"month","intervalCount":1},2]
// ✓ your tax is never more than the bill (500 cases)
// ✓ your date column sorts as dates do (500 cases)
// your job granted 2026-0007: 2026-02-28 to 2026-03-31
