/**
 * Durable executions on PostgreSQL: all ports on them.
 *
 * @since 0.1.0
 */
import type { ExecutionQueue, ExecutionRecorder, ExecutionReport, ExecutionStore } from "@reckoner/core/ports"
import * as Layer from "effect/Layer"
import type { SqlClient } from "effect/sql"
import type { Database } from "../Database.ts"
import * as PgExecutionQueue from "./PgExecutionQueue.ts"
import * as PgExecutionRecorder from "./PgExecutionRecorder.ts"
import * as PgExecutionReport from "./PgExecutionReport.ts"
import * as PgExecutionStore from "./PgExecutionStore.ts"

/**
 * All ports on the schema `reckoner`.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<
  ExecutionStore | ExecutionRecorder | ExecutionQueue | ExecutionReport,
  never,
  Database | SqlClient.SqlClient
> = Layer.mergeAll(PgExecutionStore.layer, PgExecutionRecorder.layer, PgExecutionQueue.layer, PgExecutionReport.layer)
