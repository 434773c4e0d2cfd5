/**
 * Where the workflow engine runs: in memory, in one process, or in any number
 * of processes that share a PostgreSQL server. The jobs are the same.
 *
 * @since 0.1.0
 */
import * as NodeClusterSocket from "@effect/platform-node/NodeClusterSocket"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import { type Database, type DatabaseError, EngineSql } from "@reckoner/adapters-pg"
import { ClusterWorkflowEngine, RunnerAddress, type ShardingConfig, SingleRunner } from "effect/cluster"
import type { ConfigError } from "effect/Config"
import * as Duration from "effect/Duration"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { SocketServer } from "effect/socket"
import { WorkflowEngine } from "effect/workflow"

/** How exactly sleeps end, and how soon a process sees what another one sent. */
const MESSAGE_POLL_INTERVAL_MS = 1_000
/** A frozen process loses its share after so long. A killed one loses it at once, with its connection. */
const SHARD_LOCK_EXPIRATION_MS = 10_000
const SHARD_LOCK_REFRESH_INTERVAL_MS = 3_000
const ASSIGNMENT_REFRESH_INTERVAL_MS = 1_000
const HEALTH_CHECK_INTERVAL_MS = 5_000
/** The same in every process, and never changed while one runs. */
const SHARDS = 64
/** One that has ended or parked keeps its place, and some 20 kB, for about 20 s: this bounds memory. */
const ENTITIES_RESIDENT_MAX = 2_500
/** How long a process that stops waits for its steps. */
const TERMINATION_TIMEOUT_MS = 15_000

const TIMINGS = {
  entityMessagePollInterval: Duration.millis(MESSAGE_POLL_INTERVAL_MS),
  shardLockExpiration: Duration.millis(SHARD_LOCK_EXPIRATION_MS),
  shardLockRefreshInterval: Duration.millis(SHARD_LOCK_REFRESH_INTERVAL_MS),
  refreshAssignmentsInterval: Duration.millis(ASSIGNMENT_REFRESH_INTERVAL_MS),
  runnerHealthCheckInterval: Duration.millis(HEALTH_CHECK_INTERVAL_MS),
  entityTerminationTimeout: Duration.millis(TERMINATION_TIMEOUT_MS),
  shardsPerGroup: SHARDS,
  maxResidentEntities: ENTITIES_RESIDENT_MAX,
  simulateRemoteSerialization: false
} satisfies Partial<ShardingConfig.ShardingConfig["Service"]>

/**
 * How the engine is deployed. `host` and `port` are where the other processes reach this one.
 *
 * @category models
 * @since 0.1.0
 */
export type Deployment =
  | { readonly _tag: "Embedded" }
  | { readonly _tag: "Cluster"; readonly host: string; readonly port: number }

/**
 * What may go wrong while it starts.
 *
 * @category errors
 * @since 0.1.0
 */
export type DeploymentError = ConfigError | DatabaseError.DatabaseError | SocketServer.SocketServerError

/**
 * In memory, for tests: parked executions are forgotten with the layer.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerMemory: Layer.Layer<WorkflowEngine.WorkflowEngine> = WorkflowEngine.layerMemory

/**
 * In one process, with all it has to remember in the database. A second process on the same database stands by until
 * the first is gone.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerEmbedded: Layer.Layer<
  WorkflowEngine.WorkflowEngine,
  ConfigError | DatabaseError.DatabaseError,
  Database.Database
> = ClusterWorkflowEngine.layer.pipe(
  Layer.provide(SingleRunner.layer({ shardingConfig: TIMINGS, runnerStorage: "sql" })),
  Layer.provide([EngineSql.layer, NodeCrypto.layerDigest])
)

/**
 * In one of any number of processes on the same database.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerCluster = (options: {
  readonly host: string
  readonly port: number
}): Layer.Layer<WorkflowEngine.WorkflowEngine, DeploymentError, Database.Database> => {
  const runnerAddress = Option.some(RunnerAddress.make(options.host, options.port))
  return ClusterWorkflowEngine.layer.pipe(
    Layer.provide(NodeClusterSocket.layer({ storage: "sql", shardingConfig: { ...TIMINGS, runnerAddress } })),
    Layer.provide(EngineSql.layer)
  )
}

/**
 * The one that the settings name.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  deployment: Deployment
): Layer.Layer<WorkflowEngine.WorkflowEngine, DeploymentError, Database.Database> =>
  deployment._tag === "Embedded" ? layerEmbedded : layerCluster(deployment)
