import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import * as Progress from "./Progress.ts"

const progress = {
  read: 12_000,
  estimate: 100_000,
  readNoun: "invoices",
  written: 8000,
  writtenNoun: "entitlements"
}

const written = (isTTY: boolean, use: (to: Progress.Progress) => Effect.Effect<unknown>): string => {
  let text = ""
  Effect.runSync(use(Progress.to({ isTTY, write: (part) => (text += part) })))
  return text
}

describe("Progress", () => {
  describe("line", () => {
    it("says how far it is and how fast", () => {
      expect(Progress.line(progress, 2000)).toBe(
        "12,000 of about 100,000 invoices, 8,000 entitlements, 6,000 invoices/s"
      )
    })

    it("never says that more were read than there are", () => {
      expect(Progress.line({ ...progress, estimate: 5 }, 0)).toBe(
        "12,000 of about 12,000 invoices, 8,000 entitlements, 0 invoices/s"
      )
    })
  })

  describe("to", () => {
    it("draws one line on a terminal, not too often, and clears it", () => {
      const text = written(true, (to) => Effect.all([to.show(progress), to.show(progress), to.clear]))
      const [before, drawn, after] = text.split("\r\u001b[K")
      expect([before, drawn?.slice(0, 10), after, text.split("\r").length]).toStrictEqual(["", "12,000 of ", "", 3])
    })

    it("writes nothing but notices elsewhere", () => {
      expect(written(false, (to) => Effect.all([to.show(progress), to.notice("wait"), to.clear]))).toBe("wait\n")
    })
  })
})
