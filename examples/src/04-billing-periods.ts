/**
 * When does a subscription renew, and which period does a day belong to?
 * Periods are counted from the first day, so a short month never moves the rest.
 */
import { BillingCycle, BusinessZone, DateWindow, PlainDate } from "@reckoner/core"
import * as Result from "effect/Result"

const date = PlainDate.parseUnsafe
const show = ({ endExclusive, index, start }: BillingCycle.BillingPeriod): string =>
  `period ${index}: ${start} up to ${endExclusive}`

const monthly = Result.getOrThrow(
  BillingCycle.make({ anchorDate: date("2024-01-31"), unit: "month", intervalCount: 1 })
)
console.log("monthly from 31 January 2024")
for (let index = 0; index < 4; index++) console.log(`  ${show(BillingCycle.periodAt(monthly, index))}`)

const quarterly = Result.getOrThrow(
  BillingCycle.make({ anchorDate: date("2024-01-15"), unit: "month", intervalCount: 3 })
)
console.log("quarterly from 15 January 2024, on three days")
for (const day of ["2024-04-14", "2024-04-15", "2026-11-21"].map(date)) {
  console.log(`  ${day} is in ${show(Result.getOrThrow(BillingCycle.periodContaining(quarterly, day)))}`)
}

const early = BillingCycle.periodContaining(quarterly, date("2024-01-14"))
console.log(Result.isFailure(early) ? `  2024-01-14: ${early.failure._tag}` : "  found")

// Which civil day an instant falls on depends on the zone of the business, never on that of the machine.
const instantMs = Date.UTC(2024, 3, 14, 22, 30)
for (const name of ["UTC", "Europe/Zagreb", "America/Sao_Paulo"]) {
  const day = BusinessZone.civilDate(Result.getOrThrow(BusinessZone.parse(name)), instantMs)
  console.log(`${name}: ${day}, ${show(BillingCycle.periodAround(quarterly, day))}`)
}

// How many days of a period does a stay use?
const period = BillingCycle.periodAt(monthly, 1)
const stay = { start: date("2024-03-20"), endExclusive: date("2024-04-10") }
const used = DateWindow.intersection(period, stay)
if (used !== undefined) {
  console.log(`used ${DateWindow.lengthDays(used)} of the ${DateWindow.lengthDays(period)} days of period 1`)
}

// Output:
// monthly from 31 January 2024
//   period 0: 2024-01-31 up to 2024-02-29
//   period 1: 2024-02-29 up to 2024-03-31
//   period 2: 2024-03-31 up to 2024-04-30
//   period 3: 2024-04-30 up to 2024-05-31
// quarterly from 15 January 2024, on three days
//   2024-04-14 is in period 0: 2024-01-15 up to 2024-04-15
//   2024-04-15 is in period 1: 2024-04-15 up to 2024-07-15
//   2026-11-21 is in period 11: 2026-10-15 up to 2027-01-15
//   2024-01-14: DateBeforeAnchor
// UTC: 2024-04-14, period 0: 2024-01-15 up to 2024-04-15
// Europe/Zagreb: 2024-04-15, period 1: 2024-04-15 up to 2024-07-15
// America/Sao_Paulo: 2024-04-14, period 0: 2024-01-15 up to 2024-04-15
// used 11 of the 31 days of period 1
