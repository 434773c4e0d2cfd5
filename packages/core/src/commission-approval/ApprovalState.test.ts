import { describe, expect, it } from "vitest"
import * as ApprovalState from "./ApprovalState.ts"

describe("ApprovalState", () => {
  it("names every state once", () => {
    const states = [ApprovalState.PENDING, ApprovalState.approved(0), ApprovalState.REJECTED]
    expect(states.map(({ _tag }) => _tag)).toStrictEqual(ApprovalState.STATE_NAMES)
  })

  it("keeps when it was approved", () => {
    expect(ApprovalState.approved(1_700_000_000_000)).toStrictEqual({ _tag: "Approved", approvedAt: 1_700_000_000_000 })
  })
})
