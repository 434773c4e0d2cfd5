import { Code, ConnectError, createClient } from "@connectrpc/connect"
import { createGrpcTransport } from "@connectrpc/connect-node"
import * as Effect from "effect/Effect"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { everybody, rowOf } from "../testing/directory.ts"
import { AffiliateService } from "./gen/everpro/user/v1/affiliate_service_pb.ts"
import * as StandIn from "./StandIn.ts"

const ids = (count: number) => Array.from({ length: count }, (_, index) => BigInt(index + 1))

describe("StandIn", () => {
  let standIn: StandIn.StandIn
  beforeEach(async () => {
    standIn = await StandIn.start({ answers: everybody })
  })
  afterEach(() => standIn.close())

  /** Asks without any of the care that the adapter takes. */
  const ask = async (memberIds: Array<bigint>, timeoutMs = 5_000) => {
    const client = createClient(AffiliateService, createGrpcTransport({ baseUrl: standIn.url }))
    const { affiliators } = await client.getAffiliatorsByMemberIds({ memberIds }, { timeoutMs })
    return affiliators.map(({ affiliatorId, memberId, referralId, userReferralId }) => ({
      memberId,
      affiliatorId,
      referralId,
      userReferralId
    }))
  }
  const failureOf = async (memberIds: Array<bigint>, timeoutMs?: number) => {
    const error = ConnectError.from(await ask(memberIds, timeoutMs).catch((thrown: unknown) => thrown))
    return [Code[error.code], error.rawMessage]
  }

  it("answers 1000 members", async () => {
    expect(await ask(ids(1_000))).toStrictEqual(ids(1_000).map(rowOf))
  })

  it("answers no members", async () => {
    expect(await ask([])).toStrictEqual([])
  })

  it.each([
    ["more than 1000 members", ids(1_001), "1001 member_ids, more than 1000"],
    ["a member twice", [1n, 2n, 1n], "a member_id is given twice"],
    ["member 0", [1n, 0n], "member_id 0 is not above 0"],
    ["a member below 0", [-7n], "member_id -7 is not above 0"]
  ])("refuses %s", async (_, memberIds, message) => {
    expect(await failureOf(memberIds)).toStrictEqual(["InvalidArgument", message])
    expect(await standIn.calls()[0]!.ended).toBe("Failed")
  })

  it("records who was asked for, and with what deadline", async () => {
    await ask([3n, 1n], 2_000)
    const [call] = standIn.calls()
    expect(call!.memberIds).toStrictEqual([3n, 1n])
    expect(call!.deadlineMs! > 1_000 && call!.deadlineMs! <= 2_000).toBe(true)
    expect(await call!.ended).toBe("Answered")
    expect([standIn.callsAtOnceMax(), standIn.sessionsOpened()]).toStrictEqual([1, 1])
  })

  it("does what it is told, one fault for each request in order", async () => {
    standIn.script({ _tag: "Status", code: Code.Unavailable }, { _tag: "Duplicate" })
    standIn.script({ _tag: "Stranger" })
    expect(await failureOf([1n])).toStrictEqual(["Unavailable", "as told"])
    expect(await ask([1n])).toStrictEqual([rowOf(1n), rowOf(1n)])
    expect((await ask([1n])).map(({ memberId }) => memberId)).toStrictEqual([1n, 2n ** 62n])
    expect(await ask([1n])).toStrictEqual([rowOf(1n)])
  })

  it.each<StandIn.Fault>([{ _tag: "Hang" }, { _tag: "Delay", delayMs: 60_000 }])("waits: %j", async (fault) => {
    standIn.script(fault)
    expect((await failureOf([1n], 300))[0]).toBe("DeadlineExceeded")
    expect(await standIn.calls()[0]!.ended).toBe("Cancelled")
  })

  it("answers late", async () => {
    standIn.script({ _tag: "Delay", delayMs: 30 })
    const askedMs = performance.now()
    expect(await ask([1n])).toStrictEqual([rowOf(1n)])
    expect(performance.now() - askedMs).toBeGreaterThan(25)
  })

  it.each([
    ["DropBefore", 0],
    ["DropHalfway", 1],
    ["DropAfter", 1]
  ] as const)("breaks the connection: %s", async (_tag, processed) => {
    let answered = 0
    await standIn.close()
    standIn = await StandIn.start({
      answers: async (memberIds) => {
        answered += 1
        return everybody(memberIds)
      },
      faults: [{ _tag }]
    })
    await expect(ask([1n])).rejects.toBeInstanceOf(ConnectError)
    expect([await standIn.calls()[0]!.ended, answered]).toStrictEqual(["Cancelled", processed])
    expect(await ask([1n])).toStrictEqual([rowOf(1n)])
  })

  it("fails as the caller's answers fail", async () => {
    await standIn.close()
    standIn = await StandIn.start({ answers: () => Promise.reject(new Error("no database")) })
    expect((await failureOf([1n]))[0]).toBe("Internal")
  })

  it("lives as long as its scope", async () => {
    const { url } = await Effect.runPromise(Effect.scoped(StandIn.make({ answers: everybody })))
    const client = createClient(AffiliateService, createGrpcTransport({ baseUrl: url }))
    const error = await client.getAffiliatorsByMemberIds({}).catch((thrown: unknown) => thrown)
    expect(ConnectError.from(error).code).toBe(Code.Unavailable)
  })
})

describe("fromTables", () => {
  const answers = StandIn.fromTables({
    referrals: [
      { id: 1n, entityId: 501n, userId: 90n },
      { id: 2n, entityId: 502n, userId: 91n },
      { id: 3n, entityId: 502n, userId: 92n }
    ],
    userReferrals: [
      { id: 11n, userId: 7n, referralId: 501n },
      { id: 12n, userId: 8n, referralId: 502n },
      { id: 13n, userId: 7n, referralId: 502n },
      { id: 14n, userId: 9n, referralId: 1n }
    ]
  })
  const row = (memberId: bigint, affiliatorId: bigint, referralId: bigint, userReferralId: bigint) => ({
    memberId,
    affiliatorId,
    referralId,
    userReferralId
  })

  it("joins on the entity, not on the id", async () => {
    expect(await answers([9n])).toStrictEqual([])
  })

  it("gives every pair of rows", async () => {
    expect(await answers([8n, 7n])).toStrictEqual([
      row(8n, 91n, 2n, 12n),
      row(8n, 92n, 3n, 12n),
      row(7n, 90n, 1n, 11n),
      row(7n, 91n, 2n, 13n),
      row(7n, 92n, 3n, 13n)
    ])
  })

  it("gives nothing for a member without rows", async () => {
    expect(await answers([1n])).toStrictEqual([])
  })
})
