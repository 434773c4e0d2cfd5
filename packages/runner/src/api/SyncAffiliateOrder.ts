/**
 * `/logistic/private/v1/sync-affiliate-order`: runs one of the referral jobs.
 *
 * @since 0.1.0
 */
import { SyncWindow } from "@reckoner/core"
import type { ExecutionQueue, ExecutionRecorder, ExecutionStore } from "@reckoner/core/ports"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type { HttpServerResponse } from "effect/http/HttpServerResponse"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import type * as Config from "../Config.ts"
import type * as PortFailure from "../engine/PortFailure.ts"
import * as ReferralJobs from "../referral-commission/ReferralJobs.ts"
import * as ReferralMetrics from "../referral-commission/ReferralMetrics.ts"
import { Api } from "./Api.ts"
import * as PortProblem from "./PortProblem.ts"
import * as Group from "./SyncAffiliateOrderGroup.ts"

/**
 * How long a request waits for another run to end, in milliseconds.
 *
 * @category constants
 * @since 0.1.0
 */
export const LOCK_WAIT_MS = 30_000

const QUOTED_LENGTH_MAX = 60

/**
 * What a request asks for.
 *
 * @category models
 * @since 0.1.0
 */
export type Asked =
  | { readonly _tag: "Daily" }
  | { readonly _tag: "Backfill"; readonly month: string }
  | { readonly _tag: "Import" }

/**
 * The parameters cannot be used. The message is a sentence.
 *
 * @category errors
 * @since 0.1.0
 */
export class ParametersRefused extends Data.TaggedError("ParametersRefused")<{ readonly message: string }> {}

/** The parameters as they come; one that is empty counts as not given. */
type Query = Readonly<Partial<Record<typeof Group.MONTH | typeof Group.OLD_TABLE, string>>>

const quoted = (text: string): string => JSON.stringify(text.slice(0, QUOTED_LENGTH_MAX))

/** A month as the core writes it; the callers of the source also turn it round. */
const monthOf = (text: string): string => text.replace(/^(\d{2})-(\d{4})$/, "$2-$1")

const FLAGS: ReadonlyMap<string, boolean> = new Map([
  ["", false],
  ["false", false],
  ["0", false],
  ["true", true],
  ["1", true]
])

/**
 * Reads the parameters.
 *
 * **Errors**, in this order
 *
 * - `ParametersRefused`: the parameter for the old table is neither true nor false.
 * - `ParametersRefused`: a month and the old table are asked for at once.
 * - `ParametersRefused`: the month is none.
 *
 * @category decoding
 * @since 0.1.0
 */
export const read = (
  { [Group.MONTH]: monthText = "", [Group.OLD_TABLE]: moveText = "" }: Query,
  { referralZone: zone }: Pick<Config.Values, "referralZone">
): Result.Result<Asked, ParametersRefused> => {
  const refuse = (message: string) => Result.fail(new ParametersRefused({ message }))
  const isMove = FLAGS.get(moveText.toLowerCase())
  if (isMove === undefined) {
    return refuse(`The parameter ${Group.OLD_TABLE} is ${quoted(moveText)}: it must be true or false.`)
  }
  if (monthText === "") return Result.succeed({ _tag: isMove ? "Import" : "Daily" })
  if (isMove) return refuse(`Give ${Group.MONTH} or ${Group.OLD_TABLE}, not both: they are two runs.`)
  const month = monthOf(monthText)
  return Result.isFailure(SyncWindow.month({ month, zone }))
    ? refuse(`The parameter ${Group.MONTH} is ${quoted(monthText)}: it must be a month like 2023-10 or 10-2023.`)
    : Result.succeed({ _tag: "Backfill", month })
}

type Ports = ReferralJobs.Ports | ExecutionStore | ExecutionRecorder | ExecutionQueue

/**
 * Runs the jobs on behalf of requests. A run belongs to the server: it goes on
 * when its caller goes away, and is stopped when the server is.
 *
 * @category services
 * @since 0.1.0
 */
export class ReferralRunner extends Context.Service<
  ReferralRunner,
  {
    readonly read: (query: Query) => Result.Result<Asked, ParametersRefused>
    readonly run: (asked: Asked) => Effect.Effect<void, PortFailure.PortError>
  }
>()("@reckoner/runner/api/ReferralRunner") {
  static readonly layer = (
    values: Config.Values,
    lockWaitMs = LOCK_WAIT_MS
  ): Layer.Layer<ReferralRunner, never, Ports> =>
    Layer.effect(
      ReferralRunner,
      Effect.gen(function* () {
        const scope = yield* Effect.scope
        const ports = yield* Effect.context<Ports>()
        yield* ReferralMetrics.register
        const jobs = ReferralJobs.make(values)
        const once = (asked: Asked) =>
          Effect.gen(function* () {
            const request = { atMs: yield* Clock.currentTimeMillis, zone: values.referralZone, lockWaitMs }
            switch (asked._tag) {
              case "Daily":
                return yield* ReferralJobs.syncNow(jobs, request)
              case "Backfill":
                return yield* ReferralJobs.backfillNow(jobs, { ...request, month: asked.month, by: "return" })
              case "Import":
                return yield* ReferralJobs.importNow(jobs, request)
            }
          })
        return {
          read: (query) => read(query, values),
          run: (asked) =>
            once(asked).pipe(
              Effect.provideContext(ports),
              Effect.forkIn(scope),
              Effect.flatMap(Fiber.join),
              Effect.asVoid
            )
        }
      })
    )
}

const answer = (runner: ReferralRunner["Service"], query: Query): Effect.Effect<HttpServerResponse> => {
  const asked = runner.read(query)
  if (Result.isFailure(asked)) return Effect.succeed(Group.refusal("BadRequest", asked.failure.message))
  return Effect.match(runner.run(asked.success), {
    onSuccess: Group.success,
    onFailure: (error) => {
      const problem = PortProblem.from(error)
      return Group.refusal(problem.kind, problem.detail, PortProblem.headers(problem))
    }
  })
}

/**
 * The handlers of both methods.
 *
 * @category layers
 * @since 0.1.0
 */
export const handlers = HttpApiBuilder.group(
  Api,
  "logistic",
  Effect.fnUntraced(function* (handlers) {
    const runner = yield* ReferralRunner
    return handlers
      .handle("syncAffiliateOrder", ({ query }) => answer(runner, query))
      .handle("syncAffiliateOrderByPost", ({ query }) => answer(runner, query))
  })
)
