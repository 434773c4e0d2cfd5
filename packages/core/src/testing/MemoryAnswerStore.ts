/**
 * Answers to keyed requests in memory, for tests.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { AnswerStore, type KeyedRequest, type StoredAnswer } from "../ports/AnswerStore.ts"

interface KeptRequest {
  readonly fingerprint: string
  readonly requestKey: string
  readonly begunAt: number
  /** Who does it, and until when; none once it was answered or given up. */
  readonly holder: { readonly attempt: string; readonly leaseUntil: number } | undefined
  readonly answer: StoredAnswer | undefined
}

/**
 * Makes a store without answers; its request keys and attempts are numbered
 * from 1.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (): { readonly layer: Layer.Layer<AnswerStore> } => {
  const kept = new Map<string, KeptRequest>()
  let [requests, attempts] = [0, 0]
  const nameOf = ({ actorId, key }: KeyedRequest): string => JSON.stringify([actorId, key])
  const change = (request: KeyedRequest, attempt: string, answer: StoredAnswer | undefined) =>
    Effect.sync(() => {
      const found = kept.get(nameOf(request))
      if (found?.holder?.attempt !== attempt) return
      kept.set(nameOf(request), { ...found, holder: undefined, answer })
    })
  return {
    layer: Layer.succeed(
      AnswerStore,
      AnswerStore.of({
        begin: (request, { at, leaseMs }) =>
          Effect.sync(() => {
            const found = kept.get(nameOf(request))
            if (found !== undefined) {
              if (found.fingerprint !== request.fingerprint) return { _tag: "OtherRequest" }
              if (found.answer !== undefined) return { _tag: "Answered", answer: found.answer }
              if (found.holder !== undefined && found.holder.leaseUntil > at) return { _tag: "InProgress" }
            }
            const requestKey = found?.requestKey ?? `request ${++requests}`
            const attempt = `attempt ${++attempts}`
            kept.set(nameOf(request), {
              fingerprint: request.fingerprint,
              requestKey,
              begunAt: at,
              holder: { attempt, leaseUntil: at + leaseMs },
              answer: undefined
            })
            return { _tag: "Begun", requestKey, attempt }
          }),
        end: change,
        abandon: (request, attempt) => change(request, attempt, undefined),
        forget: (before) =>
          Effect.sync(() => {
            const old = [...kept].filter(([, { begunAt }]) => begunAt < before)
            for (const [name] of old) kept.delete(name)
            return old.length
          })
      })
    )
  }
}
