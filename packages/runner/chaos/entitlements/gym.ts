/**
 * A gym with generated invoices, what a run of the job must make of it, and how
 * much of that is there.
 *
 * The rows that must come out are those of one set-based SQL statement, which
 * knows nothing of the job. Findings and held invoices are those of an
 * undisturbed run.
 */
import { Database, Migrations } from "@reckoner/adapters-pg"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { digestSql, generateSql } from "../../bench/entitlements/generate.ts"
import { setBasedSettings, setBasedSql } from "../../bench/entitlements/setBased.ts"
import { withClient } from "../../src/testing/onServer.ts"

/** What is stored, in figures. Equal figures are equal rows, whatever their ids are. */
export interface Digest {
  readonly entitlements: number
  readonly items: number
  readonly digest: string
  readonly notes: number
  readonly notesDigest: string
}

const QUIET_POLL_MS = 10
const QUIET_WAIT_MAX_MS = 30_000

// A finding or a hold is a note here: it belongs to the invoice as its rows do.
const VIEWS = [
  "CREATE SCHEMA chaos",
  `CREATE VIEW chaos.stored AS
     SELECT q.dok, q.member, q.art, q.sdate, q.edate, d.art AS component, d.qty
     FROM gym.gym_quota q LEFT JOIN gym.gym_quotad d ON d.quota = q.id`,
  `CREATE VIEW chaos.noted AS
     SELECT subject::bigint AS dok, line_id, kind, detail::text AS text FROM reckoner.finding
     UNION ALL SELECT invoice_id, 0, 'held', reasons::text FROM reckoner.held_invoice WHERE released_run IS NULL`
]

const KEEP_NOTES = [
  "CREATE TABLE chaos.expected_notes AS SELECT * FROM chaos.noted",
  "CREATE INDEX ON chaos.expected (dok)",
  "CREATE INDEX ON chaos.expected_notes (dok)",
  "ANALYZE chaos.expected",
  "ANALYZE chaos.expected_notes"
]

const EMPTY = "TRUNCATE gym.gym_quota, gym.gym_quotad, reckoner.finding, reckoner.held_invoice"

const BROKEN_SQL = `
  WITH begun AS MATERIALIZED (SELECT dok FROM gym.gym_quota UNION SELECT dok FROM chaos.noted),
  rows AS (
    (TABLE chaos.stored EXCEPT ALL TABLE chaos.expected)
    UNION ALL
    (SELECT e.* FROM chaos.expected e JOIN begun USING (dok) EXCEPT ALL TABLE chaos.stored)
  ), notes AS (
    (TABLE chaos.noted EXCEPT ALL TABLE chaos.expected_notes)
    UNION ALL
    (SELECT e.* FROM chaos.expected_notes e JOIN begun USING (dok) EXCEPT ALL TABLE chaos.noted)
  )
  SELECT count(*)::int AS broken FROM (SELECT dok FROM rows UNION SELECT dok FROM notes) invoice`

const NOTES_SQL = `
  SELECT count(*)::int AS notes, md5(sum(hashtextextended(concat_ws('|', dok, line_id, kind, text), 0)::numeric)::text) AS "notesDigest"
  FROM chaos.noted`

/** Creates a database, dropping one of that name, and gives its URL. */
export const createDatabase = async (adminUrl: string, name: string): Promise<string> => {
  await withClient(adminUrl, async (client) => {
    await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
    await client.query(`CREATE DATABASE ${name}`)
  })
  const url = new URL(adminUrl)
  url.pathname = `/${name}`
  return url.href
}

/** Brings a database's tables to the version of this program. */
export const migrate = (url: string): Promise<unknown> => {
  const database = Layer.effect(Database.Database, Database.fromUrl(Redacted.make(url)))
  return Effect.runPromise(Effect.provide(Migrations.migrate, Layer.provideMerge(Database.SqlLive, database)))
}

/** Statements that fill the tables with so many invoices, the same for the same seed. */
export const generated = generateSql

/**
 * Fills migrated tables, finds out what must come of them, has one undisturbed
 * run confirm it, and empties the results again.
 */
export const prepare = async (
  url: string,
  fill: ReadonlyArray<string>,
  undisturbed: () => Promise<unknown>
): Promise<Digest> => {
  await withClient(url, async (client) => {
    for (const statement of [...fill, ...VIEWS]) await client.query(statement)
    for (const setting of setBasedSettings) await client.query(setting)
    await client.query(setBasedSql)
    await client.query("CREATE TABLE chaos.expected AS TABLE chaos.stored")
  })
  const bySql = await digest(url)
  await empty(url)
  await undisturbed()
  const byJob = await digest(url)
  if (byJob.digest !== bySql.digest || byJob.items !== bySql.items) {
    throw new Error(
      `an undisturbed run gave ${JSON.stringify(byJob)}, the set-based statement ${JSON.stringify(bySql)}`
    )
  }
  await withClient(url, async (client) => {
    for (const statement of KEEP_NOTES) await client.query(statement)
  })
  await empty(url)
  return byJob
}

/** Takes away whatever runs have written. */
export const empty = (url: string): Promise<unknown> => withClient(url, (client) => client.query(EMPTY))

/** Holds every write of items open for a while before it can be committed, so that a run is long enough to be hit. */
export const slowDown = (url: string, seconds: number): Promise<void> =>
  withClient(url, async (client) => {
    await client.query(
      `CREATE FUNCTION chaos.linger() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(${seconds}); RETURN NULL; END $$`
    )
    await client.query(
      "CREATE TRIGGER linger AFTER INSERT ON gym.gym_quotad FOR EACH STATEMENT EXECUTE FUNCTION chaos.linger()"
    )
  })

/** What is stored. */
export const digest = (url: string): Promise<Digest> =>
  withClient(url, async (client) => {
    const rows = (await client.query(digestSql)).rows[0]
    return { ...rows, ...(await client.query(NOTES_SQL)).rows[0] }
  })

/** How many invoices have something, but not exactly what they must have. */
export const brokenInvoices = (url: string): Promise<number> =>
  withClient(url, async (client) => (await client.query(BROKEN_SQL)).rows[0].broken)

/** The number of the latest run, 0 before the first. */
export const latestRun = (url: string): Promise<number> =>
  withClient(url, async (client) => {
    const { rows } = await client.query("SELECT coalesce(max(id), 0)::int AS id FROM reckoner.run")
    return rows[0].id
  })

/** Says whether a run has begun after that one, and has not ended. */
export const isRunOpenSince = (url: string, runId: number): Promise<boolean> =>
  withClient(url, async (client) => {
    const { rows } = await client.query("SELECT 1 FROM reckoner.run WHERE state = 'running' AND id > $1", [runId])
    return rows.length > 0
  })

/** Waits until the server has noticed that the job is gone. */
export const untilQuiet = (url: string): Promise<void> =>
  withClient(url, async (client) => {
    for (let waitedMs = 0; waitedMs < QUIET_WAIT_MAX_MS; waitedMs += QUIET_POLL_MS) {
      const { rows } = await client.query(
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'reckoner%' LIMIT 1"
      )
      if (rows.length === 0) return
      await new Promise((resolve) => setTimeout(resolve, QUIET_POLL_MS))
    }
    throw new Error("connections of a killed job are still open")
  })
