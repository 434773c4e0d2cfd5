import { CommissionEstimate, type ShipmentOrder } from "@reckoner/core"
import { asUnread, ReferralDirectory, ReferralDirectoryError, ReferralOrderStore } from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { describe, expect, it } from "vitest"
import type * as ReferralRun from "./ReferralRun.ts"
import * as ShipmentDecisions from "./ShipmentDecisions.ts"
import * as memory from "./testing/memoryReferrals.ts"

const { idr, shipment } = memory

const MEMBERS_KEPT_MAX = 200_000

const rules = { source: "daily", policy: CommissionEstimate.NO_POLICY } as const

type Batch = ReadonlyArray<ShipmentOrder.ShipmentOrder>

/** Decides about batches one after the other, and says who and what was looked up for it. */
const decided = (target: memory.MemoryReferrals, batches: ReadonlyArray<Batch>) => {
  const looked: Array<ReadonlyArray<string>> = []
  const watched = Layer.effect(
    ReferralOrderStore,
    Effect.map(ReferralOrderStore, (store) =>
      ReferralOrderStore.of({
        ...store,
        stored: (orderNos) => {
          if (orderNos.length > 0) looked.push(orderNos)
          return store.stored(orderNos)
        }
      })
    )
  )
  return Effect.runPromise(
    Effect.gen(function* () {
      const decide = yield* ShipmentDecisions.make(rules)
      const answers = yield* Effect.forEach(batches, (batch) => decide(batch.map(asUnread)))
      return { answers: answers.flat(), looked, asked: target.directory.asked() }
    }).pipe(Effect.provide(Layer.merge(target.layer, Layer.provide(watched, target.layer))))
  )
}

const ofMember = (memberId: string | undefined) => shipment(`OF ${memberId}`, { memberId })
const tags = (answers: ReadonlyArray<ReferralRun.Decided>) =>
  answers.map(({ decision, subject }) => [
    subject,
    decision._tag === "Referred" ? decision.order.affiliateId : decision._tag,
    ...decision.findings.map(({ _tag }) => _tag)
  ])

