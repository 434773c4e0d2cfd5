/**
 * When a lease counts.
 *
 * @since 0.1.0
 */
import type { Lease } from "@reckoner/core/ports"
import type { SqlClient, Statement } from "effect/sql"

/**
 * The condition under which a lease counts: the same handover, the same process, and running.
 *
 * @category queries
 * @since 0.1.0
 */
export const heldBy =
  (sql: SqlClient.SqlClient) =>
  ({ handover, id, runner }: Lease): Statement.Fragment =>
    sql`id = ${BigInt(id)} AND handover = ${handover} AND runner = ${runner} AND state = 'running'`
