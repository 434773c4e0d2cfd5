import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as laws from "./Allocation.laws.ts"
import * as Allocation from "./Allocation.ts"
import * as Currency from "./Currency.ts"
import { money } from "./Money.arbitrary.ts"
import * as Money from "./Money.ts"
import { quantity } from "./Quantity.arbitrary.ts"
import * as Quantity from "./Quantity.ts"

const usd = (minor: bigint) => Money.make(minor, Result.getOrThrow(Currency.parse("USD")))
const read = (text: string) => Result.getOrThrow(Quantity.parse(text))
const portion = (text: string) => Result.getOrThrow(Allocation.parsePortion(text))
const minorOf = (part: Money.Money) => part.minor

const policies = ["largestRemainder", "largestWeight", "firstNonZero"] as const
const policy = fc.constantFrom(...policies)

// Few distinct weights, so that equal ones and zeros are common.
const weight: fc.Arbitrary<Allocation.Weight> = fc.oneof(
  fc.bigInt({ min: 0n, max: 4n }),
  fc.constantFrom("0", "0.5", "1.000", "1/3", "2/3", "0.086").map(read),
  fc.bigInt({ min: 0n, max: 10n ** 20n }),
  quantity.map((value) => (Quantity.isNegative(value) ? Quantity.negate(value) : value))
)

const isZero = (each: Allocation.Weight) => (typeof each === "bigint" ? each === 0n : Quantity.isZero(each))

const weights = fc.array(weight, { minLength: 1, maxLength: 8 }).filter((list) => !list.every(isZero))

