/**
 * The database that the settings name, and the ports of the core on it.
 *
 * On the embedded server the tables are brought to the version of this program
 * on the way; on a server of the user's own they must be there already.
 *
 * @since 0.1.0
 */
import {
  Database,
  type DatabaseError,
  type EmbeddedServer,
  Migrations,
  PgAnswerStore,
  PgCommissionStore,
  PgEntitlementStore,
  PgExecutions,
  PgFindingStore,
  PgNoticeOutbox,
  PgRateLimiter,
  PgRunJournal,
  PgRunLock,
  PgScheduleStore,
  PgTokenStore
} from "@reckoner/adapters-pg"
import type {
  AnswerStore,
  CommissionStore,
  EntitlementStore,
  ExecutionQueue,
  ExecutionRecorder,
  ExecutionReport,
  ExecutionStore,
  FindingStore,
  NoticeOutbox,
  RateLimiter,
  ReferralDirectory,
  ReferralOrderStore,
  RunJournal,
  RunLock,
  ScheduleStore,
  ShipmentStore,
  TokenStore
} from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { SqlClient } from "effect/sql"
import * as Config from "./Config.ts"
import * as ReferralStores from "./ReferralStores.ts"

/**
 * What it may fail with to get there.
 *
 * @category errors
 * @since 0.1.0
 */
export type ConnectError = Config.SettingRefused | DatabaseError.DatabaseError | EmbeddedServer.EmbeddedServerError

/**
 * A database and a client on it, whatever its tables are like.
 *
 * @category models
 * @since 0.1.0
 */
export type Connection = Database.Database | SqlClient.SqlClient

/**
 * The ports whose place is the database of the settings.
 *
 * @category models
 * @since 0.1.0
 */
export type OwnPorts =
  | AnswerStore
  | CommissionStore
  | EntitlementStore
  | ExecutionQueue
  | ExecutionRecorder
  | ExecutionReport
  | ExecutionStore
  | FindingStore
  | NoticeOutbox
  | RateLimiter
  | RunJournal
  | RunLock
  | ScheduleStore
  | TokenStore

/**
 * Every port that the program stands on.
 *
 * @category models
 * @since 0.1.0
 */
export type Ports = OwnPorts | ReferralDirectory | ReferralOrderStore | ShipmentStore

/**
 * The database of the settings.
 *
 * @category layers
 * @since 0.1.0
 */
export const database: Layer.Layer<Database.Database, ConnectError> = Layer.unwrap(
  Effect.map(Config.load, ({ databaseUrl, dataFolder }) => Database.layer({ url: databaseUrl, dataDir: dataFolder }))
)

/**
 * A database of that name on the embedded server, even when the settings name
 * another server.
 *
 * @category layers
 * @since 0.1.0
 */
export const embedded = (databaseName: string): Layer.Layer<Connection, ConnectError> =>
  Layer.unwrap(
    Effect.map(Config.load, ({ dataFolder }) => {
      const options = { url: Option.none(), dataDir: dataFolder, databaseName }
      return Layer.provideMerge(Database.SqlLive, Database.layer(options))
    })
  )

/**
 * The database of the settings, connected.
 *
 * @category layers
 * @since 0.1.0
 */
export const connection: Layer.Layer<Connection, ConnectError> = Layer.provideMerge(Database.SqlLive, database)

const currentTables = Layer.effectDiscard(
  Effect.flatMap(Database.Database, ({ origin }): Effect.Effect<unknown, DatabaseError.DatabaseError, Connection> =>
    origin === "embedded" ? Migrations.migrate : Migrations.requireCurrent
  )
)

/**
 * The ports on a connection, but for those of the referral jobs.
 *
 * @category layers
 * @since 0.1.0
 */
export const ownPorts: Layer.Layer<OwnPorts, never, Connection> = Layer.mergeAll(
  PgAnswerStore.layer,
  PgCommissionStore.layer,
  PgEntitlementStore.layer,
  PgExecutions.layer,
  PgFindingStore.layer,
  PgNoticeOutbox.layer,
  PgRateLimiter.layer,
  PgRunJournal.layer,
  PgRunLock.layer,
  PgScheduleStore.layer,
  PgTokenStore.layer
)

/**
 * Every port on a connection, by the settings.
 *
 * @category layers
 * @since 0.1.0
 */
export const ports: Layer.Layer<Ports, Config.SettingRefused | DatabaseError.DatabaseError, Connection> =
  Layer.provideMerge(Layer.unwrap(Effect.map(Config.load, ReferralStores.layer)), ownPorts)

/**
 * The ports on the database of the settings, with tables of the right version.
 *
 * @category layers
 * @since 0.1.0
 */
export const live: Layer.Layer<Ports | Connection, ConnectError> = ports.pipe(
  Layer.provideMerge(currentTables),
  Layer.provideMerge(connection)
)
