import { Code, ConnectError } from "@connectrpc/connect"
import { ReferralDirectory, ReferralDirectoryError } from "@reckoner/core/ports"
import { referralDirectoryContract } from "@reckoner/core/testing/contracts"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { everybody, failure, lookUp, members, referralOf, rowOf } from "../testing/directory.ts"
import * as CallFailure from "./CallFailure.ts"
import * as GrpcReferralDirectory from "./GrpcReferralDirectory.ts"
import * as StandIn from "./StandIn.ts"

referralDirectoryContract("GrpcReferralDirectory", async (referrals) => {
  const rows = referrals.map(({ affiliateId, memberId, memberReferralId, referralId }) => ({
    memberId: BigInt(memberId),
    affiliatorId: BigInt(affiliateId),
    referralId: BigInt(referralId),
    userReferralId: BigInt(memberReferralId)
  }))
  const standIn = await StandIn.start({
    answers: async (memberIds) => {
      const asked = new Set(memberIds)
      return rows.filter(({ memberId }) => asked.has(memberId))
    }
  })
  return {
    layer: GrpcReferralDirectory.layer({ url: standIn.url }),
    asked: () => standIn.calls().flatMap(({ memberIds }) => memberIds.map(String)),
    close: standIn.close
  }
})

describe("GrpcReferralDirectory", () => {
  let standIn: StandIn.StandIn
  beforeEach(async () => {
    standIn = await StandIn.start({ answers: everybody })
  })
  afterEach(() => standIn.close())

  /** Uses one layer, which stays open meanwhile. */
  const withDirectory = <A, E>(
    options: GrpcReferralDirectory.Options,
    use: (directory: ReferralDirectory["Service"]) => Effect.Effect<A, E>
  ): Promise<A> =>
    Effect.runPromise(Effect.flatMap(ReferralDirectory, use).pipe(Effect.provide(GrpcReferralDirectory.layer(options))))

  const sizes = () =>
    standIn
      .calls()
      .map(({ memberIds }) => memberIds.length)
      .toSorted((one, other) => other - one)

  describe("calls", () => {
    it.each([
      [1, [1]],
      [1_000, [1_000]],
      [1_001, [1_000, 1]],
      [2_500, [1_000, 1_000, 500]]
    ])("asks for %i members in chunks of %j", async (count, chunks) => {
      const found = await Effect.runPromise(lookUp(standIn, members(count)))
      expect(found).toHaveLength(count)
      expect(sizes()).toStrictEqual(chunks)
    })

    it("counts a member who is given several times once, before it makes chunks", async () => {
      const found = await Effect.runPromise(lookUp(standIn, [...members(600), ...members(600)]))
      expect(found).toHaveLength(600)
      expect(sizes()).toStrictEqual([600])
    })

    /** Answers when so many calls are there. */
    const answersTogether = async (count: number) => {
      let here = 0
      let release = () => {}
      const allAreHere = new Promise<void>((resolve) => (release = resolve))
      await standIn.close()
      standIn = await StandIn.start({
        answers: async (memberIds) => {
          if ((here += 1) === count) release()
          await allAreHere
          return everybody(memberIds)
        }
      })
    }

    it("makes at most four calls at once, over one session, and does make four", async () => {
      await answersTogether(4)
      const found = await Effect.runPromise(lookUp(standIn, members(9_001)))
      expect(found).toHaveLength(9_001)
      expect([standIn.callsAtOnceMax(), standIn.sessionsOpened(), sizes().length]).toStrictEqual([4, 1, 10])
    })

    it("makes at most four calls at once for several askers, over one session", async () => {
      await answersTogether(4)
      let [atOnce, most] = [0, 0]
      const aroundCall: GrpcReferralDirectory.AroundCall = (call) =>
        Effect.suspend(() => {
          most = Math.max(most, (atOnce += 1))
          return Effect.ensuring(
            call,
            Effect.sync(() => (atOnce -= 1))
          )
        })
      await withDirectory({ url: standIn.url, aroundCall }, (directory) =>
        Effect.all(
          Array.from({ length: 5 }, () => directory.referralsOf(members(3_000))),
          { concurrency: "unbounded" }
        )
      )
      expect([most, standIn.callsAtOnceMax(), standIn.sessionsOpened(), sizes().length]).toStrictEqual([4, 4, 1, 15])
    })

    it("tells the service its deadline", async () => {
      await Effect.runPromise(lookUp(standIn, ["1"]))
      await Effect.runPromise(lookUp({ url: standIn.url, deadlineMs: 1_234 }, ["1"]))
      const deadlines = standIn.calls().map(({ deadlineMs = 0 }) => deadlineMs)
      expect(deadlines[0]! > 4_000 && deadlines[0]! <= 5_000).toBe(true)
      expect(deadlines[1]! > 1_000 && deadlines[1]! <= 1_234).toBe(true)
    })

    it("closes its session with the layer", async () => {
      await Effect.runPromise(lookUp(standIn, ["1"]))
      await standIn.until(() => standIn.sessionsOpen() === 0)
      expect(standIn.sessionsOpened()).toBe(1)
    })

    it("cancels its calls when it is interrupted, and keeps its session", async () => {
      standIn.script({ _tag: "Hang" }, { _tag: "Hang" })
      const found = await withDirectory(standIn, (directory) =>
        Effect.gen(function* () {
          const asking = yield* Effect.forkChild(directory.referralsOf(members(1_001)))
          yield* Effect.promise(() => standIn.until(() => standIn.calls().length === 2))
          yield* Fiber.interrupt(asking)
          const ends = yield* Effect.promise(() => Promise.all(standIn.calls().map(({ ended }) => ended)))
          return [ends, yield* directory.referralsOf(["7"]), standIn.sessionsOpened()]
        })
      )
      expect(found).toStrictEqual([["Cancelled", "Cancelled"], [referralOf(7n)], 1])
    })

    it("cancels its other calls when one fails", async () => {
      standIn.script({ _tag: "Hang" }, { _tag: "Status", code: Code.InvalidArgument })
      const [reason, ends] = await withDirectory(standIn, (directory) =>
        Effect.gen(function* () {
          const error = yield* Effect.flip(directory.referralsOf(members(1_001)))
          const ended = yield* Effect.promise(() => Promise.all(standIn.calls().map((call) => call.ended)))
          return [error.reason, ended.toSorted()] as const
        })
      )
      expect([reason, ends]).toStrictEqual(["Refused", ["Cancelled", "Failed"]])
    })
  })

  describe("answers", () => {
    it("keeps ids beyond 2^53 exact", async () => {
      const id = 9_007_199_254_740_993n
      expect(await Effect.runPromise(lookUp(standIn, [`${id}`]))).toStrictEqual([referralOf(id)])
      expect(standIn.calls()[0]!.memberIds).toStrictEqual([id])
    })

    it("passes on a row that comes twice", async () => {
      standIn.script({ _tag: "Duplicate" })
      expect(await Effect.runPromise(lookUp(standIn, ["7"]))).toStrictEqual([referralOf(7n), referralOf(7n)])
    })

    it("fails with InvalidAnswer when it holds a member who was not asked for", async () => {
      standIn.script({ _tag: "Stranger" })
      const { isRetryable, message, reason } = await failure(standIn, ["7"])
      expect([reason, isRetryable]).toStrictEqual(["InvalidAnswer", false])
      expect(message).toContain("member 4611686018427387904, who was not asked for")
      expect(standIn.calls()).toHaveLength(1)
    })

    it("fails with InvalidAnswer when a member was asked for in another call only", async () => {
      await standIn.close()
      standIn = await StandIn.start({ answers: async () => [rowOf(1n)] })
      expect(await failure(standIn, members(1_001))).toMatchObject({ reason: "InvalidAnswer" })
    })

    it.each([
      ["affiliatorId", 0n],
      ["affiliatorId", -1n],
      ["referralId", 0n],
      ["userReferralId", -(2n ** 63n)]
    ])("fails with InvalidAnswer when the %s is %s", async (field, id) => {
      await standIn.close()
      standIn = await StandIn.start({ answers: async () => [{ ...rowOf(7n), [field]: id }] })
      const { isRetryable, message, reason } = await failure(standIn, ["7"])
      expect([reason, isRetryable]).toStrictEqual(["InvalidAnswer", false])
      expect(message).toContain(`member 7 has the ${field} ${id}`)
    })
  })

  describe("around each call", () => {
    it("goes what the caller wants, for each attempt of each chunk", async () => {
      let wrapped = 0
      standIn.script({ _tag: "Status", code: Code.Unavailable })
      const aroundCall: GrpcReferralDirectory.AroundCall = (call) =>
        Effect.suspend(() => {
          wrapped += 1
          return call
        })
      await Effect.runPromise(lookUp({ url: standIn.url, backoffMs: 1, aroundCall }, members(2_500)))
      expect([wrapped, standIn.calls().length]).toStrictEqual([4, 4])
    })

    it("waits without using up the deadline", async () => {
      const aroundCall: GrpcReferralDirectory.AroundCall = (call) => Effect.delay(call, 600)
      await Effect.runPromise(lookUp({ url: standIn.url, deadlineMs: 500, attemptsMax: 1, aroundCall }, ["1"]))
      expect(standIn.calls()[0]!.deadlineMs).toBeGreaterThan(0)
    })

    it("may fail, and is not repeated then", async () => {
      let wrapped = 0
      const broken = new ReferralDirectoryError({ reason: "Unreachable", message: "no turn", isRetryable: true })
      const aroundCall: GrpcReferralDirectory.AroundCall = () =>
        Effect.suspend(() => {
          wrapped += 1
          return Effect.fail(broken)
        })
      expect(await failure({ url: standIn.url, aroundCall })).toBe(broken)
      expect([wrapped, standIn.calls().length]).toStrictEqual([1, 0])
    })
  })

  it("pauses longer after each attempt, up to 5 seconds, and never twice the same", async () => {
    const unavailable = CallFailure.fromThrown({ host: "", deadlineMs: 1 }, new ConnectError("", Code.Unavailable))
    const pausesOf = async () => {
      const startedMs: Array<number> = []
      const aroundCall: GrpcReferralDirectory.AroundCall = () =>
        Effect.flatMap(Clock.currentTimeMillis, (nowMs) => {
          startedMs.push(nowMs)
          return Effect.fail(unavailable)
        })
      const options = { url: standIn.url, backoffMs: 100, attemptsMax: 9, aroundCall }
      await Effect.runPromise(
        Effect.gen(function* () {
          const asking = yield* Effect.forkChild(Effect.flip(lookUp(options, ["1"])))
          yield* TestClock.adjust("1 minute")
          yield* Fiber.join(asking)
        }).pipe(Effect.provide(TestClock.layer()))
      )
      return startedMs.slice(1).map((atMs, index) => atMs - startedMs[index]!)
    }
    const pauses = await pausesOf()
    const middles = [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]
    expect(pauses.map((pauseMs, index) => Math.abs(pauseMs / middles[index]! - 1) <= 0.21)).toStrictEqual(
      middles.map(() => true)
    )
    expect(await pausesOf()).not.toStrictEqual(pauses)
  })

  it("is built without a server, and finds one that comes up between attempts", async () => {
    const { port, url } = standIn
    await standIn.close()
    let attempts = 0
    const comesUp = Effect.promise(async () => {
      if ((attempts += 1) === 3) standIn = await StandIn.start({ answers: everybody, port })
    })
    const aroundCall: GrpcReferralDirectory.AroundCall = (call) => Effect.andThen(comesUp, call)
    const found = await Effect.runPromise(lookUp({ url, aroundCall }, ["1"]))
    expect([attempts, found]).toStrictEqual([3, [referralOf(1n)]])
  })
})