describe("Allocation", () => {
  describe("allocate", () => {
    // Columns: rule, amount, weights, then the parts by largest remainder, by largest weight and by order.
    it.each([
      ["thirds", 100n, ["1", "1", "1"], [34n, 33n, 33n], [34n, 33n, 33n], [34n, 33n, 33n]],
      ["a tie of remainders", 5n, ["3", "7"], [2n, 3n], [1n, 4n], [2n, 3n]],
      ["a remainder that is larger later", 101n, ["3", "7"], [30n, 71n], [30n, 71n], [31n, 70n]],
      ["a remainder larger at the lesser weight", 10n, ["1", "5"], [2n, 8n], [1n, 9n], [2n, 8n]],
      ["two units left", 14n, ["1", "1", "1", "4"], [2n, 2n, 2n, 8n], [2n, 2n, 2n, 8n], [2n, 2n, 2n, 8n]],
      ["two units left for three", 8n, ["1", "1", "1"], [3n, 3n, 2n], [3n, 3n, 2n], [3n, 3n, 2n]],
      ["a part that needs no rounding", 15n, ["16", "3", "1"], [12n, 2n, 1n], [13n, 2n, 0n], [13n, 2n, 0n]],
      ["zero weights in front", 5n, ["0", "7", "3"], [0n, 4n, 1n], [0n, 4n, 1n], [0n, 4n, 1n]],
      [
        "zero weights around",
        3n,
        ["0", "1", "0", "1", "0"],
        [0n, 2n, 0n, 1n, 0n],
        [0n, 2n, 0n, 1n, 0n],
        [0n, 2n, 0n, 1n, 0n]
      ],
      ["one unit for many", 1n, ["15", "985"], [0n, 1n], [0n, 1n], [1n, 0n]],
      ["nothing", 0n, ["0", "0", "1"], [0n, 0n, 0n], [0n, 0n, 0n], [0n, 0n, 0n]],
      ["a negative amount", -5n, ["1", "1", "1"], [-2n, -2n, -1n], [-2n, -2n, -1n], [-2n, -2n, -1n]],
      ["decimal weights", 1003n, ["0.5", "0.25", "0.25"], [501n, 251n, 251n], [502n, 251n, 250n], [502n, 251n, 250n]],
      ["weights without a finite decimal", 10n, ["1/3", "1/6", "1/7"], [5n, 3n, 2n], [6n, 2n, 2n], [6n, 2n, 2n]]
    ] as const)("splits %s", (_, amount, texts, ...expected) => {
      const parts = policies.map((remainder) =>
        Result.getOrThrow(Allocation.allocate(usd(amount), texts.map(read), { remainder }))
      )
      expect(parts.map((each) => each.map(minorOf))).toStrictEqual(expected)
    })

    it("uses the largest remainder by default and keeps the currency", () => {
      expect(Allocation.allocate(usd(101n), [3n, 7n])).toStrictEqual(Result.succeed([usd(30n), usd(71n)]))
      expect(Allocation.allocate(usd(101n), [3n, 7n], {})).toStrictEqual(Result.succeed([usd(30n), usd(71n)]))
    })

    it("mixes whole weights and quantities", () => {
      expect(Allocation.allocate(usd(100n), [1n, read("1.5"), read("5/2")])).toStrictEqual(
        Result.succeed([usd(20n), usd(30n), usd(50n)])
      )
    })

    it("fails with NoWeights when there are none", () => {
      expect(Allocation.allocate(usd(100n), [])).toStrictEqual(Result.fail(new Allocation.NoWeights()))
    })

    it("fails with NegativeWeight when a weight is below zero, naming the first", () => {
      expect(Allocation.allocate(usd(100n), [1n, -1n, -2n])).toStrictEqual(
        Result.fail(new Allocation.NegativeWeight({ index: 1, weight: -1n }))
      )
    })

    it("fails with NegativeWeight before AllWeightsZero, even if the weights add up to zero", () => {
      expect(Allocation.allocate(usd(100n), [0n, read("-0.5"), read("0.5")])).toStrictEqual(
        Result.fail(new Allocation.NegativeWeight({ index: 1, weight: read("-0.5") }))
      )
    })

    it("fails with AllWeightsZero when no weight is above zero", () => {
      expect(Allocation.allocate(usd(0n), [0n, Quantity.zero])).toStrictEqual(
        Result.fail(new Allocation.AllWeightsZero())
      )
    })
  })

  describe("allocateEqually", () => {
    it.each([
      [15n, 2, [8n, 7n]],
      [15n, 3, [5n, 5n, 5n]],
      [-15n, 2, [-8n, -7n]],
      [2n, 3, [1n, 1n, 0n]],
      [7n, 1, [7n]]
    ])("splits %d into %d", (amount, partCount, expected) => {
      expect(Allocation.allocateEqually(usd(amount), partCount)).toStrictEqual(Result.succeed(expected.map(usd)))
    })

    it.each([0, -1, 1.5, Number.NaN, Allocation.PARTS_MAX + 1])(
      "fails with PartCountOutOfRange when asked for %d parts",
      (partCount) => {
        expect(Allocation.allocateEqually(usd(1n), partCount)).toStrictEqual(
          Result.fail(new Allocation.PartCountOutOfRange({ partCount }))
        )
      }
    )

    it("makes as many as PARTS_MAX parts", () => {
      expect(Result.getOrThrow(Allocation.allocateEqually(usd(1n), Allocation.PARTS_MAX))).toHaveLength(1_000_000)
    })
  })

  describe("parsePortion", () => {
    it.each([
      ["80%", "0.8"],
      ["12.5%", "0.125"],
      ["0%", "0"],
      ["-5%", "-0.05"],
      ["1/3", "1/3"],
      ["0.25", "0.25"],
      ["1", "1"]
    ])("reads %s", (text, expected) => {
      expect(Allocation.parsePortion(text)).toStrictEqual(Result.succeed(read(expected)))
    })

    it("reads the word remaining", () => {
      expect(Allocation.parsePortion("remaining")).toStrictEqual(Result.succeed("remaining"))
    })

    it.each(["", "%", "1/3%", "80 %", "80%%", "Remaining", "left", "1/0"])(
      "fails with PortionTextMalformed when given %j",
      (input) => {
        expect(Allocation.parsePortion(input)).toStrictEqual(
          Result.fail(new Allocation.PortionTextMalformed({ input }))
        )
      }
    )
  })

  describe("allot", () => {
    it.each([
      ["what remains, last", 15n, ["80%", "15%", "remaining"], [13n, 2n, 0n]],
      ["what remains, first", 15n, ["remaining", "15%", "80%"], [1n, 2n, 12n]],
      ["fractions", 30n, ["1/3", "2/3"], [10n, 20n]],
      ["a remainder in the order of the portions", 77n, ["1/2", "1/2"], [39n, 38n]],
      ["nothing that remains", 5n, ["50%", "50%", "remaining"], [3n, 2n, 0n]],
      ["only what remains", 5n, ["remaining"], [5n]],
      ["zero percent", 5n, ["0%", "remaining", "1/2"], [0n, 3n, 2n]],
      ["a negative amount", -15n, ["80%", "15%", "remaining"], [-13n, -2n, 0n]]
    ])("gives %s", (_, amount, texts, expected) => {
      expect(Allocation.allot(usd(amount), texts.map(portion))).toStrictEqual(Result.succeed(expected.map(usd)))
    })

    it("follows another policy when told to", () => {
      const portions = ["80%", "15%", "remaining"].map(portion)
      expect(Allocation.allot(usd(15n), portions, { remainder: "largestRemainder" })).toStrictEqual(
        Result.succeed([12n, 2n, 1n].map(usd))
      )
    })

    // In order of precedence: each row also breaks every rule of the rows below it.
    it.each([
      [[], new Allocation.NoPortions()],
      [["remaining", "200%", "-1%", "remaining", "remaining"], new Allocation.RemainingTwice({ index: 3 })],
      [["200%", "-1%", "-2%"], new Allocation.NegativePortion({ index: 1, portion: read("-0.01") })],
      [["80%", "30%"], new Allocation.PortionsNotWhole({ sum: read("1.1") })],
      [["80%", "remaining", "30%"], new Allocation.PortionsNotWhole({ sum: read("1.1") })],
      [["80%", "10%"], new Allocation.PortionsNotWhole({ sum: read("0.9") })]
    ])("refuses %j", (texts, error) => {
      expect(Allocation.allot(usd(15n), texts.map(portion))).toStrictEqual(Result.fail(error))
    })
  })

  describe("laws", () => {
    it("totalPreserved: the parts add up to the amount", () => {
      fc.assert(fc.property(money, weights, policy, laws.totalPreserved))
    })
    it("withinOneUnitOfExact: each part is within one minor unit of its exact share", () => {
      fc.assert(fc.property(money, weights, policy, laws.withinOneUnitOfExact))
    })
    it("zeroWeightGetsNothing: a part of weight zero is zero", () => {
      fc.assert(fc.property(money, weights, policy, laws.zeroWeightGetsNothing))
    })
    it("orderOfEqualsIsStable: of equal weights the earlier never gets less", () => {
      fc.assert(fc.property(money, weights, policy, laws.orderOfEqualsIsStable))
    })
    it("refundMirrorsPayment: the parts of a refund are the negated parts", () => {
      fc.assert(fc.property(money, weights, policy, laws.refundMirrorsPayment))
    })
    it("onlyRatiosCount: multiplying all weights by one number changes nothing", () => {
      const factor = quantity.filter(Quantity.isPositive)
      fc.assert(fc.property(money, weights, policy, factor, laws.onlyRatiosCount))
    })
    it("equalSplitIsEqualWeights: splitting equally is splitting by equal weights", () => {
      fc.assert(fc.property(money, fc.integer({ min: 1, max: 20 }), policy, laws.equalSplitIsEqualWeights))
    })
    it("portionsAreWeights: portions are weights once what remains is written out", () => {
      fc.assert(fc.property(money, weights, policy, fc.nat(8), laws.portionsAreWeights))
    })
  })
})
