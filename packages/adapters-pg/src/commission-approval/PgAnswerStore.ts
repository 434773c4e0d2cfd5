/**
 * Answers to keyed requests in `affiliate.request_answer`.
 *
 * A row without an answer is under way until its lease is over, and to be begun
 * again by anybody once it has none.
 *
 * @since 0.1.0
 */
import { AnswerStore, type Beginning, type KeyedRequest } from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { SqlClient } from "effect/sql"
import { randomUUID } from "node:crypto"
import { Database } from "../Database.ts"
import { orStoreError } from "../StoreErrors.ts"

interface AnswerRow {
  readonly fingerprint: string
  readonly request_key: string
  readonly attempt: string
  readonly status: number | null
  readonly body: string | null
}

const beginning = ({ fingerprint }: KeyedRequest, attempt: string, row: AnswerRow): Beginning => {
  if (row.attempt === attempt) return { _tag: "Begun", requestKey: row.request_key, attempt }
  if (row.fingerprint !== fingerprint) return { _tag: "OtherRequest" }
  if (row.status === null || row.body === null) return { _tag: "InProgress" }
  return { _tag: "Answered", answer: { status: row.status, body: row.body } }
}

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const orFail = orStoreError(yield* Database)
  const instant = (atMs: number) => sql`to_timestamp(${atMs}::float8 / 1000)`
  const isKey = ({ actorId, key }: KeyedRequest) => sql`actor = ${actorId} AND key = ${key}`
  /** An attempt that gave up, ended or was relieved holds nothing. */
  const isHeldBy = (attempt: string) => sql`attempt = ${attempt} AND lease_until IS NOT NULL`

  return AnswerStore.of({
    // Each statement waits for whoever writes the same row, and then sees what was written: of several that begin at
    // once, the row says to all who did. It is rewritten as it is for those who may not begin.
    begin: (request, { at, leaseMs }) =>
      Effect.suspend(() => {
        const [requestKey, attempt] = [randomUUID(), randomUUID()]
        const mayBegin = sql`(held.fingerprint = excluded.fingerprint AND held.status IS NULL
          AND (held.lease_until IS NULL OR held.lease_until <= excluded.begun_at))`
        return sql<AnswerRow>`
          INSERT INTO affiliate.request_answer AS held
            (actor, key, fingerprint, request_key, attempt, begun_at, lease_until)
          VALUES (${request.actorId}, ${request.key}, ${request.fingerprint}, ${requestKey}, ${attempt},
            ${instant(at)}, ${instant(at + leaseMs)})
          ON CONFLICT (actor, key) DO UPDATE SET
            attempt = CASE WHEN ${mayBegin} THEN excluded.attempt ELSE held.attempt END,
            begun_at = CASE WHEN ${mayBegin} THEN excluded.begun_at ELSE held.begun_at END,
            lease_until = CASE WHEN ${mayBegin} THEN excluded.lease_until ELSE held.lease_until END
          RETURNING fingerprint, request_key, attempt, status, body`.pipe(
          Effect.map(([row]) => beginning(request, attempt, row!)),
          orFail
        )
      }),

    end: (request, attempt, { body, status }) =>
      sql`
        UPDATE affiliate.request_answer SET status = ${status}, body = ${body}, lease_until = NULL
        WHERE ${isKey(request)} AND ${isHeldBy(attempt)}`.pipe(Effect.asVoid, orFail),

    abandon: (request, attempt) =>
      sql`
        UPDATE affiliate.request_answer SET lease_until = NULL
        WHERE ${isKey(request)} AND ${isHeldBy(attempt)}`.pipe(Effect.asVoid, orFail),

    forget: (before) =>
      sql<{ readonly count: number }>`
        WITH forgotten AS (DELETE FROM affiliate.request_answer WHERE begun_at < ${instant(before)} RETURNING 1)
        SELECT count(*)::int4 AS count FROM forgotten`.pipe(
        Effect.map(([row]) => row!.count),
        orFail
      )
  })
})

/**
 * The answers of the schema `affiliate`.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<AnswerStore, never, Database | SqlClient.SqlClient> = Layer.effect(AnswerStore, make)
