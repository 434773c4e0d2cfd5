/**
 * A database of its own for a test file.
 *
 * @since 0.1.0
 */
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { randomBytes } from "node:crypto"
import { inject } from "vitest"
import * as Database from "../Database.ts"
import type * as DatabaseError from "../DatabaseError.ts"
import { createDatabase, dropDatabase } from "./databases.ts"

/**
 * A database that exists until it is dropped.
 *
 * @category testing
 * @since 0.1.0
 */
export interface FreshDatabase {
  readonly url: Redacted.Redacted
  /** The service for what is tested; add `Database.SqlLive` on it for the SQL client. */
  readonly layer: Layer.Layer<Database.Database, DatabaseError.DatabaseError>
  readonly drop: () => Promise<void>
}

/**
 * Creates a database with a name that no other test has, migrated to the
 * latest version unless `migrated` is false.
 *
 * @category testing
 * @since 0.1.0
 */
export const freshDatabase = async ({ migrated = true } = {}): Promise<FreshDatabase> => {
  const adminUrl = inject("adminUrl")
  const name = `reckoner_test_${process.pid}_${randomBytes(6).toString("hex")}`
  const url = Redacted.make(await createDatabase(adminUrl, name, migrated ? inject("templateDatabase") : "template0"))
  return {
    url,
    layer: Layer.effect(Database.Database, Database.fromUrl(url)),
    drop: () => dropDatabase(adminUrl, name)
  }
}
