/**
 * Gives the tests on PostgreSQL a server and a migrated template database.
 *
 * The server is that of `DATABASE_URL`, whose user must be allowed to create
 * databases, or an embedded one that exists for this run only.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import { randomBytes } from "node:crypto"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import type { TestProject } from "vitest/node"
import * as Database from "../Database.ts"
import * as EmbeddedBinaries from "../EmbeddedBinaries.ts"
import * as EmbeddedCluster from "../EmbeddedCluster.ts"
import * as EmbeddedProcesses from "../EmbeddedProcesses.ts"
import * as EmbeddedServer from "../EmbeddedServer.ts"
import * as Migrations from "../migrations/Migrations.ts"
import { createDatabase, dropDatabase } from "./databases.ts"

const FOR_SPEED = { fsync: "off", synchronous_commit: "off", full_page_writes: "off" }

const FOLDER_PREFIX = "reckoner-test-"
const LEFTOVER_AGE_MS = 60_000

/** Stops and removes the servers of test runs that were killed. */
const sweepLeftovers = Effect.gen(function* () {
  for (const name of fs.readdirSync(os.tmpdir()).filter((name) => name.startsWith(FOLDER_PREFIX))) {
    const dataDir = path.join(os.tmpdir(), name)
    // A young folder may belong to a run that is about to register itself.
    if (Date.now() - fs.statSync(dataDir).mtimeMs < LEFTOVER_AGE_MS) continue
    if (EmbeddedProcesses.leave(dataDir, "none") > 0) continue
    yield* EmbeddedCluster.stop({ dataDir, binaries: yield* EmbeddedBinaries.load(dataDir), settings: {} })
    fs.rmSync(dataDir, { recursive: true, force: true })
  }
}).pipe(Effect.catchCause((cause) => Effect.logDebug("leftovers of test runs stay", cause)))

const embeddedUrl = Effect.gen(function* () {
  yield* sweepLeftovers
  const dataDir = yield* Effect.acquireRelease(
    Effect.sync(() => {
      const folder = fs.mkdtempSync(path.join(os.tmpdir(), FOLDER_PREFIX))
      fs.chmodSync(folder, 0o711)
      return folder
    }),
    (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
  )
  return Redacted.value((yield* EmbeddedServer.start({ dataDir, settings: FOR_SPEED })).url)
})

const setup = Effect.gen(function* () {
  const given = process.env["DATABASE_URL"] ?? ""
  const adminUrl = given === "" ? yield* embeddedUrl : given
  const templateDatabase = `reckoner_template_${process.pid}_${randomBytes(4).toString("hex")}`
  const url = yield* Effect.acquireRelease(
    Effect.promise(() => createDatabase(adminUrl, templateDatabase, "template0")),
    () => Effect.promise(() => dropDatabase(adminUrl, templateDatabase))
  )
  const database = Layer.effect(Database.Database, Database.fromUrl(Redacted.make(url)))
  yield* Effect.provide(Migrations.migrate, Layer.provideMerge(Database.SqlLive, database))
  return { adminUrl, templateDatabase }
})

/**
 * Runs before the first test file; what it returns runs after the last.
 *
 * @category testing
 * @since 0.1.0
 */
export default async function globalSetup(project: TestProject): Promise<() => Promise<void>> {
  const scope = Scope.makeUnsafe()
  const close = () => Effect.runPromise(Scope.close(scope, Exit.void))
  try {
    const made = await Effect.runPromise(Effect.provideService(setup, Scope.Scope, scope))
    project.provide("adminUrl", made.adminUrl)
    project.provide("templateDatabase", made.templateDatabase)
  } catch (error) {
    await close()
    throw error
  }
  return close
}
