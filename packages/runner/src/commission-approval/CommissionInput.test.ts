import { BusinessZone, PlainDate, Rate } from "@reckoner/core"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as CommissionInput from "./CommissionInput.ts"

const read = <A>(reader: { readonly parse: (text: string) => Option.Option<A> }, text: string) =>
  Option.getOrUndefined(reader.parse(text))

describe("CommissionInput", () => {
  it.each([
    ["1", "1"],
    ["9223372036854775807", "9223372036854775807"],
    ["9223372036854775808", undefined],
    ["0", undefined],
    ["01", undefined],
    ["-1", undefined],
    ["1.0", undefined],
    [" 1", undefined],
    ["", undefined]
  ])("reads the key %j as %j", (text, id) => {
    expect(read(CommissionInput.id, text)).toBe(id)
  })

  it.each([
    ["12.5", 125_000n],
    ["100", 1_000_000n],
    ["0", 0n],
    ["-1", -10_000n],
    ["12.34567", undefined],
    ["12,5", undefined],
    ["1e1", undefined],
    ["12.5%", undefined],
    ["1".repeat(101), undefined]
  ])("reads the percentage %j as %s ppm", (text, ppm) => {
    expect(read(CommissionInput.percent, text)).toBe(ppm === undefined ? undefined : Rate.fromPpm(ppm))
  })

  it.each([
    ["pending", ["Pending"]],
    ["approved, pending", ["Pending", "Approved"]],
    ["rejected,rejected", ["Rejected"]],
    ["Pending", undefined],
    ["", undefined],
    ["pending,", undefined]
  ])("reads the states %j as %j", (text, states) => {
    expect(read(CommissionInput.statuses, text)).toStrictEqual(states)
  })

  it.each([
    ["cash", "cash"],
    ["ví-tiền_2.0", "ví-tiền_2.0"],
    ["", undefined],
    ["a b", undefined],
    ["a'b", undefined],
    ["x".repeat(64), "x".repeat(64)],
    ["x".repeat(65), undefined]
  ])("reads the wallet %j as %j", (text, wallet) => {
    expect(read(CommissionInput.walletType, text)).toBe(wallet)
  })

  it.each([
    [" An ", "An"],
    ["O'Neill & sons", "O'Neill & sons"],
    ["  ", undefined],
    ["a\nb", undefined],
    ["a\u0000", undefined],
    ["x".repeat(101), undefined]
  ])("reads the text %j as %j", (text, found) => {
    expect(read(CommissionInput.text, text)).toBe(found)
  })

  it("reads every cursor that it wrote", () => {
    fc.assert(
      fc.property(
        fc.record(
          {
            createdAt: fc.integer({ min: -1e14, max: 1e14 }),
            id: fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }).map(String)
          },
          { noNullPrototype: true }
        ),
        (cursor) => {
          expect(read(CommissionInput.cursor, CommissionInput.cursorText(cursor))).toStrictEqual(cursor)
        }
      )
    )
  })

  it.each(["", "garbage", "MS4w", Buffer.from("1.2.3").toString("base64url"), Buffer.from("1").toString("base64url")])(
    "reads no cursor from %j",
    (text) => {
      expect(read(CommissionInput.cursor, text)).toBeUndefined()
    }
  )

  it("takes days of the business, both included, over a change of the clocks", () => {
    const zone = Result.getOrThrow(BusinessZone.parse("America/Santiago"))
    const day = Result.getOrThrow(PlainDate.parse("2026-04-04")) // its last hour comes twice
    const asked = { states: undefined, affiliateId: "7", from: day, to: day, walletType: "cash", text: "An" }
    expect(CommissionInput.filter(asked, zone)).toStrictEqual({
      affiliateId: "7",
      walletKind: "cash",
      text: "An",
      createdFrom: Date.UTC(2026, 3, 4, 3),
      createdBefore: Date.UTC(2026, 3, 5, 4)
    })
    const nothing = { ...asked, affiliateId: undefined, from: undefined, to: undefined, walletType: undefined }
    expect(CommissionInput.filter({ ...nothing, states: ["Pending"], text: undefined }, zone)).toStrictEqual({
      states: ["Pending"]
    })
  })
})
