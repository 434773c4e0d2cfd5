/**
 * How a `FindingStore` records findings, for any job, and gives them back.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Layer from "effect/Layer"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { type FindingFilter, FindingStore, type NewFinding } from "../../ports/FindingStore.ts"
import type { RunId } from "../../ports/RunId.ts"
import { RunJournal } from "../../ports/RunJournal.ts"
import { StoreError } from "../../ports/StoreError.ts"
import { date } from "./StoreSetup.ts"

/**
 * A finding store that nobody else uses, empty at first, with the journal of
 * its runs.
 *
 * @category models
 * @since 0.1.0
 */
export interface FindingSetup {
  readonly layer: Layer.Layer<FindingStore | RunJournal, unknown>
  readonly close: () => Promise<void>
}

const MANY = 10_000
const INTERRUPTED_AFTER_MS = [0, 5, 20, 80]
const LONG_MS = 60_000

const odd = (subject: string, detail: unknown = {}, kind = "Odd"): NewFinding => ({ subject, kind, detail })

const many = (prefix: string): ReadonlyArray<NewFinding> =>
  Array.from({ length: MANY }, (_, at) => odd(`${prefix}${at}`, { at }))

/**
 * The part of the suite of the finding store that needs no other store.
 * `setup` is called before each test.
 *
 * @category contracts
 * @since 0.1.0
 */
