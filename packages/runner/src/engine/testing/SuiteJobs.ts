/**
 * Jobs for the engine's suite. They count what they do, and can be held and broken by key.
 *
 * @since 0.1.0
 */
import { ExecutionStore } from "@reckoner/core/ports"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Job from "../Job.ts"

/** How often a step is tried in the suite. */
export const TRANSIENT_TRIES_MAX = 3
/** How often a step is tried in the suite that is told to slow down. */
export const RATE_LIMITED_TRIES_MAX = 4

const HOLD_INTERVAL_MS = 10
const CROWD_MS = 50

/** A failure that the suite asked for. */
export class Refused extends Schema.TaggedError<Refused>()("Refused", {
  key: Schema.String,
  kind: Schema.Literals(["transient", "rate-limited", "permanent"])
}) {}

/** How often something was done. */
export const hits = new Map<string, number>()

const broken = new Map<string, Refused["kind"] | "bug">()
const held = new Set<string>()

/** Makes the second step of `flaky` fail for a key. */
export const breakOn = (key: string, kind: Refused["kind"] | "bug"): void => void broken.set(key, kind)
/** Undoes `breakOn`. */
export const repair = (key: string): void => void broken.delete(key)
/** Keeps the first step of `approval` from ending for a key. */
export const hold = (key: string): void => void held.add(key)
/** Undoes `hold`. */
export const release = (key: string): void => void held.delete(key)

const hit = (key: string): Effect.Effect<void> => Effect.sync(() => void hits.set(key, (hits.get(key) ?? 0) + 1))

const Keyed = Schema.Struct({ key: Schema.String })
const done = { success: Schema.Void }

/** Three steps that hand an exact amount on. */
export const chain = Job.make({
  name: "chain",
  input: Schema.Struct({ key: Schema.String, amount: Schema.BigInt }),
  output: Schema.Struct({ total: Schema.BigInt }),
  error: Schema.Never,
  businessKey: ({ key }) => key,
  run: ({ amount, key }) =>
    Effect.gen(function* () {
      const { step } = yield* Job.Execution
      const first = yield* step("a", { success: Schema.BigInt }, Effect.as(hit(`${key}/a`), amount))
      yield* step("b", done, hit(`${key}/b`))
      const total = yield* step("c", { success: Schema.BigInt }, Effect.as(hit(`${key}/c`), first * 2n))
      return { total }
    })
})

/** Two steps, the second of which can be broken. */
export const flaky = Job.make({
  name: "flaky",
  input: Keyed,
  output: Schema.String,
  error: Refused,
  businessKey: ({ key }) => key,
  run: ({ key }) =>
    Effect.gen(function* () {
      const { attempt, step } = yield* Job.Execution
      yield* step("first", done, hit(`${key}/first`))
      const options = { success: Schema.String, error: Refused, kindOf: ({ kind }: Refused) => kind }
      return yield* step(
        "second",
        options,
        Effect.gen(function* () {
          yield* hit(`${key}/second`)
          const kind = broken.get(key)
          if (kind === "bug") return yield* Effect.die(new Error("a bug on purpose"))
          if (kind !== undefined) return yield* new Refused({ key, kind })
          return `second of attempt ${attempt}`
        })
      )
    })
})

/** The same as `flaky`, for tests that count what the engine says of a job. */
export const watched = { ...flaky, name: "watched" }

/** A step, a decision from outside, a step. */
export const approval = Job.make({
  name: "approval",
  input: Keyed,
  output: Schema.String,
  error: Schema.Never,
  businessKey: ({ key }) => key,
  run: ({ key }) =>
    Effect.gen(function* () {
      const { awaitSignal, report, step } = yield* Job.Execution
      yield* report("begun")
      const whileHeld = Effect.sleep(HOLD_INTERVAL_MS).pipe(
        Effect.repeat({ while: () => held.has(key) }),
        Effect.onInterrupt(() => hit(`${key}/interrupted`))
      )
      yield* step("before", done, Effect.andThen(hit(`${key}/before`), whileHeld))
      const decision = yield* awaitSignal("decision", Schema.String)
      yield* step("after", done, hit(`${key}/after`))
      return decision
    })
})

