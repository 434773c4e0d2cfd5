/**
 * Pairs of tokens in memory, for tests.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Semaphore from "effect/Semaphore"
import { type TokenPair, TokenStore } from "../ports/TokenStore.ts"

/**
 * A store with its contents: the pairs by their accounts.
 *
 * @category models
 * @since 0.1.0
 */
export interface MemoryTokenStore {
  readonly layer: Layer.Layer<TokenStore>
  readonly pairs: () => ReadonlyMap<string, TokenPair>
}

/**
 * Makes a store with these pairs.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (kept: Iterable<readonly [account: string, pair: TokenPair]> = []): MemoryTokenStore => {
  const pairs = new Map(kept)
  const turns = new Map<string, Semaphore.Semaphore>()
  const turnOf = (account: string) => {
    const turn = turns.get(account) ?? Semaphore.makeUnsafe(1)
    turns.set(account, turn)
    return turn
  }
  const current = (account: string) => Effect.sync(() => Option.fromNullishOr(pairs.get(account)))
  return {
    pairs: () => new Map(pairs),
    layer: Layer.succeed(
      TokenStore,
      TokenStore.of({
        current,
        // Only the waiting can be interrupted, as on a database.
        renew: (account, get) =>
          Effect.flatMap(current(account), get).pipe(
            Effect.tap((pair) => Effect.sync(() => void pairs.set(account, pair))),
            Effect.uninterruptible,
            (renewal) => turnOf(account).withPermit(renewal)
          )
      })
    )
  }
}
