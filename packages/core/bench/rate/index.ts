/**
 * `Rate.apply` beside dinero.js (bigint calculator) and decimal.js: twelve and
 * a half percent of an amount and the like, rounded half to even, exactly.
 *
 * Run: `npx tsx --conditions=@reckoner/source packages/core/bench/money/rate.ts`
 */
import { pathToFileURL } from "node:url"
import { Decimal } from "decimal.js"
import { dinero, halfEven, multiply, toSnapshot, transformScale, USD } from "dinero.js/bigint"
import * as Result from "effect/Result"
import * as Currency from "../../src/money/Currency.ts"
import * as Money from "../../src/money/Money.ts"
import * as Rate from "../../src/money/Rate.ts"

const INPUT_COUNT = 1_000
const ROUND_COUNT = 21
const PASSES_PER_ROUND = 20
const NS_PER_MS = 1_000_000

interface Contender {
  readonly name: string
  /** Computes every input once and returns the results, in the contender's own type. */
  readonly pass: () => ReadonlyArray<unknown>
  readonly minorOf: (result: never) => bigint
}

/** Linear congruential generator, so that every run measures the same inputs. */
const randomIntegers = (seed: number) => {
  let state = seed
  return (max: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * max)
  }
}

const random = randomIntegers(42)
const inputs = Array.from({ length: INPUT_COUNT }, () => ({
  minor: BigInt(random(200_000_000) - 100_000_000),
  ppm: BigInt(random(10_000)) * 100n
}))

const usd = Result.getOrThrow(Currency.parse("USD"))
const ExactDecimal = Decimal.clone({ precision: 60, rounding: Decimal.ROUND_HALF_EVEN })

// Each contender gets its inputs in its own types: only taking the rate is measured.
const ourInputs = inputs.map(({ minor, ppm }) => ({ rate: Rate.fromPpm(ppm), money: Money.make(minor, usd) }))
const dineroInputs = inputs.map(({ minor, ppm }) => ({
  money: dinero({ amount: minor, currency: USD }),
  rate: { amount: ppm, scale: 6n }
}))
const decimalInputs = inputs.map(({ minor, ppm }) => ({
  minor: new ExactDecimal(minor.toString()),
  rate: new ExactDecimal(ppm.toString()).div(1_000_000)
}))

const ours: Contender = {
  name: "Rate.apply",
  pass: () => ourInputs.map(({ rate, money }) => Rate.apply(rate, money, "halfEven")),
  minorOf: (money: Money.Money) => money.minor
}

const contenders: ReadonlyArray<Contender> = [
  ours,
  {
    name: "decimal.js",
    pass: () => decimalInputs.map(({ minor, rate }) => minor.times(rate).toDecimalPlaces(0)),
    minorOf: (minor: Decimal) => BigInt(minor.toFixed(0))
  },
  {
    name: "dinero.js (bigint)",
    pass: () => dineroInputs.map(({ money, rate }) => transformScale(multiply(money, rate), 2n, halfEven)),
    minorOf: (money: ReturnType<typeof dinero>) => toSnapshot(money).amount
  }
]

const nsPerOperation = (contender: Contender): number => {
  const startMs = performance.now()
  for (let pass = 0; pass < PASSES_PER_ROUND; pass++) contender.pass()
  return ((performance.now() - startMs) * NS_PER_MS) / (PASSES_PER_ROUND * INPUT_COUNT)
}

const median = (values: ReadonlyArray<number>): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN

/** Checks that all contenders agree, measures them in turns, and prints the medians. */
export const run = (): void => {
  const expected = ours.pass().map((result) => ours.minorOf(result as never))
  for (const contender of contenders) {
    const actual = contender.pass().map((result) => contender.minorOf(result as never))
    const at = actual.findIndex((minor, index) => minor !== expected[index])
    if (at >= 0) throw new Error(`${contender.name}: ${actual[at]} where ${ours.name} gives ${expected[at]}`)
  }

  const times = new Map(contenders.map((contender) => [contender, [] as Array<number>]))
  for (let round = 0; round < ROUND_COUNT; round++) {
    for (const [contender, measured] of times) measured.push(nsPerOperation(contender))
  }

  const baseline = median(times.get(ours) ?? [])
  console.log(`rate of an amount, ${INPUT_COUNT} inputs, ${ROUND_COUNT} rounds, median`)
  for (const [contender, measured] of times) {
    const ns = median(measured)
    const ratio = ns / baseline
    console.log(`${contender.name.padEnd(20)} ${ns.toFixed(1).padStart(9)} ns/op ${ratio.toFixed(1).padStart(7)}x`)
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) run()