describe("ShipmentDecisions", () => {
  it("asks for each member once, however often it comes", async () => {
    const { answers, asked } = await decided(memory.make(), [
      [ofMember("7"), ofMember("11"), ofMember("7")],
      [ofMember("11"), ofMember("8")],
      [ofMember("7"), ofMember("8"), ofMember("11")]
    ])
    expect(asked).toStrictEqual([["7", "11"], ["8"]])
    expect(tags(answers)).toStrictEqual([
      ["OF 7", "90"],
      ["OF 11", "NotReferred"],
      ["OF 7", "90"],
      ["OF 11", "NotReferred"],
      ["OF 8", "91", "MemberWithSeveralReferrals"],
      ["OF 7", "90"],
      ["OF 8", "91", "MemberWithSeveralReferrals"],
      ["OF 11", "NotReferred"]
    ])
  })

  it("asks anew in the next run", async () => {
    const target = memory.make()
    await decided(target, [[ofMember("7")]])
    const { asked } = await decided(target, [[ofMember("7")]])
    expect(asked).toStrictEqual([["7"], ["7"]])
  })

  it("asks nobody about what is no member, and finds that", async () => {
    const { answers, asked } = await decided(memory.make(), [[ofMember(undefined), ofMember("0"), ofMember("-7")]])
    expect(asked).toStrictEqual([])
    expect(tags(answers)).toStrictEqual([
      ["OF undefined", "NotReferred", "MemberMissing"],
      ["OF 0", "NotReferred", "MemberMissing"],
      ["OF -7", "NotReferred", "MemberMissing"]
    ])
  })

  it("decides nothing about nothing", async () => {
    expect(await decided(memory.make(), [[], []])).toStrictEqual({ answers: [], looked: [], asked: [] })
  })

  it.each([
    ["remembers as many members as it may", MEMBERS_KEPT_MAX, 1],
    ["forgets them when they are more", MEMBERS_KEPT_MAX + 1, 2]
  ])("%s", async (_, count, timesAsked) => {
    const many = Array.from({ length: count }, (_, at) => ofMember(String(at + 1)))
    const { asked } = await decided(memory.make(), [many, [ofMember("7")]])
    expect(asked.filter((members) => members.includes("7"))).toHaveLength(timesAsked)
  })

  it("looks up what is stored only where it can make a difference", async () => {
    const { looked } = await decided(memory.make(), [
      [
        shipment("ALL KNOWN"),
        shipment("NO ROW", { cashbackRow: undefined }),
        shipment("NO AFFILIATE'S", { cashbackRow: { memberCashback: idr("1"), affiliateCashback: undefined } }),
        shipment("TOO MUCH", { cashbackRow: { memberCashback: idr("1"), affiliateCashback: idr("1000000000000") } }),
        shipment("NOBODY'S", { memberId: "11" }),
        shipment("MEMBERLESS", { memberId: undefined })
      ],
      [shipment("ALL KNOWN TOO")]
    ])
    expect(looked).toStrictEqual([["NO ROW", "NO AFFILIATE'S", "TOO MUCH", "NOBODY'S", "MEMBERLESS"]])
  })

  it("keeps the affiliate and the cashback of an order that was stored before", async () => {
    const kept = {
      orderNo: "SO1",
      memberId: "5",
      affiliateId: "99",
      affiliateCashback: idr("700"),
      source: "daily"
    }
    const target = memory.make({}, [kept as never])
    const { answers } = await decided(target, [[shipment("SO1", { memberId: "11", cashbackRow: undefined })]])
    expect(answers).toMatchObject([
      { decision: { order: { memberId: "5", affiliateId: "99", affiliateCashback: idr("700") } } }
    ])
  })

  it("reads only what it needs: a shipment of a member whom nobody referred only where it was stored before", async () => {
    const kept = { orderNo: "KEPT", memberId: "5", affiliateId: "99", affiliateCashback: undefined, source: "daily" }
    const target = memory.make({}, [kept as never])
    const read: Array<string> = []
    const watched = ["7", "11", undefined].map((memberId) => ofMember(memberId))
    const rows = [...watched, shipment("KEPT", { memberId: "11" })].map((one) => ({
      ...asUnread(one),
      read: () => (read.push(one.orderNo), one)
    }))
    const answers = await Effect.runPromise(
      Effect.flatMap(ShipmentDecisions.make(rules), (decide) => decide(rows)).pipe(Effect.provide(target.layer))
    )
    expect(read).toStrictEqual(["OF 7", "KEPT"])
    expect(tags(answers)).toStrictEqual([
      ["OF 7", "90"],
      ["OF 11", "NotReferred"],
      ["OF undefined", "NotReferred", "MemberMissing"],
      ["KEPT", "99"]
    ])
  })

  it("fails as the user service does, and asks for the same members when it is called again", async () => {
    const down = new ReferralDirectoryError({ reason: "Unreachable", message: "gone", isRetryable: true })
    const asked: Array<ReadonlyArray<string>> = []
    const broken = Layer.succeed(
      ReferralDirectory,
      ReferralDirectory.of({
        referralsOf: (memberIds) => (asked.push(memberIds), asked.length === 1 ? Effect.fail(down) : Effect.succeed([]))
      })
    )
    const failure = await Effect.runPromise(
      Effect.gen(function* () {
        const decide = yield* ShipmentDecisions.make(rules)
        const failure = yield* Effect.flip(decide([asUnread(ofMember("7"))]))
        yield* decide([asUnread(ofMember("7"))])
        return failure
      }).pipe(Effect.provide(Layer.merge(memory.make().layer, broken)))
    )
    expect(failure).toBe(down)
    expect(asked).toStrictEqual([["7"], ["7"]])
  })
})
