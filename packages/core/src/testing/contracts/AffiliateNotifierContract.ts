/**
 * What every `AffiliateNotifier` must do.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import * as Currency from "../../money/Currency.ts"
import * as Money from "../../money/Money.ts"
import { type AffiliateMessage, AffiliateNotifier } from "../../ports/AffiliateNotifier.ts"

/**
 * A notifier that nobody else uses. `sent` gives the ids of the messages that
 * reached somebody, in order; `fail` says what goes wrong with the next
 * attempt.
 *
 * - `Busy`: the service cannot serve now.
 * - `Lost`: it sends the message, and its answer is lost.
 * - `Refusing`: the person refuses such messages.
 *
 * @category models
 * @since 0.1.0
 */
export interface NotifierSetup {
  readonly layer: Layer.Layer<AffiliateNotifier, unknown>
  readonly sent: () => ReadonlyArray<string>
  readonly fail: (how: "Busy" | "Lost" | "Refusing") => void
  readonly close: () => Promise<void>
}

const message = (id: string, phone: string | undefined = "0900000001"): AffiliateMessage => ({
  id,
  phone,
  affiliateName: "Nguyễn Ly",
  invoiceCode: `INV-${id}`,
  orderCode: `ORD-${id}`,
  amount: Money.make(1_250_000n, Result.getOrThrow(Currency.parse("VND")))
})

/**
 * The suite of the notifier. `setup` is called before each test.
 *
 * @category contracts
 * @since 0.1.0
 */
export const affiliateNotifierContract = (name: string, setup: () => Promise<NotifierSetup>): void => {
  describe(`${name} as AffiliateNotifier`, () => {
    let current: NotifierSetup
    beforeEach(async () => {
      current = await setup()
    })
    afterEach(() => current.close())

    const send = (which: AffiliateMessage) =>
      Effect.runPromise(
        Effect.provide(
          Effect.flatMap(AffiliateNotifier, (notifier) => notifier.send(which)),
          current.layer
        )
      )

    it("sends each message once, and gives each a receipt of its own", async () => {
      const [first, second] = [await send(message("1")), await send(message("2"))]
      expect([first._tag, second._tag, current.sent()]).toStrictEqual(["Sent", "Sent", ["1", "2"]])
      expect(first).not.toStrictEqual(second)
    })

    it("sends nothing to somebody without a phone, and says so", async () => {
      expect((await send({ ...message("1"), phone: undefined }))._tag).toBe("Recipient")
      expect(current.sent()).toStrictEqual([])
    })

    it.each([
      ["Busy", "TryLater", []],
      ["Lost", "Unknown", ["1"]],
      ["Refusing", "Recipient", []]
    ] as const)("makes one attempt, and says how it ended: %s", async (how, tag, sent) => {
      current.fail(how)
      const attempt = await send(message("1"))
      expect(attempt).toStrictEqual({ _tag: tag, reason: expect.stringMatching(/./) })
      expect(current.sent()).toStrictEqual(sent)
    })
  })
}
