import type { CommissionNotice } from "@reckoner/core"
import type { Notice } from "@reckoner/core/ports"
import { commissionAmount } from "@reckoner/core/testing/contracts"
import { describe, expect, it } from "vitest"
import * as NoticeView from "./NoticeView.ts"

const AT = Date.UTC(2026, 2, 6, 3)
const TEXT = "2026-03-06T03:00:00.000Z"

const notice = (state: CommissionNotice.NoticeState): Notice => ({
  id: "release-1",
  invoiceId: "1",
  invoiceCode: "I-1",
  orderCode: "O-1",
  affiliateId: "7",
  affiliateName: "Mai",
  phone: "0987654321",
  amount: commissionAmount("12500"),
  queuedAt: AT,
  attempts: 2,
  state
})

describe("NoticeView", () => {
  it.each([
    [
      { _tag: "Queued", dueAt: AT, reason: undefined },
      { at: TEXT, receipt: null, reason: null }
    ],
    [
      { _tag: "Queued", dueAt: AT, reason: "down" },
      { at: TEXT, receipt: null, reason: "down" }
    ],
    [
      { _tag: "Sending", since: AT },
      { at: TEXT, receipt: null, reason: null }
    ],
    [
      { _tag: "Sent", at: AT, receipt: "r1" },
      { at: TEXT, receipt: "r1", reason: null }
    ],
    [
      { _tag: "SentUnknown", reason: "no answer" },
      { at: null, receipt: null, reason: "no answer" }
    ],
    [
      { _tag: "Undeliverable", reason: "no such number" },
      { at: null, receipt: null, reason: "no such number" }
    ],
    [
      { _tag: "Held", reason: "out of quota" },
      { at: null, receipt: null, reason: "out of quota" }
    ]
  ] as const)("writes the state %j, and no phone number", (state, shown) => {
    expect(NoticeView.notice(notice(state))).toStrictEqual({
      id: "release-1",
      invoiceId: "1",
      invoiceCode: "I-1",
      orderCode: "O-1",
      affiliateId: "7",
      affiliateName: "Mai",
      amount: "12500",
      currency: "VND",
      queuedAt: TEXT,
      attempts: 2,
      state: state._tag,
      ...shown
    })
  })
})
