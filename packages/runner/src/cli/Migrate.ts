/**
 * `reckoner migrate`: brings the tables to the version of this program.
 *
 * @since 0.1.0
 */
import type { DatabaseError } from "@reckoner/adapters-pg"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Config from "../Config.ts"
import type { Connection } from "../Stores.ts"
import * as Flags from "./Flags.ts"
import * as Output from "./Output.ts"

/** Where the affiliates' orders are written, if that is a database of its own: it gets the table it needs. */
const setUpTarget: Effect.Effect<string | undefined, DatabaseError.DatabaseError | Config.SettingRefused> = Effect.gen(
  function* () {
    const { everproDatabaseUrl } = yield* Config.load
    if (Option.isNone(everproDatabaseUrl)) return undefined
    const { Database, ReferralTables } = yield* Effect.promise(() => import("@reckoner/adapters-pg"))
    const database = yield* Database.fromUrl(everproDatabaseUrl.value)
    yield* ReferralTables.setUpTarget.pipe(
      Effect.provide(Database.SqlLive),
      Effect.provideService(Database.Database, database)
    )
    return database.describe
  }
)

const migrate = Effect.fnUntraced(function* ({
  json
}: {
  readonly json: boolean
}): Effect.fn.Return<void, DatabaseError.DatabaseError | Config.SettingRefused, Connection> {
  const { Database, Migrations } = yield* Effect.promise(() => import("@reckoner/adapters-pg"))
  const { describe } = yield* Database.Database
  const applied = yield* Migrations.migrate
  const version = Migrations.LATEST
  const ordersIn = (yield* setUpTarget) ?? null
  if (json) return yield* Output.json({ database: describe, applied, version, ordersIn })
  yield* Output.lines([
    ...(applied.length === 0
      ? [`Nothing to do: the tables in ${describe} are at version ${version}.`]
      : [...applied.map((name) => `Applied ${name}`), `The tables in ${describe} are at version ${version}.`]),
    ...(ordersIn === null ? [] : [`The table of the affiliates' orders is in ${ordersIn}.`])
  ])
})

/**
 * The command.
 *
 * @category commands
 * @since 0.1.0
 */
export const command = Command.make("migrate", { json: Flags.json }, migrate).pipe(
  Command.withDescription("Create the tables, or bring them to the version of this program"),
  Command.withExamples([
    { command: "DATABASE_URL=postgres://user:password@host/database reckoner migrate", description: "on a server" }
  ])
)
