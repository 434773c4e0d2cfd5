import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { line } from "./CopyText.ts"
import { CopyWriter } from "./CopyWriter.ts"

const written = (write: (writer: CopyWriter) => void): string => {
  const writer = new CopyWriter()
  write(writer)
  writer.endRow()
  return Buffer.from(writer.bytes).toString("utf8")
}

const decimalText = (minor: bigint, decimals: number): string => {
  const digits = (minor < 0n ? -minor : minor).toString().padStart(decimals + 1, "0")
  const sign = minor < 0n ? "-" : ""
  return decimals === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
}

describe("CopyWriter", () => {
  it("writes texts as COPY text does", () => {
    fc.assert(
      fc.property(
        fc.array(fc.option(fc.string({ unit: "binary" }), { nil: undefined }), { minLength: 1 }),
        (values) => {
          const text = written((writer) => values.forEach((value) => writer.text(value)))
          // A half of a character that is missing its other half has no bytes of its own.
          expect(text).toBe(Buffer.from(line(values), "utf8").toString("utf8"))
        }
      )
    )
  })

  it.each(["", "plain", "a\tb", "a\nb", "a\rb", "back\\slash", "\\N", "né", "数", "😀", "a".repeat(200_000)])(
    "writes %j",
    (value) => {
      expect(written((writer) => writer.text(value))).toBe(line([value]))
    }
  )

  it("writes numbers as they are, and none as NULL", () => {
    fc.assert(
      fc.property(fc.oneof(fc.maxSafeInteger(), fc.double({ noNaN: true, noDefaultInfinity: true })), (value) => {
        expect(written((writer) => writer.number(value))).toBe(`${Object.is(value, -0) ? 0 : value}\n`)
      })
    )
    expect(written((writer) => writer.number(undefined))).toBe("\\N\n")
  })

  it("writes amounts exactly, with all their decimals, and none as NULL", () => {
    const anyMinor = fc.oneof(
      fc.bigInt({ min: -200n, max: 200n }),
      fc.bigInt({ min: -(10n ** 16n), max: 10n ** 16n }),
      fc.constantFrom(2n ** 53n, 2n ** 53n - 1n, -(2n ** 53n), 10n ** 14n - 1n)
    )
    fc.assert(
      fc.property(anyMinor, fc.integer({ min: 0, max: 4 }), (minor, decimals) => {
        const text = written((writer) => writer.decimal(minor, decimals, (slow) => decimalText(slow, decimals)))
        expect(text).toBe(`${decimalText(minor, decimals)}\n`)
      })
    )
    expect(written((writer) => writer.decimal(undefined, 2, String))).toBe("\\N\n")
  })

  it("keeps rows apart, and all of them, however many", () => {
    const writer = new CopyWriter()
    for (let row = 0; row < 20_000; row++) {
      writer.number(row)
      writer.text("né\t")
      writer.endRow()
    }
    const lines = Buffer.from(writer.bytes).toString("utf8").split("\n")
    expect([lines.length, lines[0], lines[19_999], lines[20_000]]).toStrictEqual([
      20_001,
      "0\tné\\t",
      "19999\tné\\t",
      ""
    ])
  })
})
