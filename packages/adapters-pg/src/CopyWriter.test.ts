import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { CopyWriter } from "./CopyWriter.ts"

const HEADER = "PGCOPY\n\xFF\r\n\0\0\0\0\0\0\0\0\0"
const END = "\xFF\xFF"

/** The fields of rows, as COPY's documentation says that they are found. */
const read = (bytes: Uint8Array): ReadonlyArray<ReadonlyArray<Buffer | undefined>> => {
  const found = Buffer.from(bytes)
  expect(found.toString("latin1", 0, HEADER.length)).toBe(HEADER)
  const rows: Array<Array<Buffer | undefined>> = []
  let at = HEADER.length
  for (let count = found.readInt16BE(at); count >= 0; count = found.readInt16BE(at)) {
    at += 2
    const row: Array<Buffer | undefined> = []
    for (; count > 0; count--) {
      const length = found.readInt32BE(at)
      at += 4
      row.push(length < 0 ? undefined : found.subarray(at, at + length))
      at += Math.max(length, 0)
    }
    rows.push(row)
  }
  expect(found.toString("latin1", at)).toBe(END)
  return rows
}

const written = (count: number, write: (writer: CopyWriter) => void): ReadonlyArray<Buffer | undefined> => {
  const writer = new CopyWriter()
  writer.row(count)
  write(writer)
  expect(writer.unwritable).toBe(undefined)
  const [row, ...others] = read(writer.bytes)
  expect(others).toStrictEqual([])
  return row!
}

const one = (write: (writer: CopyWriter) => void): Buffer | undefined => written(1, write)[0]

/** A numeric: digits of base 10,000, the weight of the first, the sign, and the decimals that are shown. */
const numericOf = (field: Buffer): readonly [minor: bigint, decimals: number] => {
  const [count, weight, sign, decimals] = [0, 2, 4, 6].map((at) => field.readInt16BE(at)) as [
    number,
    number,
    number,
    number
  ]
  expect(field.length).toBe(8 + 2 * count)
  let value = 0n
  for (let at = 0; at < count; at++) {
    const digit = field.readInt16BE(8 + 2 * at)
    expect(digit >= 0 && digit < 10_000).toBe(true)
    value = value * 10_000n + BigInt(digit)
  }
  const fractionDigits = 4 * (count - 1 - weight)
  const cut = 10n ** BigInt(fractionDigits - decimals)
  expect(value % cut).toBe(0n)
  expect([0, 0x4000]).toContain(sign)
  return [(sign === 0 ? 1n : -1n) * (value / cut), decimals]
}

