/**
 * What the referral jobs stand on: the database of the shipments, the database
 * of the affiliates' orders, and the user service. Each has an address of its
 * own, or is the database that everything else is in.
 *
 * None of them is called before a job needs it, so that one that is away keeps
 * nothing else from running.
 *
 * @since 0.1.0
 */
import { GrpcReferralDirectory } from "@reckoner/adapters-http"
import { Database, type DatabaseError, PgReferralOrderStore, PgShipmentStore } from "@reckoner/adapters-pg"
import {
  type RateLimiter,
  ReferralDirectory,
  ReferralDirectoryError,
  type ReferralOrderStore,
  type ShipmentStore
} from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type { SqlClient } from "effect/sql"
import { readFile } from "node:fs/promises"
import * as Config from "./Config.ts"
import * as RateLimits from "./engine/RateLimits.ts"

/**
 * The name of the user service in `RECKONER_RATE_LIMITS`.
 *
 * @category constants
 * @since 0.1.0
 */
export const USER_SERVICE = "everpro-user"

type Connection = Database.Database | SqlClient.SqlClient

/** A database of its own, or the one that is there. */
const connectionTo = (
  url: Option.Option<Redacted.Redacted>
): Layer.Layer<Connection, DatabaseError.DatabaseError, Connection> =>
  Option.match(url, {
    onNone: () => Layer.effectContext(Effect.context<Connection>()),
    onSome: (own) =>
      // Fresh, for a layer is built once, and this one is for each database anew.
      Layer.provideMerge(Layer.fresh(Database.SqlWhenUsed), Layer.effect(Database.Database, Database.fromUrl(own)))
  })

const notSet = new ReferralDirectoryError({
  reason: "Refused",
  message: `nobody can be asked who referred whom: set ${Config.settings.userServiceUrl.name} to the address of the user service`,
  isRetryable: false
})

const pem = (name: string, path: Option.Option<string>): Effect.Effect<string | undefined, Config.SettingRefused> =>
  Option.match(path, {
    onNone: () => Effect.succeed(undefined),
    onSome: (file) =>
      Effect.tryPromise({
        try: () => readFile(file, "utf8"),
        catch: () =>
          new Config.SettingRefused({ name, value: file, allowed: "the path of a PEM file that can be read" })
      })
  })

/** Waits for the turn of a call, as far as the user service has limits. */
const inTurn =
  (limited: RateLimits.RateLimits["Service"]["limited"]): GrpcReferralDirectory.AroundCall =>
  (call) =>
    Effect.catchTag(limited(USER_SERVICE)(call), "StoreError", ({ isRetryable, message }) =>
      Effect.fail(new ReferralDirectoryError({ reason: "Unreachable", message, isRetryable }))
    )

const directory = (
  values: Config.Values
): Layer.Layer<ReferralDirectory, Config.SettingRefused, RateLimits.RateLimits> =>
  Option.match(values.userServiceUrl, {
    onNone: () => Layer.succeed(ReferralDirectory, ReferralDirectory.of({ referralsOf: () => Effect.fail(notSet) })),
    onSome: (url) =>
      Layer.unwrap(
        Effect.gen(function* () {
          const { userServiceCa, userServiceCert, userServiceKey } = Config.settings
          const { limited } = yield* RateLimits.RateLimits
          const tls = {
            caPem: yield* pem(userServiceCa.name, values.userServiceCa),
            certPem: yield* pem(userServiceCert.name, values.userServiceCert),
            keyPem: yield* pem(userServiceKey.name, values.userServiceKey)
          }
          return Layer.catch(GrpcReferralDirectory.layer({ url, tls, aroundCall: inTurn(limited) }), ({ message }) =>
            Layer.effectContext(
              Effect.fail(
                new Config.SettingRefused({ name: Config.settings.userServiceUrl.name, value: url, allowed: message })
              )
            )
          )
        })
      )
  })

/**
 * The three ports, by these settings.
 *
 * **Errors**
 *
 * - `SettingRefused`: a file with a certificate or a key cannot be read, or used.
 * - `DatabaseError` (`InvalidUrl`): a URL cannot be read.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  values: Config.Values
): Layer.Layer<
  ShipmentStore | ReferralOrderStore | ReferralDirectory,
  Config.SettingRefused | DatabaseError.DatabaseError,
  Connection | RateLimiter
> => {
  const currency = values.referralCurrency
  return Layer.mergeAll(
    Layer.provide(PgShipmentStore.layer({ currency }), connectionTo(values.logisticDatabaseUrl)),
    Layer.provide(PgReferralOrderStore.layer({ currency }), connectionTo(values.everproDatabaseUrl)),
    Layer.provide(directory(values), RateLimits.layer(values.rateLimits))
  )
}
