import { BusinessZone, type CommissionNotice, Currency, Money } from "@reckoner/core"
import { AffiliateNotifier, type Notice, NoticeOutbox } from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import { TestClock } from "effect/testing"
import { describe, expect, it } from "vitest"
import * as NoticeRelay from "./NoticeRelay.ts"

const AT = Date.UTC(2026, 2, 6, 3)
const zone = Result.getOrThrow(BusinessZone.parse("Asia/Ho_Chi_Minh"))

const notice = (id: string, attempts = 1): Notice => ({
  id,
  invoiceId: "1",
  invoiceCode: "I-1",
  orderCode: "O-1",
  affiliateId: "7",
  affiliateName: "Mai",
  phone: "0987654321",
  amount: Money.make(1000n, Result.getOrThrow(Currency.parse("VND"))),
  queuedAt: AT,
  attempts,
  state: { _tag: "Sending", since: AT }
})

/** An outbox that gives these batches, and remembers what was asked and settled. */
const outbox = (batches: ReadonlyArray<ReadonlyArray<Notice>>) => {
  const left = [...batches]
  const taken: Array<unknown> = []
  const settled = new Map<string, CommissionNotice.NoticeState>()
  const layer = Layer.mock(NoticeOutbox, {
    take: (options) =>
      Effect.sync(() => {
        taken.push(options)
        return left.shift() ?? []
      }),
    settle: (id, state) => Effect.sync(() => void settled.set(id, state))
  })
  return { layer, taken, settled }
}

const drain = (
  { layer }: { readonly layer: Layer.Layer<NoticeOutbox> },
  send: (id: string) => Effect.Effect<CommissionNotice.Attempt>
) =>
  Effect.runPromise(
    Effect.gen(function* () {
      yield* TestClock.setTime(AT)
      return yield* NoticeRelay.drain(zone)
    }).pipe(
      Effect.provide(Layer.mergeAll(layer, Layer.succeed(AffiliateNotifier, { send: ({ id }) => send(id) }))),
      Effect.provide(TestClock.layer())
    )
  )

const sent = (id: string): Effect.Effect<CommissionNotice.Attempt> =>
  Effect.succeed({ _tag: "Sent", receipt: `r${id}` })

describe("NoticeRelay", () => {
  it("sends what is due, and keeps what became of each", async () => {
    const box = outbox([[notice("a"), notice("b", 3), notice("c"), notice("d"), notice("e"), notice("f")]])
    const attempts: Readonly<Record<string, CommissionNotice.Attempt>> = {
      a: { _tag: "Sent", receipt: "r1" },
      b: { _tag: "TryLater", reason: "down" },
      c: { _tag: "Unknown", reason: "no answer" },
      d: { _tag: "Recipient", reason: "no such number" },
      e: { _tag: "NeedsOperator", reason: "out of quota" },
      f: { _tag: "NotAtNight", reason: "night" }
    }
    expect(await drain(box, (id) => Effect.succeed(attempts[id]!))).toStrictEqual({
      Queued: 2,
      Sending: 0,
      Sent: 1,
      SentUnknown: 1,
      Undeliverable: 1,
      Held: 1
    })
    expect(Object.fromEntries(box.settled)).toStrictEqual({
      a: { _tag: "Sent", at: AT, receipt: "r1" },
      b: { _tag: "Queued", dueAt: AT + 240_000, reason: "down" },
      c: { _tag: "SentUnknown", reason: "no answer" },
      d: { _tag: "Undeliverable", reason: "no such number" },
      e: { _tag: "Held", reason: "out of quota" },
      f: { _tag: "Queued", dueAt: Date.UTC(2026, 2, 7, 1), reason: "night" }
    })
    expect(box.taken).toStrictEqual([
      { at: AT, limit: NoticeRelay.NOTICES_PER_BATCH_MAX, abandonedMs: NoticeRelay.ABANDONED_MS }
    ])
  })

  it("goes on until a batch is not full", async () => {
    const full = Array.from({ length: NoticeRelay.NOTICES_PER_BATCH_MAX }, (_, at) => notice(`x${at}`))
    const box = outbox([full, [notice("y")]])
    expect((await drain(box, sent)).Sent).toBe(NoticeRelay.NOTICES_PER_BATCH_MAX + 1)
    expect(box.settled.size).toBe(NoticeRelay.NOTICES_PER_BATCH_MAX + 1)
    expect(box.taken).toHaveLength(2)
  })

  it("settles what it began to send, though it is stopped meanwhile", async () => {
    const box = outbox([[notice("a")]])
    const program = Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(NoticeRelay.drain(zone))
      yield* Effect.sleep("20 millis")
      yield* Effect.forkChild(Effect.sync(() => fiber.interruptUnsafe()))
      yield* Effect.exit(Effect.sleep("80 millis"))
    }).pipe(
      Effect.provide(
        Layer.mergeAll(
          box.layer,
          Layer.succeed(AffiliateNotifier, { send: ({ id }) => Effect.delay(sent(id), "50 millis") })
        )
      )
    )
    await Effect.runPromise(program)
    expect(box.settled.get("a")?._tag).toBe("Sent")
  })
})