/** A step, a sleep, a step that says when it ran. */
export const sleeper = Job.make({
  name: "sleeper",
  input: Schema.Struct({ key: Schema.String, untilMs: Schema.Int }),
  output: Schema.Int,
  error: Schema.Never,
  businessKey: ({ key }) => key,
  run: ({ key, untilMs }) =>
    Effect.gen(function* () {
      const { sleepUntil, step } = yield* Job.Execution
      yield* step("before", done, hit(`${key}/before`))
      yield* sleepUntil("night", untilMs)
      return yield* step("after", { success: Schema.Int }, Effect.andThen(hit(`${key}/after`), Clock.currentTimeMillis))
    })
})

let inside = 0
let peak = 0

/** How many of `crowd` ran at the same moment, at most. */
export const crowdPeak = (): number => peak

const enter = Effect.sync(() => {
  inside += 1
  peak = Math.max(peak, inside)
})
const leave = Effect.sync(() => void (inside -= 1))

const stay = Effect.acquireUseRelease(
  enter,
  () => Effect.sleep(CROWD_MS),
  () => leave
)

/** Takes a while, and counts how many do so at the same moment. */
export const crowd = Job.make({
  name: "crowd",
  input: Keyed,
  output: Schema.Null,
  error: Schema.Never,
  businessKey: ({ key }) => key,
  run: () =>
    Effect.gen(function* () {
      const { step } = yield* Job.Execution
      yield* step("stay", done, stay)
      return null
    })
})

/** A sleep, and then the same as `crowd`. */
export const sleepyCrowd = Job.make({
  name: "sleepy-crowd",
  input: Schema.Struct({ key: Schema.String, untilMs: Schema.Int }),
  output: Schema.Null,
  error: Schema.Never,
  businessKey: ({ key }) => key,
  run: ({ untilMs }) =>
    Effect.gen(function* () {
      const { sleepUntil, step } = yield* Job.Execution
      yield* sleepUntil("night", untilMs)
      yield* step("stay", done, stay)
      return null
    })
})

/** A decision from outside, or what is done without one after an instant. */
export const deadline = Job.make({
  name: "deadline",
  input: Schema.Struct({ key: Schema.String, untilMs: Schema.Int }),
  output: Schema.String,
  error: Schema.Never,
  businessKey: ({ key }) => key,
  run: ({ key, untilMs }) =>
    Effect.gen(function* () {
      const { awaitSignal, sleepUntil, step } = yield* Job.Execution
      const decision = yield* Effect.raceFirst(
        awaitSignal("decision", Schema.String),
        Effect.as(sleepUntil("deadline", untilMs), "nobody decided")
      )
      yield* step("after", done, hit(`${key}/after`))
      return decision
    })
})

/** Two signals awaited side by side, each with a step after it, beside a step that takes a while. */
export const forks = Job.make({
  name: "forks",
  input: Keyed,
  output: Schema.Array(Schema.String),
  error: Schema.Never,
  businessKey: ({ key }) => key,
  run: ({ key }) =>
    Effect.gen(function* () {
      const { awaitSignal, step } = yield* Job.Execution
      const branch = (name: string) =>
        Effect.gen(function* () {
          const value = yield* awaitSignal(name, Schema.String)
          yield* step(`after ${name}`, done, hit(`${key}/after ${name}`))
          return value
        })
      const beside = step("beside", done, Effect.andThen(Effect.sleep(CROWD_MS), hit(`${key}/beside`)))
      const [left, right] = yield* Effect.all([branch("left"), branch("right"), beside], { concurrency: "unbounded" })
      return [left, right]
    })
})

/** One atomic step that writes to the store, and can be broken after that. */
export const atomic = Job.make({
  name: "atomic",
  input: Keyed,
  output: Schema.String,
  error: Refused,
  businessKey: ({ key }) => key,
  run: ({ key }) =>
    Effect.gen(function* () {
      const { step } = yield* Job.Execution
      const store = yield* ExecutionStore
      const options = { success: Schema.String, error: Refused, kindOf: ({ kind }: Refused) => kind, atomic: true }
      return yield* step(
        "write",
        options,
        Effect.gen(function* () {
          yield* hit(`${key}/write`)
          yield* Effect.orDie(store.create({ job: "written", businessKey: key }, null))
          const kind = broken.get(key)
          if (kind !== undefined && kind !== "bug") return yield* new Refused({ key, kind })
          return "written"
        })
      )
    })
})

/** All of them. */
export const ALL: ReadonlyArray<Job.Any<ExecutionStore>> = [
  chain,
  flaky,
  watched,
  approval,
  sleeper,
  crowd,
  sleepyCrowd,
  deadline,
  forks,
  atomic
]
