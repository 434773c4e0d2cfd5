import { Currency, Money } from "@reckoner/core"
import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { line, type Value } from "../CopyText.ts"
import { FieldScanner } from "./FieldScanner.ts"
import { FieldReader, integer } from "./FieldText.ts"

const currency = (code: string) => Result.getOrThrow(Currency.parse(code))
const IDR = currency("IDR")

const scanning = <A>(values: ReadonlyArray<Value>, read: (scanner: FieldScanner) => A, code = "IDR"): A => {
  const scanner = new FieldScanner(currency(code))
  scanner.start(line(values).slice(0, -1))
  return read(scanner)
}

/** Texts of a column, most of them of its kind, and some that are none. */
const numeric = fc.oneof(
  fc.integer().map(String),
  fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }).map(String),
  fc
    .tuple(fc.integer(), fc.integer({ min: 0, max: 99 }))
    .map(([whole, part]) => `${whole}.${String(part).padStart(2, "0")}`),
  fc.constantFrom(
    "NaN",
    "Infinity",
    "-Infinity",
    "0",
    "-0",
    "0.00",
    "-0.05",
    "1.5",
    "1.234",
    "500.00",
    "",
    "1e5",
    "999999999999.99",
    "99999999999999.99",
    "-"
  )
)

describe("FieldScanner", () => {
  it("takes texts one after the other, row by row, and tells when none is left", () => {
    const scanner = new FieldScanner(IDR)
    scanner.start((line(["a", null]) + line(["b\tc", "\\N"]) + line(["né", ""]) + line(["d", "e"])).slice(0, -1))
    const rows: Array<unknown> = []
    while (scanner.hasRow) rows.push([scanner.text(), scanner.text()])
    expect(rows).toStrictEqual([
      ["a", undefined],
      ["b\tc", "\\N"],
      ["né", ""],
      ["d", "e"]
    ])
  })

  it("reads any text as it was written", () => {
    fc.assert(
      fc.property(
        fc.array(fc.option(fc.string({ unit: "binary" }), { nil: undefined }), { minLength: 1 }),
        (values) => {
          expect(scanning(values, (scanner) => values.map(() => scanner.text()))).toStrictEqual(values)
        }
      )
    )
  })

  it("reads numbers, instants and amounts as the reader of whole fields does, with what is unreadable", () => {
    fc.assert(
      fc.property(
        fc.array(fc.option(numeric, { nil: null }), { minLength: 1 }),
        fc.constantFrom("IDR", "JPY", "KWD"),
        (values, code) => {
          const slow = new FieldReader(currency(code))
          const amounts = scanning(
            values,
            (scanner) => [values.map(() => scanner.amount("a")), scanner.unreadable()],
            code
          )
          expect(amounts).toStrictEqual([values.map((value) => slow.amount("a", value)), slow.unreadable()])
          const instants = scanning(
            values,
            (scanner) => [values.map(() => scanner.instant("i")), scanner.unreadable()],
            code
          )
          expect(instants).toStrictEqual([values.map((value) => slow.instant("i", value)), slow.unreadable()])
        }
      )
    )
    fc.assert(
      fc.property(fc.array(fc.option(fc.integer(), { nil: null }), { minLength: 1 }), (values) => {
        const read = scanning(values, (scanner) => values.map(() => scanner.integer()))
        expect(read).toStrictEqual(values.map((value) => integer(value === null ? null : String(value))))
      })
    )
  })

  it.each([
    ["12.30", Money.make(1230n, IDR)],
    ["-0.05", Money.make(-5n, IDR)],
    ["999999999999.99", Money.make(99_999_999_999_999n, IDR)],
    ["NaN", undefined],
    [null, undefined]
  ])("reads the amount %j", (text, expected) => {
    expect(scanning([text], (scanner) => scanner.amount("a"))).toStrictEqual(expected)
  })
})
