import { describe, expect, it } from "vitest"
import * as PlainDate from "../calendar/PlainDate.ts"
import * as Quantity from "../money/Quantity.ts"
import * as Invoice from "./Invoice.ts"

describe("Invoice", () => {
  it.each([
    ["a date", PlainDate.MIN, false],
    ["nothing", undefined, false],
    ["a quantity", Quantity.one, false],
    ["something unreadable", { unreadable: "infinity" }, true]
  ])("isUnreadable of %s", (_, field, expected) => {
    expect(Invoice.isUnreadable<string | Quantity.Quantity>(field)).toBe(expected)
  })
})
