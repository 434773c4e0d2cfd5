/**
 * What every `NoticeOutbox` must do.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import * as CommissionNotice from "../../commission-approval/CommissionNotice.ts"
import * as Currency from "../../money/Currency.ts"
import * as Money from "../../money/Money.ts"
import { type Notice, NoticeOutbox } from "../../ports/NoticeOutbox.ts"

/**
 * An outbox that nobody else uses, empty at first. `load` puts notices into it,
 * in whatever state they are; the ids of invoices and affiliates are whole
 * numbers, and notices of the same affiliate have the same name and phone. The
 * layer may be built several times, as by several processes.
 *
 * @category models
 * @since 0.1.0
 */
export interface OutboxSetup {
  readonly layer: Layer.Layer<NoticeOutbox, unknown>
  readonly load: (notices: ReadonlyArray<Notice>) => Promise<void>
  readonly close: () => Promise<void>
}

const AT = Date.UTC(2026, 2, 6, 9, 30, 0, 123)
const ABANDONED_MS = 60_000
const MANY = 60

const amount = (text: string, code: string): Money.Money =>
  Result.getOrThrow(Money.parse(text, Result.getOrThrow(Currency.parse(code))))

const QUEUED: CommissionNotice.NoticeState = { _tag: "Queued", dueAt: AT, reason: undefined }

/** The state of each name, as one that was settled long ago. */
const STATES: { readonly [Tag in CommissionNotice.NoticeState["_tag"]]: CommissionNotice.NoticeState } = {
  Queued: { _tag: "Queued", dueAt: AT - 5, reason: "busy" },
  Sending: { _tag: "Sending", since: AT - 5 },
  Sent: { _tag: "Sent", at: AT - 5, receipt: "receipt 1" },
  SentUnknown: { _tag: "SentUnknown", reason: "no answer" },
  Undeliverable: { _tag: "Undeliverable", reason: "no phone" },
  Held: { _tag: "Held", reason: "no quota" }
}

const notice = (number: number, more: Partial<Notice> = {}): Notice => ({
  id: `notice-${number}`,
  invoiceId: `${number}`,
  invoiceCode: `INV-${number}`,
  orderCode: `ORD-${number}`,
  affiliateId: `${number}`,
  affiliateName: `Nguyễn "${number}"`,
  phone: `0900 000 ${number}`,
  amount: amount(`${number}000`, "VND"),
  queuedAt: AT - 1_000 + number,
  attempts: 0,
  state: QUEUED,
  ...more
})

const sending = (one: Notice, since = AT): Notice => ({
  ...one,
  attempts: one.attempts + 1,
  state: { _tag: "Sending", since }
})

/**
 * The suite of the outbox. `setup` is called before each test.
 *
 * @category contracts
 * @since 0.1.0
 */
