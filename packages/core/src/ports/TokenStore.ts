/**
 * Access tokens of remote systems whose refresh token can be used once: the new
 * pair must be kept before anybody uses it, or the system is lost to us.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type { StoreError } from "./StoreError.ts"

/**
 * A pair of tokens; the access token is good until an instant in milliseconds
 * since 1970.
 *
 * @category models
 * @since 0.1.0
 */
export interface TokenPair {
  readonly accessToken: Redacted.Redacted
  readonly refreshToken: Redacted.Redacted
  readonly expiresAt: number
}

/**
 * Keeps one pair for each account.
 *
 * - `current` is the pair of an account, if there is one.
 * - `renew` lets one caller at a time, over all processes, get a new pair from the one that is kept then, and keeps it
 *   before it returns. Whoever waited meanwhile is given the pair of now, so that `get` can leave it as it is.
 *
 * @category ports
 * @since 0.1.0
 */
export class TokenStore extends Context.Service<
  TokenStore,
  {
    readonly current: (account: string) => Effect.Effect<Option.Option<TokenPair>, StoreError>
    readonly renew: <E, R>(
      account: string,
      get: (kept: Option.Option<TokenPair>) => Effect.Effect<TokenPair, E, R>
    ) => Effect.Effect<TokenPair, E | StoreError, R>
  }
>()("@reckoner/core/ports/TokenStore") {}
