/**
 * A bill is taxed, a fee is taken, and the rest is shared, to the last cent:
 * amounts are whole minor units, rates are exact, and each rounding is named.
 */
import { Allocation, Currency, Money, Rate } from "@reckoner/core"
import * as Result from "effect/Result"

const euro = Result.getOrThrow(Currency.parse("EUR"))
const yen = Result.getOrThrow(Currency.parse("JPY"))
const euros = (text: string) => Result.getOrThrow(Money.parse(text, euro))
const percent = (text: string) => Result.getOrThrow(Rate.parsePercent(text))
const show = (amounts: ReadonlyArray<Money.Money>): string => amounts.map(Money.format).join(" + ")

const bill = euros("100.00")
console.log(`25 % of ${Money.format(bill)}: ${Money.format(Rate.apply(percent("25"), bill, "halfExpand"))}`)

// 12.5 % of 0.20 is 0.025: the mode says which way it goes.
const small = euros("0.20")
for (const mode of ["floor", "halfEven", "halfExpand"] as const) {
  console.log(`12.5 % of ${Money.format(small)}, ${mode}: ${Money.format(Rate.apply(percent("12.5"), small, mode))}`)
}

// 2.9 %, but never more than 2 euros.
const fee = Result.getOrThrow(Rate.applyCapped(percent("2.9"), bill, { cap: euros("2.00"), mode: "halfEven" }))
const rest = Result.getOrThrow(Money.subtract(bill, fee))
console.log(`fee ${Money.format(fee)}, rest ${Money.format(rest)}`)

const thirds = Result.getOrThrow(Allocation.allocateEqually(bill, 3))
console.log(`three equal parts: ${show(thirds)} = ${Money.format(Result.getOrThrow(Money.sum(euro, thirds)))}`)

const partners = Result.getOrThrow(Allocation.allocate(rest, [7n, 4n, 2n]))
console.log(`7 : 4 : 2 of ${Money.format(rest)}: ${show(partners)}`)

const portions = ["80%", "15%", "remaining"].map((text) => Result.getOrThrow(Allocation.parsePortion(text)))
console.log(`80 %, 15 % and what remains: ${show(Result.getOrThrow(Allocation.allot(euros("0.15"), portions)))}`)

// What makes no sense is a value, not an exception, and never a wrong figure.
const mixed = Money.add(bill, Money.make(100n, yen))
console.log(Result.isFailure(mixed) ? `EUR and JPY: ${mixed.failure._tag}` : "added")
const precise = Money.parse("0.5", yen)
console.log(Result.isFailure(precise) ? `half a yen: ${precise.failure._tag}` : "parsed")

// Output:
// 25 % of 100.00: 25.00
// 12.5 % of 0.20, floor: 0.02
// 12.5 % of 0.20, halfEven: 0.02
// 12.5 % of 0.20, halfExpand: 0.03
// fee 2.00, rest 98.00
// three equal parts: 33.34 + 33.33 + 33.33 = 100.00
// 7 : 4 : 2 of 98.00: 52.77 + 30.15 + 15.08
// 80 %, 15 % and what remains: 0.13 + 0.02 + 0.00
// EUR and JPY: CurrencyMismatch
// half a yen: TooManyDecimals