export const noticeOutboxContract = (name: string, setup: () => Promise<OutboxSetup>): void => {
  describe(`${name} as NoticeOutbox`, () => {
    let current: OutboxSetup
    beforeEach(async () => {
      current = await setup()
    })
    afterEach(() => current.close())

    const use = <A, E>(act: (outbox: NoticeOutbox["Service"]) => Effect.Effect<A, E>): Promise<A> =>
      Effect.runPromise(Effect.provide(Effect.flatMap(NoticeOutbox, act), current.layer))

    const take = (at = AT, limit = 100) => use((outbox) => outbox.take({ at, limit, abandonedMs: ABANDONED_MS }))
    const all = () => use((outbox) => outbox.list({ states: [], limit: 1_000 }))
    const stateOf = async (id: string) => (await all()).find((one) => one.id === id)?.state
    const inEveryState = Object.values(STATES).map((state, at) => notice(at + 1, { state, attempts: at }))

    it("has nothing at first", async () => {
      expect([await take(), await all()]).toStrictEqual([[], []])
    })

    it("gives a notice with all that it tells", async () => {
      await current.load([notice(1)])
      expect(await take()).toStrictEqual([sending(notice(1))])
      expect(await all()).toStrictEqual([sending(notice(1))])
    })

    it.each([
      ["1234567890123456789", "VND"],
      ["0", "VND"],
      ["-5", "VND"],
      ["12.30", "USD"],
      ["100.00", "USD"],
      ["0.005", "KWD"]
    ])("gives the exact amount %s %s", async (text, code) => {
      const one = notice(1, { amount: amount(text, code) })
      await current.load([one])
      expect(await take()).toStrictEqual([sending(one)])
    })

    it("gives a notice to somebody without a phone", async () => {
      const one = notice(1, { phone: undefined })
      await current.load([one])
      expect(await take()).toStrictEqual([sending(one)])
    })

    it("gives what is due, at its instant and later, not before", async () => {
      await current.load([notice(1), notice(2, { state: { _tag: "Queued", dueAt: AT + 1, reason: "busy" } })])
      expect(await take(AT - 1)).toStrictEqual([])
      expect(await take(AT)).toStrictEqual([sending(notice(1))])
      expect((await take(AT + 1)).map(({ id }) => id)).toStrictEqual(["notice-2"])
    })

    it("gives what is due, and leaves all other states as they are", async () => {
      await current.load(inEveryState)
      const queued = inEveryState.find(({ state }) => state._tag === "Queued")!
      expect(await take()).toStrictEqual([sending(queued)])
      expect((await all()).filter(({ id }) => id !== queued.id)).toStrictEqual(
        inEveryState.filter(({ id }) => id !== queued.id).toReversed()
      )
    })

    it("gives each once", async () => {
      await current.load([notice(1), notice(2)])
      expect(await take()).toHaveLength(2)
      expect(await take()).toStrictEqual([])
    })

    it("gives no more than the limit, those that are due for the longest time first", async () => {
      await current.load([3, 1, 2].map((number) => notice(number, { state: { ...QUEUED, dueAt: AT - number } })))
      expect((await take(AT, 2)).map(({ id }) => id).toSorted()).toStrictEqual(["notice-2", "notice-3"])
      expect((await take(AT, 2)).map(({ id }) => id)).toStrictEqual(["notice-1"])
    })

    it("gives those that were queued first, first", async () => {
      await current.load([notice(2, { queuedAt: AT }), notice(1, { queuedAt: AT }), notice(3, { queuedAt: AT - 1 })])
      expect((await take()).map(({ id }) => id)).toStrictEqual(["notice-3", "notice-1", "notice-2"])
    })

    it("never gives the same to two of many takers, and gives all in the end", async () => {
      await current.load(Array.from({ length: MANY }, (_, at) => notice(at + 1)))
      const taker = Effect.flatMap(NoticeOutbox, (outbox) =>
        Effect.gen(function* () {
          const taken: Array<string> = []
          for (;;) {
            const some = yield* outbox.take({ at: AT, limit: 4, abandonedMs: ABANDONED_MS })
            if (some.length === 0) return taken
            taken.push(...some.map(({ id }) => id))
          }
        })
      )
      const taken = await Effect.runPromise(
        Effect.all(
          Array.from({ length: 6 }, () => taker),
          { concurrency: "unbounded" }
        ).pipe(Effect.provide(current.layer))
      )
      const rest = await take()
      const ids = [...taken.flat(), ...rest.map(({ id }) => id)]
      expect(ids.toSorted()).toStrictEqual(Array.from({ length: MANY }, (_, at) => `notice-${at + 1}`).toSorted())
    })

    it("makes abandoned ones SentUnknown, with a reason, and gives them to nobody", async () => {
      await current.load([notice(1), notice(2)])
      await take()
      expect(await take(AT + ABANDONED_MS - 1)).toStrictEqual([])
      expect((await all()).map(({ state }) => state._tag)).toStrictEqual(["Sending", "Sending"])
      expect(await take(AT + ABANDONED_MS)).toStrictEqual([])
      expect(await all()).toStrictEqual([
        { ...notice(2), attempts: 1, state: { _tag: "SentUnknown", reason: expect.stringMatching(/./) } },
        { ...notice(1), attempts: 1, state: { _tag: "SentUnknown", reason: expect.stringMatching(/./) } }
      ])
    })

    it("makes abandoned ones SentUnknown beside what it gives, whatever the limit", async () => {
      await current.load([
        notice(1, { state: { _tag: "Sending", since: AT - ABANDONED_MS } }),
        notice(2, { state: { _tag: "Sending", since: AT - ABANDONED_MS } }),
        notice(3)
      ])
      expect((await take(AT, 1)).map(({ id }) => id)).toStrictEqual(["notice-3"])
      expect((await all()).map(({ state }) => state._tag)).toStrictEqual(["Sending", "SentUnknown", "SentUnknown"])
    })

    it.each(Object.values(STATES).map((state) => [state._tag, state] as const))(
      "settles a notice that was taken as %s",
      async (_, state) => {
        await current.load([notice(1), notice(2)])
        await take()
        await use((outbox) => outbox.settle("notice-1", state))
        expect(await all()).toStrictEqual([sending(notice(2)), { ...notice(1), attempts: 1, state }])
      }
    )

    it("settles a notice once", async () => {
      await current.load([notice(1)])
      await take()
      await use((outbox) => outbox.settle("notice-1", STATES.Sent))
      await use((outbox) => outbox.settle("notice-1", STATES.Held))
      expect(await stateOf("notice-1")).toStrictEqual(STATES.Sent)
    })

    it.each(Object.values(STATES).filter(({ _tag }) => _tag !== "Sending"))(
      "settles no notice that is %o",
      async (state) => {
        await current.load([notice(1, { state })])
        await use((outbox) => outbox.settle("notice-1", { _tag: "Sent", at: AT + 9, receipt: "late" }))
        expect(await stateOf("notice-1")).toStrictEqual(state)
      }
    )

    it("gives a notice again that was put off, with its attempts counted on", async () => {
      await current.load([notice(1)])
      await take()
      const later: CommissionNotice.NoticeState = { _tag: "Queued", dueAt: AT + 500, reason: "busy" }
      await use((outbox) => outbox.settle("notice-1", later))
      expect(await take(AT + 499)).toStrictEqual([])
      expect(await take(AT + 500)).toStrictEqual([{ ...sending(notice(1), AT + 500), attempts: 2 }])
    })

    it("does nothing about a notice that it does not have", async () => {
      await current.load([notice(1)])
      await use((outbox) => outbox.settle("notice-9", STATES.Sent))
      expect(await use((outbox) => outbox.requeue("notice-9", AT))).toBe(false)
      expect(await all()).toStrictEqual([notice(1)])
    })

    it("lists the newest of these states, or of all", async () => {
      await current.load(inEveryState)
      const list = (states: ReadonlyArray<CommissionNotice.NoticeState["_tag"]>, limit: number) =>
        use((outbox) => outbox.list({ states, limit }))
      const newest = inEveryState.toReversed()
      expect(await list([], 100)).toStrictEqual(newest)
      expect(await list([], 2)).toStrictEqual(newest.slice(0, 2))
      expect(await list(["Held", "Sent"], 100)).toStrictEqual(
        newest.filter(({ state }) => state._tag === "Held" || state._tag === "Sent")
      )
      expect(await list(["Sent", "Held"], 1)).toStrictEqual([newest[0]])
    })

    it("lists those that were queued at the same instant in one order", async () => {
      await current.load(["b", "a", "B", "é"].map((id, at) => notice(at + 1, { id, queuedAt: AT })))
      expect((await all()).map(({ id }) => id)).toStrictEqual(["é", "b", "a", "B"])
    })

    it.each([
      ["Queued", true],
      ["Sending", false],
      ["Sent", false],
      ["SentUnknown", true],
      ["Undeliverable", true],
      ["Held", true]
    ] as const)("requeues a notice that is %s: %s", async (tag, may) => {
      await current.load([notice(1, { state: STATES[tag], attempts: 7 }), notice(2)])
      expect(await use((outbox) => outbox.requeue("notice-1", AT + 9))).toBe(may)
      const requeued = { attempts: 0, state: { _tag: "Queued", dueAt: AT + 9, reason: undefined } } as const
      expect(await all()).toStrictEqual([notice(2), notice(1, may ? requeued : { state: STATES[tag], attempts: 7 })])
    })

    it("counts each state, also those that no notice has", async () => {
      const none = Object.fromEntries(CommissionNotice.STATE_NAMES.map((state) => [state, 0]))
      const counts = async () => Object.fromEntries(await use((outbox) => outbox.counts))
      expect(await counts()).toStrictEqual(none)
      await current.load([...inEveryState.filter(({ state }) => state._tag !== "Held"), notice(9)])
      expect(await counts()).toStrictEqual({
        Queued: 2,
        Sending: 1,
        Sent: 1,
        SentUnknown: 1,
        Undeliverable: 1,
        Held: 0
      })
    })
  })
}
