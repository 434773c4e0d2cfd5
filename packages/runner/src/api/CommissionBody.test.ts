import { Rate } from "@reckoner/core"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import * as CommissionBody from "./CommissionBody.ts"

const told = <A>(read: Result.Result<A, { readonly message: string }>): unknown =>
  Result.match(read, { onSuccess: (value) => value, onFailure: ({ message }) => message })

const ID = "a whole number above 0, in digits"

describe("CommissionBody", () => {
  describe("statusChange", () => {
    const body = { type: "order", newStatus: "reject", ids: ["1"] }

    it("reads ids as text and as whole numbers, up to the last that there is", () => {
      const ids = ["9223372036854775807", 9_007_199_254_740_991, 1]
      expect(told(CommissionBody.statusChange({ ...body, ids }))).toStrictEqual({
        input: { type: "order", newStatus: "reject", ids: ["9223372036854775807", "9007199254740991", "1"] },
        isDryRun: false
      })
      expect(told(CommissionBody.statusChange({ ...body, dryRun: true }))).toMatchObject({ isDryRun: true })
    })

    it.each([
      [{}, "The member type is missing: it must be one of order, invoice."],
      [{ ...body, type: "Order" }, 'The member type is "Order": it must be one of order, invoice.'],
      [
        { ...body, newStatus: "toString" },
        'The member newStatus is "toString": it must be one of approve, cancel, reject, unreject.'
      ],
      [{ type: "order", newStatus: "approve" }, "The member ids is missing: it must be a list of 1 to 1000 ids."],
      [{ ...body, ids: [] }, "The member ids is a list: it must be a list of 1 to 1000 ids."],
      [{ ...body, ids: "1" }, 'The member ids is "1": it must be a list of 1 to 1000 ids.'],
      [{ ...body, ids: { length: 1 } }, "The member ids is an object: it must be a list of 1 to 1000 ids."],
      [{ ...body, a: 1, b: 2 }, 'There is no member "a", "b" here; there are type, newStatus, ids, dryRun.'],
      [
        JSON.parse('{"type":"order","newStatus":"reject","ids":["1"],"__proto__":{"dryRun":true}}') as object,
        'There is no member "__proto__" here; there are type, newStatus, ids, dryRun.'
      ],
      [{ ...body, dryRun: 1 }, "The member dryRun is 1: it must be true or false."]
    ])("refuses %j", (asked, message) => {
      expect(told(CommissionBody.statusChange(asked as never))).toBe(message)
    })

    it.each([
      "",
      "0",
      "-1",
      "01",
      "1.0",
      "1e3",
      " 1",
      "0x1",
      "9223372036854775808",
      "١",
      0,
      -1,
      1.5,
      1e21,
      null,
      true,
      ["1"],
      {}
    ])("refuses the id %j", (id) => {
      expect(told(CommissionBody.statusChange({ ...body, ids: ["1", id] }))).toBe(
        `The member ids holds ${CommissionBody.quoted(id)}: each must be ${ID}.`
      )
    })

    it("takes 1000 ids, and no more", () => {
      const ids = Array.from({ length: 1000 }, (_, at) => at + 1)
      expect(told(CommissionBody.statusChange({ ...body, ids }))).toMatchObject({ input: { type: "order" } })
      expect(told(CommissionBody.statusChange({ ...body, ids: [...ids, 1] }))).toBe(
        "The member ids is a list: it must be a list of 1 to 1000 ids."
      )
    })
  })

  describe("percentChange", () => {
    const input = (target: object, orderId?: string) => ({
      input: { target, orderId, percent: Rate.fromPpm(125_000n) },
      isDryRun: false
    })

    it.each([
      [{ mode: "order", orderId: 5 }, input({ mode: "order" }, "5")],
      [{ mode: "invoice", invoiceId: "6" }, input({ mode: "invoice", invoiceId: "6" })],
      [{ mode: "orderItem", orderId: "5", orderItemId: "7" }, input({ mode: "orderItem", orderItemId: "7" }, "5")],
      [
        { mode: "invoiceItem", invoiceId: "6", invoiceItemId: 8 },
        input({ mode: "invoiceItem", invoiceId: "6", invoiceItemId: "8" })
      ]
    ])("reads %j, with the percentage as text or as number", (ids, expected) => {
      for (const percent of ["12.5", "12.5000", 12.5]) {
        expect(told(CommissionBody.percentChange({ ...ids, percent }))).toStrictEqual(expected)
      }
    })

    it.each([
      [{}, "The member mode is missing: it must be one of order, invoice, orderItem, invoiceItem."],
      [{ mode: "all" }, 'The member mode is "all": it must be one of order, invoice, orderItem, invoiceItem.'],
      [{ mode: "order", percent: "1" }, `The member orderId is missing: it must be ${ID}.`],
      [
        { mode: "order", orderId: "1", invoiceId: "2", percent: "1" },
        'There is no member "invoiceId" here; there are mode, orderId, percent, dryRun.'
      ],
      [
        { mode: "invoice", orderId: "1", invoiceId: "2", percent: "1" },
        'There is no member "orderId" here; there are mode, invoiceId, percent, dryRun.'
      ],
      [{ mode: "orderItem", orderId: "1", percent: "1" }, `The member orderItemId is missing: it must be ${ID}.`],
      [{ mode: "invoiceItem", invoiceId: "1", percent: "1" }, `The member invoiceItemId is missing: it must be ${ID}.`]
    ])("takes the ids of its mode alone: %j", (body, message) => {
      expect(told(CommissionBody.percentChange(body as never))).toBe(message)
    })

    it.each(["", "12,5", "1e1", "12.34567", " 1", "%", "1".repeat(101), 12.34567, 1e-7, 1e21, null, [12], true])(
      "refuses the percentage %j",
      (percent) => {
        expect(told(CommissionBody.percentChange({ mode: "order", orderId: "1", percent }))).toBe(
          `The member percent is ${CommissionBody.quoted(percent)}: it must be a number like 12.5, with at most 4 decimals.`
        )
      }
    )

    it("leaves it to the core whether it is one of a commission", () => {
      for (const percent of [-1, "100.0001"]) {
        expect(told(CommissionBody.percentChange({ mode: "order", orderId: "1", percent }))).toMatchObject({
          input: { orderId: "1" }
        })
      }
    })
  })

  describe("walletChange", () => {
    it("reads an order and the name of a wallet", () => {
      expect(told(CommissionBody.walletChange({ orderId: 5, walletType: "ví-tiền_2", dryRun: false }))).toStrictEqual({
        input: { orderId: "5", walletKind: "ví-tiền_2" },
        isDryRun: false
      })
    })

    it.each(["", " ", "a b", "a\u0000", "x".repeat(65), 7, null])("refuses the wallet %j", (walletType) => {
      expect(told(CommissionBody.walletChange({ orderId: "5", walletType }))).toMatch(
        /^The member walletType is .*: it must be at most 64 letters, digits, _, \. and -\.$/
      )
    })
  })

  it("repeats no more of a value than helps", () => {
    expect(CommissionBody.quoted("x".repeat(61))).toBe(`"${"x".repeat(60)}…"`)
  })
})
