import { affiliateNotifierContract } from "./contracts/AffiliateNotifierContract.ts"
import * as MemoryAffiliateNotifier from "./MemoryAffiliateNotifier.ts"

const ATTEMPTS = {
  Busy: { _tag: "TryLater", reason: "busy" },
  Lost: { _tag: "Unknown", reason: "no answer" },
  Refusing: { _tag: "Recipient", reason: "refuses" }
} as const

affiliateNotifierContract("MemoryAffiliateNotifier", async () => {
  const { layer, script, sent } = MemoryAffiliateNotifier.make()
  return {
    layer,
    sent: () => sent().map(({ id }) => id),
    fail: (how) => script(ATTEMPTS[how]),
    close: async () => {}
  }
})
