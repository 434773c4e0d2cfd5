/**
 * What every `ExecutionQueue` must do.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import type { Claim } from "../../ports/Execution.ts"
import { ExecutionQueue } from "../../ports/ExecutionQueue.ts"
import {
  beginning,
  claimed,
  ended,
  type ExecutionSetup,
  executionsForEachTest,
  FAILURE,
  got,
  HOUR_MS,
  JOB,
  pending,
  ports,
  running,
  sleeping,
  SUCCESS,
  waiting
} from "./ExecutionSetup.ts"

const DECISION = { kind: "signal", name: "decision" } as const
const CROWD = 40
const PER_CLAIM = 7

/**
 * The suite of the queue. `setup` is called before each test.
 *
 * @category contracts
 * @since 0.1.0
 */
export const executionQueueContract = (name: string, setup: () => Promise<ExecutionSetup>): void => {
  describe(`${name} as ExecutionQueue`, () => {
    const { age, race, run } = executionsForEachTest(setup)

    describe("claim", () => {
      it("takes a pending execution, which runs then and is given to nobody else", () =>
        run(
          Effect.gen(function* () {
            const { queue } = yield* ports
            const id = yield* pending("a")
            const claim = (runner: string) => queue.claim({ runner, jobs: [JOB], residentMax: 9 })
            expect([yield* claim("one"), yield* claim("two"), yield* claim("one")]).toStrictEqual([
              [{ id, handover: 1 }],
              [],
              []
            ])
            expect(yield* got(id)).toMatchObject({ state: "running", handover: 1, startedAtMs: undefined })
          })
        ))

      it("takes nothing that runs, waits or has finished", () =>
        run(
          Effect.gen(function* () {
            const { report } = yield* ports
            yield* running("running")
            yield* waiting("waiting", [DECISION])
            yield* ended("succeeded", SUCCESS)
            yield* ended("failed", FAILURE)
            yield* ended("cancelled", "cancelled")
            yield* age(yield* ended("purged", SUCCESS), 2 * HOUR_MS)
            yield* report.purge({ finishedMs: HOUR_MS, failedMs: HOUR_MS, forgetful: [], limit: 9 })
            expect(yield* claimed("two", 99)).toStrictEqual([])
          })
        ))

      it("takes only the jobs it names", () =>
        run(
          Effect.gen(function* () {
            const [a, b] = [yield* pending("a", "one-job"), yield* pending("a", "other-job")]
            yield* pending("a", "third-job")
            expect(yield* claimed("one", 9, [])).toStrictEqual([])
            expect(yield* claimed("one", 9, ["no-job"])).toStrictEqual([])
            expect(yield* claimed("one", 9, ["other-job"])).toStrictEqual([b])
            expect(yield* claimed("one", 9, ["other-job", "one-job"])).toStrictEqual([a])
          })
        ))

      it("lets a process have so many running, whoever began them there, and what ends makes room", () =>
        run(
          Effect.gen(function* () {
            const { queue, recorder, store } = yield* ports
            const own = yield* running("own", { runner: "one" })
            yield* running("foreign", { runner: "two" })
            const ids = yield* Effect.all(["a", "b", "c", "d", "e"].map((key) => pending(key)))
            expect(yield* claimed("one", 0)).toStrictEqual([])
            expect(yield* claimed("one", 1)).toStrictEqual([])
            expect(yield* claimed("one", 2)).toStrictEqual([ids[0]])
            yield* recorder.finish(own, SUCCESS)
            expect(yield* claimed("one", 2)).toStrictEqual([ids[1]])
            yield* store.cancel(ids[0]!)
            expect(yield* claimed("one", 2)).toStrictEqual([ids[2]])
            const lease = { id: ids[1]!, handover: 1, runner: "one" }
            yield* beginning(lease)
            yield* recorder.wait(lease, [DECISION])
            expect(yield* claimed("one", 2)).toStrictEqual([ids[3]])
            expect(yield* claimed("one", 1)).toStrictEqual([])
            const other = { id: ids[2]!, handover: 1, runner: "one" }
            yield* beginning(other)
            yield* queue.release(other)
            expect(yield* claimed("one", 2)).toStrictEqual([ids[2]])
          })
        ))

      it("takes the oldest new ones first", () =>
        run(
          Effect.gen(function* () {
            const ids = yield* Effect.all(["c", "a", "b"].map((key) => pending(key)))
            yield* age(ids[2]!, HOUR_MS)
            for (const [index, id] of [ids[2], ids[0], ids[1]].entries()) {
              expect(yield* claimed("one", index + 1)).toStrictEqual([id])
            }
          })
        ))

      it("takes those that were begun before any new one", () =>
        run(
          Effect.gen(function* () {
            const { queue, store } = yield* ports
            const fresh = yield* Effect.all(["new", "newer"].map((key) => pending(key)))
            for (const id of fresh) yield* age(id, HOUR_MS)
            const stalled = yield* running("swept")
            yield* age(stalled.id, 2 * HOUR_MS)
            yield* queue.sweep({ stalledMs: HOUR_MS })
            const released = yield* running("released")
            yield* queue.release(released)
            const woken = yield* waiting("woken", [DECISION])
            yield* store.signal(woken.id, "decision", 1)
            const slept = yield* sleeping("slept")
            yield* age(slept.id, HOUR_MS)
            const first = new Set<string>()
            for (const residentMax of [1, 2, 3, 4]) {
              for (const id of yield* claimed("two", residentMax)) first.add(id)
            }
            expect(first).toStrictEqual(new Set([stalled, released, woken, slept].map(({ id }) => id)))
            expect([yield* claimed("two", 5), yield* claimed("two", 6)]).toStrictEqual([[fresh[0]], [fresh[1]]])
          })
        ))

      it("takes one whose sleep is over, for a new handover, and not before", () =>
        run(
          Effect.gen(function* () {
            const { queue } = yield* ports
            const { id } = yield* sleeping("a")
            yield* age(id, HOUR_MS / 2)
            expect(yield* claimed("two", 9)).toStrictEqual([])
            yield* age(id, HOUR_MS / 2)
            expect(yield* queue.claim({ runner: "two", jobs: ["other"], residentMax: 9 })).toStrictEqual([])
            expect(yield* queue.claim({ runner: "two", jobs: [JOB], residentMax: 9 })).toStrictEqual([
              { id, handover: 2 }
            ])
            expect(yield* got(id)).toMatchObject({ state: "running", waitsFor: undefined, wakesAtMs: undefined })
            yield* beginning({ id, handover: 2, runner: "two" })
          })
        ))

      it("never gives one to two processes", () =>
        run(
          Effect.gen(function* () {
            for (let index = 0; index < CROWD / 2; index += 1) {
              yield* pending(`new ${index}`)
              yield* age((yield* sleeping(`slept ${index}`)).id, HOUR_MS)
            }
            const all = (runner: string) =>
              Effect.gen(function* () {
                const queue = yield* ExecutionQueue
                const claims: Array<Claim> = []
                for (let residentMax = PER_CLAIM; ; residentMax += PER_CLAIM) {
                  const more = yield* queue.claim({ runner, jobs: [JOB], residentMax })
                  if (more.length === 0) return claims
                  claims.push(...more)
                }
              })
            const claims = (yield* race([all("one"), all("two"), all("three")])).flat()
            expect(new Set(claims.map(({ id }) => id)).size).toBe(claims.length)
            // A process may have seen nothing while others held all that was left.
            const rest = yield* claimed("four", CROWD)
            expect(claims.length + rest.length).toBe(CROWD)
          })
        ))
    })

    describe("release", () => {
      it("makes one pending for any process, for a new handover, and ends the lease", () =>
        run(
          Effect.gen(function* () {
            const { queue, recorder } = yield* ports
            const lease = yield* running("a")
            yield* queue.release(lease)
            // What was given back did not end its process.
            expect(yield* got(lease.id)).toMatchObject({ state: "pending", handover: 2, attempt: 1, beginsInVain: 0 })
            expect(yield* recorder.finish(lease, SUCCESS)).toBe(false)
            expect(yield* claimed("two", 1)).toStrictEqual([lease.id])
          })
        ))

      it("does nothing for a lease that does not count", () =>
        run(
          Effect.gen(function* () {
            const { queue } = yield* ports
            const lease = yield* running("a")
            const before = yield* got(lease.id)
            yield* queue.release({ ...lease, runner: "two" })
            yield* queue.release({ ...lease, handover: 2 })
            yield* queue.release({ ...lease, id: "999999999" })
            expect(yield* got(lease.id)).toStrictEqual(before)
            const parked = yield* waiting("b", [DECISION])
            yield* queue.release(parked)
            expect((yield* got(parked.id)).state).toBe("waiting")
          })
        ))
    })

    describe("touch", () => {
      it("gives the ids of those whose lease counts", () =>
        run(
          Effect.gen(function* () {
            const { queue, recorder, store } = yield* ports
            const leases = yield* Effect.all(["a", "b", "c", "d", "e"].map((key) => running(key)))
            const [, taken, cancelled, parked, finished] = leases
            yield* beginning({ ...taken!, runner: "two" })
            yield* store.cancel(cancelled!.id)
            yield* recorder.wait(parked!, [DECISION])
            yield* recorder.finish(finished!, SUCCESS)
            const runs = leases.map((lease) => ({ lease, progress: null }))
            expect(yield* queue.touch(runs)).toStrictEqual(new Set([leases[0]!.id]))
            expect(yield* queue.touch([])).toStrictEqual(new Set())
          })
        ))

      it("keeps the latest progress of each, and none of a lease that does not count", () =>
        run(
          Effect.gen(function* () {
            const { queue } = yield* ports
            const [a, b] = [yield* running("a"), yield* running("b")]
            yield* queue.touch([
              { lease: a, progress: { done: 1, of: ["č", null] } },
              { lease: b, progress: "half" },
              { lease: { ...b, runner: "two" }, progress: "stranger" }
            ])
            expect([(yield* got(a.id)).progress, (yield* got(b.id)).progress]).toStrictEqual([
              { done: 1, of: ["č", null] },
              "half"
            ])
            yield* queue.touch([
              { lease: a, progress: 2 },
              { lease: b, progress: undefined }
            ])
            expect([(yield* got(a.id)).progress, (yield* got(b.id)).progress]).toStrictEqual([2, "half"])
          })
        ))

      it("keeps the sweep away", () =>
        run(
          Effect.gen(function* () {
            const { queue } = yield* ports
            const lease = yield* running("a")
            yield* age(lease.id, 2 * HOUR_MS)
            yield* queue.touch([{ lease, progress: null }])
            expect(yield* queue.sweep({ stalledMs: HOUR_MS })).toBe(0)
            expect((yield* got(lease.id)).state).toBe("running")
          })
        ))
    })

    describe("sweep", () => {
      it("makes pending again what runs without a sign of life, and nothing else", () =>
        run(
          Effect.gen(function* () {
            const { queue, recorder } = yield* ports
            const silent = yield* running("silent")
            const claimedOnly = yield* pending("claimed")
            yield* claimed("dead", 1)
            const ids = [
              yield* pending("pending"),
              (yield* waiting("waiting", [DECISION])).id,
              yield* ended("succeeded", SUCCESS),
              yield* ended("failed", FAILURE),
              yield* ended("cancelled", "cancelled")
            ]
            for (const id of [silent.id, claimedOnly, ...ids]) yield* age(id, 2 * HOUR_MS)
            const alive = yield* running("alive")
            yield* age(alive.id, HOUR_MS / 2)
            const others = Effect.all([...ids, alive.id].map(got))
            const before = yield* others
            expect(yield* queue.sweep({ stalledMs: HOUR_MS })).toBe(2)
            expect(yield* others).toStrictEqual(before)
            for (const id of [silent.id, claimedOnly]) {
              expect(yield* got(id)).toMatchObject({ state: "pending", handover: 2, attempt: 1 })
            }
            expect(yield* recorder.finish(silent, SUCCESS)).toBe(false)
            expect(yield* queue.sweep({ stalledMs: HOUR_MS })).toBe(0)
          })
        ))

      it("counts a claim as a sign of life", () =>
        run(
          Effect.gen(function* () {
            const { queue } = yield* ports
            yield* age(yield* pending("a"), 2 * HOUR_MS)
            yield* claimed("one", 1)
            expect(yield* queue.sweep({ stalledMs: HOUR_MS })).toBe(0)
          })
        ))

      it("counts each once, however many sweep at once", () =>
        run(
          Effect.gen(function* () {
            const { queue } = yield* ports
            const leases = yield* Effect.all(Array.from({ length: 10 }, (_, index) => running(`${index}`)))
            for (const { id } of leases) yield* age(id, 2 * HOUR_MS)
            const sweep = Effect.flatMap(ExecutionQueue, ({ sweep }) => sweep({ stalledMs: HOUR_MS }))
            const swept = [...(yield* race([sweep, sweep, sweep])), yield* queue.sweep({ stalledMs: HOUR_MS })]
            expect(swept.reduce((sum, count) => sum + count, 0)).toBe(10)
            for (const { id } of leases) expect((yield* got(id)).handover).toBe(2)
          })
        ))
    })
  })
}