describe("CopyWriter", () => {
  it("writes texts in UTF-8, whatever is in them, and none as NULL", () => {
    const texts = fc.array(fc.option(fc.string({ unit: "binary" }), { nil: undefined }), { minLength: 1 })
    fc.assert(
      fc.property(texts, (values) => {
        const fields = written(values.length, (writer) => values.forEach((value) => writer.text(value)))
        expect(fields.map((field) => field?.toString("utf8"))).toStrictEqual(
          // A half of a character that is missing its other half has no bytes of its own.
          values.map((value) => (value === undefined ? undefined : Buffer.from(value, "utf8").toString("utf8")))
        )
      })
    )
  })

  it.each(["", "plain", "a\tb", "back\\slash", "\\N", "\u007F", "\u0080", "né", "数", "😀", "a".repeat(3_000_000)])(
    "writes the text %#",
    (value) => {
      expect(one((writer) => writer.text(value))?.toString("utf8")).toBe(value)
    }
  )

  it("writes int4s, and none as NULL", () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), (value) => {
        expect(one((writer) => writer.int4(value))?.readInt32BE()).toBe(value)
      })
    )
    expect(one((writer) => writer.int4(undefined))).toBe(undefined)
  })

  it("writes int8s from their decimal text", () => {
    const corners = [0n, 9n, 10n ** 15n - 1n, 10n ** 15n, 2n ** 53n + 1n, 2n ** 63n - 1n, -1n, -(2n ** 63n), 2n ** 32n]
    const any = fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.constantFrom(...corners))
    fc.assert(
      fc.property(any, (value) => {
        expect(one((writer) => writer.int8(String(value)))?.readBigInt64BE()).toBe(value)
      })
    )
  })

  it("writes instants to the microsecond, before 2000 and after, and none as NULL", () => {
    const any = fc.tuple(fc.integer({ min: 0, max: 2 ** 33 - 1 }), fc.integer({ min: 0, max: 999_999 }))
    fc.assert(
      fc.property(any, ([seconds, micros]) => {
        const field = one((writer) => writer.timestamp(seconds + micros / 1e6))
        expect(field?.readBigInt64BE()).toBe(BigInt(seconds - 946_684_800) * 1_000_000n + BigInt(micros))
      })
    )
    expect(one((writer) => writer.timestamp(253_402_300_799))?.readBigInt64BE()).toBe(252_455_615_999_000_000n)
    expect(one((writer) => writer.timestamp(undefined))).toBe(undefined)
  })

  it("writes amounts exactly, with all their decimals, and none as NULL", () => {
    const corners = [0, -1, 100, 9_999, 10_000, 10 ** 8 * 100 - 1, 10 ** 8 * 100, Number.MAX_SAFE_INTEGER]
    const any = fc.oneof(fc.integer({ min: -200, max: 200 }), fc.maxSafeInteger(), fc.constantFrom(...corners))
    fc.assert(
      fc.property(any, fc.integer({ min: 0, max: 4 }), (value, decimals) => {
        const field = one((writer) => writer.decimal(value, decimals))
        expect(numericOf(field!)).toStrictEqual([BigInt(value), decimals])
      })
    )
    expect(one((writer) => writer.decimal(undefined, 2))).toBe(undefined)
  })

  it.each([
    ["int4", (writer: CopyWriter) => writer.int4(2 ** 31)],
    ["int4", (writer: CopyWriter) => writer.int4(0.5)],
    ["int8", (writer: CopyWriter) => writer.int8("seven")],
    ["int8", (writer: CopyWriter) => writer.int8("")],
    ["int8", (writer: CopyWriter) => writer.int8("1.5")],
    ["int8", (writer: CopyWriter) => writer.int8("9223372036854775808")],
    ["timestamptz", (writer: CopyWriter) => writer.timestamp(Number.NaN)],
    ["timestamptz", (writer: CopyWriter) => writer.timestamp(1e13)],
    ["numeric", (writer: CopyWriter) => writer.decimal(2 ** 53, 2)],
    ["numeric", (writer: CopyWriter) => writer.decimal(0.5, 2)]
  ])("tells the first value that is no %s (%#)", (type, write) => {
    const writer = new CopyWriter()
    writer.row(3)
    writer.int8("7")
    write(writer)
    const first = writer.unwritable
    writer.int8("later")
    expect(first).toMatch(new RegExp(`^".*" is no ${type}$`))
    expect(writer.unwritable).toBe(first)
  })

  it("keeps rows apart, and all of them, however many", () => {
    const writer = new CopyWriter()
    for (let row = 0; row < 60_000; row++) {
      writer.row(3)
      writer.int4(row)
      writer.text("né\t")
      writer.decimal(row, 2)
    }
    const rows = read(writer.bytes)
    expect(rows).toHaveLength(60_000)
    expect(rows.every(([number, text], row) => number?.readInt32BE() === row && text?.toString() === "né\t")).toBe(true)
  })

  it("is made of rows so far whenever it is asked", () => {
    const writer = new CopyWriter()
    expect(read(writer.bytes)).toStrictEqual([])
    writer.row(1)
    writer.text("a")
    expect(read(writer.bytes)).toHaveLength(1)
    writer.row(1)
    writer.text("b")
    expect(read(writer.bytes)).toHaveLength(2)
  })
})
