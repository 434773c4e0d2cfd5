/**
 * `GET /healthz`: whether the server can do its work, for whoever watches it.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { HttpServerResponse } from "effect/http/HttpServerResponse"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as OpenApi from "effect/http-api/OpenApi"
import * as Schema from "effect/Schema"
import type { SqlClient } from "effect/sql/SqlClient"
import * as Problem from "./Problem.ts"

/**
 * The only path that never asks for a token.
 *
 * @category constants
 * @since 0.1.0
 */
export const PATH = "/healthz"

const TIMEOUT_MS = 2_000

/**
 * The endpoint.
 *
 * @category contracts
 * @since 0.1.0
 */
export const Group = HttpApiGroup.make("health").add(
  HttpApiEndpoint.get("healthz", PATH, {
    success: Schema.Struct({ status: Schema.Literal("ok") }),
    error: Problem.StoreUnavailable
  }).annotateMerge(OpenApi.annotations({ summary: "Whether the database answers" }))
)

/**
 * Asks the database for a sign of life. Callers are not known, so they are not told more.
 *
 * @category queries
 * @since 0.1.0
 */
export const check = (sql: SqlClient): Effect.Effect<{ readonly status: "ok" } | HttpServerResponse> =>
  sql`SELECT 1`.pipe(
    Effect.timeout(TIMEOUT_MS),
    Effect.as({ status: "ok" } as const),
    Effect.catch((error) =>
      Effect.as(
        Effect.logWarning("the database does not answer").pipe(Effect.annotateLogs({ reason: error.message })),
        Problem.response("StoreUnavailable", "The database does not answer.", { "retry-after": "5" })
      )
    )
  )
