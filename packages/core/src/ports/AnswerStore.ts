/**
 * The answers to requests that carry a key of their caller, so that a request
 * that is sent again is answered again and done once.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { StoreError } from "./StoreError.ts"

/**
 * A request: whose it is, the key that its caller gave it, and the fingerprint
 * of what it asks for.
 *
 * @category models
 * @since 0.1.0
 */
export interface KeyedRequest {
  readonly actorId: string
  readonly key: string
  readonly fingerprint: string
}

/**
 * What was answered: an HTTP status, and the body as it was sent.
 *
 * @category models
 * @since 0.1.0
 */
export interface StoredAnswer {
  readonly status: number
  readonly body: string
}

/**
 * What is known of a request that comes in.
 *
 * - `Begun`: nobody does it, so its sender may. Whoever begins must end it. `requestKey` names the request over all
 *   its attempts.
 * - `Answered`: it was done; this was the answer.
 * - `InProgress`: somebody does it now.
 * - `OtherRequest`: its key was used for something else.
 *
 * @category models
 * @since 0.1.0
 */
export type Beginning =
  | { readonly _tag: "Begun"; readonly requestKey: string; readonly attempt: string }
  | { readonly _tag: "Answered"; readonly answer: StoredAnswer }
  | { readonly _tag: "InProgress" }
  | { readonly _tag: "OtherRequest" }

/**
 * Keeps the answers.
 *
 * - `begin` takes a request up, at an instant in milliseconds since 1970. One whose sender died before it ended it may
 *   be begun again once `leaseMs` are over.
 * - `end` keeps the answer, unless another attempt has taken the request over.
 * - `abandon` lets the request be begun again at once: nothing was answered.
 * - `forget` drops what was begun before an instant, and says how many.
 *
 * @category ports
 * @since 0.1.0
 */
export class AnswerStore extends Context.Service<
  AnswerStore,
  {
    readonly begin: (
      request: KeyedRequest,
      options: { readonly at: number; readonly leaseMs: number }
    ) => Effect.Effect<Beginning, StoreError>
    readonly end: (request: KeyedRequest, attempt: string, answer: StoredAnswer) => Effect.Effect<void, StoreError>
    readonly abandon: (request: KeyedRequest, attempt: string) => Effect.Effect<void, StoreError>
    readonly forget: (before: number) => Effect.Effect<number, StoreError>
  }
>()("@reckoner/core/ports/AnswerStore") {}
