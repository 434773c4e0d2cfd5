/**
 * Requests that carry a key of their caller: each is done once, however often
 * it is sent, and answered again as it was.
 *
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
 * @since 0.1.0
 */
import { AnswerStore, type KeyedRequest, type StoredAnswer, StoreError } from "@reckoner/core/ports"
import type * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { createHash } from "node:crypto"

/**
 * How long a request counts as under way, in milliseconds: whoever died over it
 * keeps its caller waiting no longer.
 *
 * @category constants
 * @since 0.1.0
 */
export const LEASE_MS = 120_000

/**
 * How long answers are kept, in milliseconds: a request may be sent again for
 * so long.
 *
 * @category constants
 * @since 0.1.0
 */
export const KEPT_MS = 7 * 86_400_000

const SWEEP_EVERY = "1 hour"

const KEY_LENGTH_MAX = 255

/**
 * What a key is made of, for a message.
 *
 * @category constants
 * @since 0.1.0
 */
export const KEY = `1 to ${KEY_LENGTH_MAX} visible ASCII characters`

/**
 * Says whether a text may be the key of a request. Two headers of that name
 * arrive as one text with a blank in it, and are none.
 *
 * @category decisions
 * @since 0.1.0
 */
export const isKey = (text: string): boolean => /^[!-~]+$/.test(text) && text.length <= KEY_LENGTH_MAX

/**
 * Why a request is neither done nor answered: the same is being worked on, or
 * its key was used for another one.
 *
 * @category errors
 * @since 0.1.0
 */
export class KeyTaken extends Data.TaggedError("KeyTaken")<{ readonly reason: "InProgress" | "OtherRequest" }> {}

/**
 * What is answered, and whether it was before.
 *
 * @category models
 * @since 0.1.0
 */
export interface Answer extends StoredAnswer {
  readonly isReplayed: boolean
}

/**
 * What tells one request of a caller from another: method, path and what it
 * asks for, however that was written.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fingerprint = (method: string, path: string, asked: unknown): string => {
  // Bigints have no form in JSON; the order of members is that of whoever read the body.
  const canonical = JSON.stringify(asked, (_, value: unknown) => (typeof value === "bigint" ? `${value}n` : value))
  return createHash("sha256").update(`${method} ${path}\n${canonical}`).digest("hex")
}

/**
 * When the database goes, what is stopped for that cannot be rolled back either: that comes as a defect, and makes one
 * of the failure that it comes with.
 */
const databaseFailure = (cause: Cause.Cause<unknown>): StoreError | undefined =>
  cause.reasons
    .map((reason) => (reason._tag === "Fail" ? reason.error : reason._tag === "Die" ? reason.defect : undefined))
    .find((found) => found instanceof StoreError)

/**
 * Answers requests once.
 *
 * A request belongs to the server: it goes on when its caller goes away, so
 * that the answer is there for whoever asks again. Where it fails, nothing is
 * kept, and the same request may be done again at once.
 *
 * @category services
 * @since 0.1.0
 */
export class AnsweredOnce extends Context.Service<
  AnsweredOnce,
  {
    /**
     * **Errors**
     *
     * - `KeyTaken`: the same is being worked on, or the key was used for another request.
     * - `StoreError`: the database failed. Nothing is kept as an answer.
     */
    readonly answer: (
      request: KeyedRequest,
      work: (requestKey: string) => Effect.Effect<StoredAnswer, StoreError>
    ) => Effect.Effect<Answer, KeyTaken | StoreError>
  }
>()("@reckoner/runner/api/AnsweredOnce") {
  static readonly layer: Layer.Layer<AnsweredOnce, never, AnswerStore> = Layer.effect(
    AnsweredOnce,
    Effect.gen(function* () {
      const scope = yield* Effect.scope
      const store = yield* AnswerStore
      const once = (request: KeyedRequest, work: (requestKey: string) => Effect.Effect<StoredAnswer, StoreError>) =>
        Effect.uninterruptibleMask((restore) =>
          Effect.gen(function* (): Effect.fn.Return<Answer, KeyTaken | StoreError> {
            const at = yield* Clock.currentTimeMillis
            const beginning = yield* store.begin(request, { at, leaseMs: LEASE_MS })
            switch (beginning._tag) {
              case "Answered":
                return { ...beginning.answer, isReplayed: true }
              case "InProgress":
              case "OtherRequest":
                return yield* new KeyTaken({ reason: beginning._tag })
            }
            // An answer that is not kept is not given either: whoever asks again must hear the same.
            const ended = yield* Effect.exit(
              Effect.tap(restore(work(beginning.requestKey)), (answer) => store.end(request, beginning.attempt, answer))
            )
            if (Exit.isSuccess(ended)) return { ...ended.value, isReplayed: false }
            yield* Effect.ignore(store.abandon(request, beginning.attempt))
            return yield* databaseFailure(ended.cause) ?? Effect.failCause(ended.cause)
          })
        )
      return {
        answer: (request, work) => once(request, work).pipe(Effect.forkIn(scope), Effect.flatMap(Fiber.join))
      }
    })
  )
}

/**
 * Drops answers that are older than `KEPT_MS`.
 *
 * @category actions
 * @since 0.1.0
 */
export const forgetOld: Effect.Effect<number, StoreError, AnswerStore> = Effect.gen(function* () {
  const store = yield* AnswerStore
  return yield* store.forget((yield* Clock.currentTimeMillis) - KEPT_MS)
})

/**
 * Drops old answers every hour, as long as the scope. That the database fails
 * is told by everything else.
 *
 * @category layers
 * @since 0.1.0
 */
export const sweeping: Layer.Layer<never, never, AnswerStore> = Layer.effectDiscard(
  forgetOld.pipe(Effect.ignore, Effect.repeat(Schedule.spaced(SWEEP_EVERY)), Effect.forkScoped)
)
