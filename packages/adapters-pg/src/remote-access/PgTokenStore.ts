/**
 * Pairs of tokens in `affiliate.access_token`.
 *
 * A renewal holds an advisory lock on its account in a transaction of its own:
 * the account may have no row to lock yet, and a process that dies frees it.
 *
 * @since 0.1.0
 */
import { StoreError, type TokenPair, TokenStore } from "@reckoner/core/ports"
import type * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Semaphore from "effect/Semaphore"
import { SqlClient, type SqlError } from "effect/sql"
import { Database } from "../Database.ts"
import { orStoreError } from "../StoreErrors.ts"

const KEEP_AGAIN_MAX = 3
const KEEP_AGAIN_MS = 200

interface TokenRow {
  readonly access_token: string
  readonly refresh_token: string
  readonly expires_ms: number
}

const pair = (row: TokenRow): TokenPair => ({
  accessToken: Redacted.make(row.access_token),
  refreshToken: Redacted.make(row.refresh_token),
  expiresAt: row.expires_ms
})

/** What the server says of a failure may quote the values of the statement, if it is set so: they stay here. */
const withoutCause = ({ isRetryable, message, reason }: StoreError) => new StoreError({ reason, message, isRetryable })

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const orStore = orStoreError(yield* Database)
  const orFail = <A, R>(effect: Parameters<typeof orStore<A, R>>[0]) => Effect.mapError(orStore(effect), withoutCause)

  const current = (account: string) =>
    sql<TokenRow>`
      SELECT access_token, refresh_token, (extract(epoch FROM expires_at) * 1000)::float8 AS expires_ms
      FROM affiliate.access_token WHERE account = ${account}`.pipe(
      Effect.map(([row]) => Option.map(Option.fromNullishOr(row), pair))
    )
  const keep = (account: string, { accessToken, expiresAt, refreshToken }: TokenPair) =>
    sql`
      INSERT INTO affiliate.access_token (account, access_token, refresh_token, expires_at)
      VALUES (${account}, ${Redacted.value(accessToken)}, ${Redacted.value(refreshToken)},
        to_timestamp(${expiresAt}::float8 / 1000))
      ON CONFLICT (account) DO UPDATE SET access_token = excluded.access_token,
        refresh_token = excluded.refresh_token, expires_at = excluded.expires_at`
  const lock = (account: string) =>
    sql`SELECT pg_advisory_xact_lock(hashtextextended('reckoner:access-token:' || ${account}, 0))::text`

  // Whoever waits for the lock holds a connection of the pool: one for each account of this process is enough.
  const turns = new Map<string, Semaphore.Semaphore>()
  const turnOf = (account: string) => {
    const turn = turns.get(account) ?? Semaphore.makeUnsafe(1)
    turns.set(account, turn)
    return turn
  }
  /** Outside any transaction of the caller: it commits at once. */
  const inOwnContext = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.updateContext(
      effect,
      (context: Context.Context<R>) => Context.omit(sql.transactionService)(context) as Context.Context<R>
    )
  const keepAgain = (account: string, pair: TokenPair) =>
    orFail(inOwnContext(keep(account, pair))).pipe(
      Effect.retry({ times: KEEP_AGAIN_MAX, schedule: Schedule.spaced(KEEP_AGAIN_MS) })
    )

  return TokenStore.of({
    current: (account) => orFail(current(account)),
    // Only the waiting can be interrupted. A refresh token is used up by asking: what came of it must be kept, over
    // another connection if this one is gone. Nobody can have got anything from the same token meanwhile.
    renew: <E, R>(account: string, get: (kept: Option.Option<TokenPair>) => Effect.Effect<TokenPair, E, R>) =>
      Effect.uninterruptibleMask((restore) => {
        let got: Exit.Exit<TokenPair, E> | undefined
        const underLock = Effect.gen(function* () {
          yield* restore(lock(account))
          const kept = yield* current(account)
          got = yield* Effect.exit(get(kept))
          if (Exit.isSuccess(got)) yield* keep(account, got.value)
          return got
        })
        const otherwise = (cause: Cause.Cause<SqlError.SqlError>) =>
          got !== undefined && Exit.isSuccess(got)
            ? Effect.as(keepAgain(account, got.value), got)
            : orFail(Effect.failCause(cause))
        return inOwnContext(sql.withTransaction(underLock)).pipe(Effect.catchCause(otherwise), Effect.flatten)
      }).pipe((renewal) => turnOf(account).withPermit(renewal))
  })
})

/**
 * The pairs of the schema `affiliate`.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<TokenStore, never, Database | SqlClient.SqlClient> = Layer.effect(TokenStore, make)
