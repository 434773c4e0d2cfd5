import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { ReferralDirectory } from "../ports/ReferralDirectory.ts"
import { referralDirectoryContract } from "./contracts/ReferralDirectoryContract.ts"
import * as MemoryReferralDirectory from "./MemoryReferralDirectory.ts"

referralDirectoryContract("MemoryReferralDirectory", async (referrals) => {
  const { asked, layer } = MemoryReferralDirectory.make(referrals)
  return { layer, asked: () => asked().flat(), close: async () => {} }
})

describe("MemoryReferralDirectory contents", () => {
  it("shows each request that it was asked, in order", async () => {
    const { asked, layer } = MemoryReferralDirectory.make([])
    await Effect.runPromise(
      Effect.gen(function* () {
        const directory = yield* ReferralDirectory
        yield* directory.referralsOf(["2", "1", "2"])
        yield* directory.referralsOf([])
        yield* directory.referralsOf(["3"])
      }).pipe(Effect.provide(layer))
    )
    expect(asked()).toStrictEqual([["2", "1"], ["3"]])
  })
})