export const findingRecordContract = (name: string, setup: () => Promise<FindingSetup>): void => {
  describe(`${name} as FindingStore that records`, () => {
    let current: FindingSetup
    beforeEach(async () => {
      current = await setup()
    })
    afterEach(() => current.close())

    const use = <A, E>(effect: Effect.Effect<A, E, FindingStore | RunJournal>): Promise<A> =>
      Effect.runPromise(Effect.provide(effect, current.layer))
    const record = (runId: RunId, given: ReadonlyArray<NewFinding>) =>
      Effect.flatMap(FindingStore, (store) => store.record(runId, given))
    const begin = (job: string) =>
      Effect.flatMap(RunJournal, (journal) =>
        journal.begin({ job, businessDate: date("2026-03-06"), fromDate: undefined })
      )
    /** Records in a run of its own. */
    const found = (job: string, ...given: ReadonlyArray<NewFinding>): Promise<RunId> =>
      use(Effect.tap(begin(job), (runId) => record(runId, given)))
    const findings = (filter: Partial<FindingFilter> = {}) =>
      use(Effect.flatMap(FindingStore, (store) => store.findings({ limit: 2 * MANY, ...filter })))
    const keys = async (filter: Partial<FindingFilter> = {}) =>
      (await findings(filter)).map((one) => `${one.job} ${one.subject} ${one.kind}`)

    it("keeps a finding once per subject and kind, with the run that had it first and its newest detail", async () => {
      const first = await found("a", odd("1", { n: 1 }), odd("1", {}, "Even"), odd("2", { n: 1 }))
      const second = await found("a", odd("1", { n: 2 }), odd("2", { n: 1 }), odd("3"))
      const common = { job: "a", kind: "Odd", lineId: undefined }
      expect(await findings()).toStrictEqual([
        { ...common, subject: "3", detail: {}, firstRun: second },
        { ...common, subject: "1", kind: "Even", detail: {}, firstRun: first },
        { ...common, subject: "1", detail: { n: 2 }, firstRun: first },
        { ...common, subject: "2", detail: { n: 1 }, firstRun: first }
      ])
    })

    it("keeps what one call holds several times once, the last of it", async () => {
      await found("a", odd("1", { n: 1 }), odd("2", { n: 2 }), odd("1", { n: 3 }), odd("1", { n: 0 }))
      expect((await findings()).map((one) => one.detail)).toStrictEqual([{ n: 0 }, { n: 2 }])
    })

    it("keeps a finding of another job about the same subject beside it", async () => {
      const first = await found("a", odd("1", { n: 1 }))
      const second = await found("b", odd("1", { n: 2 }))
      expect((await findings()).map((one) => [one.job, one.firstRun, one.detail])).toStrictEqual([
        ["b", second, { n: 2 }],
        ["a", first, { n: 1 }]
      ])
    })

    it("keeps any text as it is, but for characters that are none and U+0000", async () => {
      const text = "'m' \"n\" \\ \\u0000 \\\\u0000 \t\r\n\u0001\u007F\u2028 č 😀 $1 \\N {a,NULL}"
      const broken = "a\u0000b \\\u0000 \uD83D! \uDE00 😀"
      const mended = "a\uFFFDb \\\uFFFD \uFFFD! \uFFFD 😀"
      await found("a", odd(text, { [text]: text }, text), odd(broken, { [broken]: [broken] }, broken))
      expect((await findings({ subject: text })).map((one) => [one.kind, one.detail])).toStrictEqual([
        [text, { [text]: text }]
      ])
      expect((await findings({ subject: mended })).map((one) => [one.kind, one.detail])).toStrictEqual([
        [mended, { [mended]: [mended] }]
      ])
    })

    it("keeps one of two that are the same once their text is mended", async () => {
      await found("a", odd("1\u0000", { n: 1 }), odd("1\uFFFD", { n: 2 }))
      expect((await findings()).map((one) => [one.subject, one.detail])).toStrictEqual([["1\uFFFD", { n: 2 }]])
    })

    it("keeps whole numbers of any size as text, leaves out what is undefined, and takes any JSON", async () => {
      const detail = { big: -9007199254740993n, none: undefined, nil: null, rate: 0.1, list: [1n, "x", { deep: 2n }] }
      await found(
        "a",
        odd("1", detail),
        odd("2", "text"),
        odd("3", null),
        { ...odd("4"), detail: undefined },
        odd("5", [7])
      )
      expect((await findings()).map((one) => one.detail)).toStrictEqual([
        { big: "-9007199254740993", nil: null, rate: 0.1, list: ["1", "x", { deep: "2" }] },
        "text",
        null,
        null,
        [7]
      ])
    })

    it("takes no findings at all", async () => {
      await found("a")
      expect(await findings()).toStrictEqual([])
    })

    it("takes ten thousand at once, and again", { timeout: LONG_MS }, async () => {
      const first = await found("a", ...many("n"))
      await found("a", ...many("n"), odd("n0", { at: "changed" }))
      const all = await findings()
      expect(all).toHaveLength(MANY)
      expect(all.every((one) => one.firstRun === first)).toBe(true)
      expect((await findings({ subject: "n0" })).map((one) => one.detail)).toStrictEqual([{ at: "changed" }])
    })

    it("fails for a run that there is not, and keeps nothing", async () => {
      const failure = await use(Effect.flip(record(4711, [odd("1"), odd("2")])))
      expect(failure instanceof StoreError).toBe(true)
      expect(await findings()).toStrictEqual([])
    })

    it("keeps all or none when it is interrupted", { timeout: LONG_MS }, async () => {
      for (const [at, afterMs] of INTERRUPTED_AFTER_MS.entries()) {
        await use(
          Effect.gen(function* () {
            const fiber = yield* Effect.forkChild(record(yield* begin(`job ${at}`), many("n")))
            yield* Effect.sleep(afterMs)
            yield* Fiber.interrupt(fiber)
          })
        )
        expect([0, MANY]).toContain((await findings({ job: `job ${at}` })).length)
      }
    })

    describe("gives findings", () => {
      beforeEach(async () => {
        await found("b", odd("10"), odd("9", {}, "Late"), odd("9", {}, "Early"))
        await found("B", odd("9"), odd("😀"), odd("\uFFFD"), odd("b"), odd("A"), odd("é"))
        await found("b", odd("10"), odd("100"), odd("11"))
        await found("a", odd("😀😀"), odd("zzz"))
      })

      it("those of the newest run first, then by job, subject and kind, a shorter subject before a longer one", async () => {
        expect(await keys()).toStrictEqual([
          "a 😀😀 Odd",
          "a zzz Odd",
          "b 11 Odd",
          "b 100 Odd",
          "B 9 Odd",
          "B A Odd",
          "B b Odd",
          "B é Odd",
          "B \uFFFD Odd",
          "B 😀 Odd",
          "b 9 Early",
          "b 9 Late",
          "b 10 Odd"
        ])
      })

      it("of a job", async () => {
        expect(await keys({ job: "a" })).toStrictEqual(["a 😀😀 Odd", "a zzz Odd"])
        expect(await keys({ job: "c" })).toStrictEqual([])
      })

      it("of a subject, exactly that", async () => {
        expect(await keys({ subject: "9" })).toStrictEqual(["B 9 Odd", "b 9 Early", "b 9 Late"])
        expect(await keys({ subject: "09" })).toStrictEqual([])
        expect(await keys({ subject: "" })).toStrictEqual([])
      })

      it("of a kind", async () => {
        expect(await keys({ kind: "Late" })).toStrictEqual(["b 9 Late"])
      })

      it("of a job, a subject and a kind together", async () => {
        expect(await keys({ job: "b", subject: "9" })).toStrictEqual(["b 9 Early", "b 9 Late"])
        expect(await keys({ job: "B", subject: "9", kind: "Odd" })).toStrictEqual(["B 9 Odd"])
        expect(await keys({ job: "b", subject: "10", kind: "Late" })).toStrictEqual([])
      })

      it("no more than asked for, the first of all", async () => {
        expect(await keys({ job: "b", limit: 2 })).toStrictEqual(["b 11 Odd", "b 100 Odd"])
      })
    })
  })
}
