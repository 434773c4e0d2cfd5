/**
 * `GET /sync-quotas`: runs the job `sync-entitlements` once.
 *
 * @since 0.1.0
 */
import { EntitlementStore, RunJournal, RunLock, type RunLockBusy, type StoreError } from "@reckoner/core/ports"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type { HttpServerResponse } from "effect/http/HttpServerResponse"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as OpenApi from "effect/http-api/OpenApi"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Config from "../Config.ts"
import * as SyncEntitlements from "../entitlement/SyncEntitlements.ts"
import * as Problem from "./Problem.ts"
import * as RunMetrics from "./RunMetrics.ts"

/**
 * How long a request waits for another run to end, in milliseconds.
 *
 * @category constants
 * @since 0.1.0
 */
export const LOCK_WAIT_MS = 30_000

const RETRY_AFTER_SECONDS = 30

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
  findings,
  held: holds
})

/**
 * The answer for a run that did not come to its end.
 *
 * @category encoding
 * @since 0.1.0
 */
export const refusal = (error: StoreError | RunLockBusy): HttpServerResponse => {
  const retryAfter = { "retry-after": String(RETRY_AFTER_SECONDS) }
  if (error._tag === "RunLockBusy") {
    return Problem.response("RunInProgress", "Another run is in progress: try again when it has ended.", retryAfter)
  }
  return Problem.response("StoreUnavailable", error.message, error.isRetryable ? retryAfter : {})
}

/**
 * Runs the job on behalf of requests. A run belongs to the server: it goes on
 * when its caller goes away, and is stopped when the server is.
 *
 * @category services
 * @since 0.1.0
 */
export class SyncRunner extends Context.Service<
  SyncRunner,
  { readonly run: Effect.Effect<SyncEntitlements.Report, StoreError | RunLockBusy> }
>()("@reckoner/runner/api/SyncRunner") {
  static readonly layer = (
    { fromDate, zone }: Config.Values,
    lockWaitMs = LOCK_WAIT_MS
  ): Layer.Layer<SyncRunner, never, EntitlementStore | RunJournal | RunLock> =>
    Layer.effect(
      SyncRunner,
      Effect.gen(function* () {
        const scope = yield* Effect.scope
        const ports = yield* Effect.context<EntitlementStore | RunJournal | RunLock>()
        yield* RunMetrics.register
        const once = Effect.gen(function* () {
          const startedAt = performance.now()
          const report = yield* SyncEntitlements.run({
            atMs: yield* Clock.currentTimeMillis,
            zone,
            fromDate: Option.getOrUndefined(fromDate),
            dryRun: false,
            lockWaitMs,
            onLockWait: Effect.void,
            onProgress: () => Effect.void
          }).pipe(RunMetrics.counted)
          const { entitlements, invoices, items, runId } = report
          yield* Effect.logInfo("run complete").pipe(
            Effect.annotateLogs({
              job: report.job,
              runId,
              invoicesRead: invoices.read,
              invoicesHeld: invoices.held,
              entitlements,
              items,
              durationMs: Math.round(performance.now() - startedAt)
            })
          )
          return report
        })
        return {
          run: once.pipe(
            Effect.tapError(({ message }) =>
              Effect.logError("run failed").pipe(Effect.annotateLogs({ job: SyncEntitlements.JOB, reason: message }))
            ),
            Effect.provideContext(ports),
            Effect.forkIn(scope),
            Effect.flatMap(Fiber.join)
          )
        }
      })
    )
}
