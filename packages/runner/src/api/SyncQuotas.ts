/**
 * `GET /sync-quotas`: runs the job `sync-entitlements` once.
 *
 * @since 0.1.0
 */
import type {
  EntitlementStore,
  ExecutionQueue,
  ExecutionRecorder,
  ExecutionStore,
  RunJournal,
  RunLock
} from "@reckoner/core/ports"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as OpenApi from "effect/http-api/OpenApi"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Config from "../Config.ts"
import type * as PortFailure from "../engine/PortFailure.ts"
import { metrics } from "../entitlement/EntitlementMetrics.ts"
import type * as SyncEntitlements from "../entitlement/SyncEntitlements.ts"
import * as SyncEntitlementsJob from "../entitlement/SyncEntitlementsJob.ts"
import * as Problem from "./Problem.ts"

/**
 * How long a request waits for another run to end, in milliseconds.
 *
 * @category constants
 * @since 0.1.0
 */
export const LOCK_WAIT_MS = 30_000

const Counts = Schema.Record(Schema.String, Schema.Int)

/**
 * The answer: two fixed texts, then findings by kind and held invoices by reason.
 *
 * @category schemas
 * @since 0.1.0
 */
export const SyncAnswer = Schema.Struct({
  status: Schema.Literal("complete"),
  detail: Schema.String,
  findings: Counts,
  held: Counts
}).annotate({ identifier: "SyncAnswer" })

/**
 * The endpoint.
 *
 * @category contracts
 * @since 0.1.0
 */
export const Group = HttpApiGroup.make("sync").add(
  HttpApiEndpoint.get("syncQuotas", "/sync-quotas", {
    success: SyncAnswer,
    error: [
      Problem.BadRequest,
      Problem.Unauthorized,
      Problem.RunInProgress,
      Problem.InternalError,
      Problem.StoreUnavailable
    ]
  }).annotateMerge(
    OpenApi.annotations({
      summary: "Grant what paid invoices entitle to",
      description:
        "Runs the job once and answers when it has ended. Calling it again is safe: what is done is left alone. " +
        "A caller that goes away does not stop the run."
    })
  )
)

/**
 * The answer for a report. N is the number of new entitlements.
 *
 * @category encoding
 * @since 0.1.0
 */
export const answer = ({ entitlements, findings, holds }: SyncEntitlements.Report): typeof SyncAnswer.Type => ({
  status: "complete",
  detail:
    entitlements === 0
      ? "No new invoices found matching active criteria."
      : `Successfully synchronized ${entitlements} new quotas.`,
  findings: inOrder(findings),
  held: inOrder(holds)
})

const inOrder = (counts: Readonly<Record<string, number>>): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(counts).toSorted(([one], [other]) => (one < other ? -1 : 1)))

type Ports = EntitlementStore | RunJournal | RunLock | ExecutionStore | ExecutionRecorder | ExecutionQueue

/**
 * Runs the job on behalf of requests. A run belongs to the server: it goes on
 * when its caller goes away, and is stopped when the server is.
 *
 * @category services
 * @since 0.1.0
 */
export class SyncRunner extends Context.Service<
  SyncRunner,
  { readonly run: Effect.Effect<SyncEntitlements.Report, PortFailure.PortError> }
>()("@reckoner/runner/api/SyncRunner") {
  static readonly layer = (
    { fromDate, zone }: Config.Values,
    lockWaitMs = LOCK_WAIT_MS
  ): Layer.Layer<SyncRunner, never, Ports> =>
    Layer.effect(
      SyncRunner,
      Effect.gen(function* () {
        const scope = yield* Effect.scope
        const ports = yield* Effect.context<Ports>()
        yield* metrics.register
        const once = Effect.gen(function* () {
          const atMs = yield* Clock.currentTimeMillis
          return yield* SyncEntitlementsJob.runNow({
            atMs,
            zone,
            fromDate: Option.getOrUndefined(fromDate),
            lockWaitMs
          })
        })
        return { run: once.pipe(Effect.provideContext(ports), Effect.forkIn(scope), Effect.flatMap(Fiber.join)) }
      })
    )
}
