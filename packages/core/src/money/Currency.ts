/**
 * ISO 4217 currencies and how many decimals each one has.
 *
 * The table is our own and is the "list one" of ISO 4217 as published on
 * 2026-01-01 (amendments up to 180). `Intl` is not asked: its answers change
 * with the runtime, and an amount stored yesterday must mean the same tomorrow.
 *
 * @since 0.1.0
 */
import type * as Brand from "effect/Brand"
import * as Data from "effect/Data"
import * as Result from "effect/Result"

/**
 * The three-letter code of a currency that has a defined minor unit. Get one
 * from {@link parse}; equal codes are equal values.
 *
 * @category models
 * @since 0.1.0
 */
export type Currency = Brand.Branded<string, "Currency">

// Active codes by number of decimals. Not listed, because ISO gives them no minor unit ("N.A."): the metals XAG, XAU,
// XPD and XPT, the units XBA, XBB, XBC, XBD, XDR, XSU and XUA, and XTS (for tests) and XXX (no currency).
const CODES_BY_MINOR_UNITS: ReadonlyArray<readonly [minorUnits: number, codes: string]> = [
  [0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"],
  [
    2,
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY " +
      "COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR " +
      "ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN " +
      "MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE " +
      "SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER " +
      "ZAR ZMW ZWG"
  ],
  [3, "BHD IQD JOD KWD LYD OMR TND"],
  [4, "CLF UYW"]
]

const MINOR_UNITS: ReadonlyMap<string, number> = new Map(
  CODES_BY_MINOR_UNITS.flatMap(([minorUnits, codes]) => codes.split(" ").map((code) => [code, minorUnits] as const))
)

/**
 * Every currency {@link parse} accepts, in alphabetical order.
 *
 * @category constants
 * @since 0.1.0
 */
export const codes: ReadonlyArray<Currency> = [...MINOR_UNITS.keys()].toSorted().map((code) => code as Currency)

/**
 * The text is not the code of an active ISO 4217 currency with a minor unit.
 *
 * @category errors
 * @since 0.1.0
 */
export class UnknownCurrency extends /* @__PURE__ */ Data.TaggedError("UnknownCurrency")<{ readonly input: string }> {}

/**
 * Reads a currency code.
 *
 * **Errors**
 *
 * - `UnknownCurrency`: the text is not exactly one of {@link codes}.
 *
 * **Gotchas**
 *
 * Lower case is refused (`"usd"`), so are withdrawn codes (`"ANG"`, `"BGN"`)
 * and codes without a minor unit (`"XAU"`): no amount of those can be counted
 * in whole minor units.
 *
 * **Example** (A code from a payout file)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { Currency } from "@reckoner/core"
 *
 * Result.getOrThrow(Currency.parse("VND")) // => "VND"
 * Result.isFailure(Currency.parse("vnd")) // => true
 * Result.isFailure(Currency.parse("XAU")) // => true
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const parse = (code: string): Result.Result<Currency, UnknownCurrency> =>
  MINOR_UNITS.has(code) ? Result.succeed(code as Currency) : Result.fail(new UnknownCurrency({ input: code }))

/**
 * How many decimals an amount of the currency has.
 *
 * **Units**
 *
 * The power of ten between the minor and the major unit, 0 to 4. Ouguiya (MRU)
 * and ariary (MGA) are divided in five, but ISO gives them 2.
 *
 * **Example** (Yen, dollar and dinar)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { Currency } from "@reckoner/core"
 *
 * Currency.minorUnits(Result.getOrThrow(Currency.parse("JPY"))) // => 0
 * Currency.minorUnits(Result.getOrThrow(Currency.parse("USD"))) // => 2
 * Currency.minorUnits(Result.getOrThrow(Currency.parse("KWD"))) // => 3
 * ```
 *
 * @category queries
 * @since 0.1.0
 */
export const minorUnits = (self: Currency): number =>
  // The brand is only given to keys of the table, so the look-up always finds one.
  MINOR_UNITS.get(self) as number
