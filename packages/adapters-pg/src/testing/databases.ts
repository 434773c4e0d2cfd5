/**
 * Makes and drops whole databases, for tests, and says what every test is given.
 *
 * @since 0.1.0
 */
import pg from "pg"

declare module "vitest" {
  interface ProvidedContext {
    /** URL of a superuser, to create databases with. */
    readonly adminUrl: string
    /** Name of a database migrated to the latest version. */
    readonly templateDatabase: string
  }
}

const asAdmin = async (adminUrl: string, statement: string): Promise<void> => {
  const client = new pg.Client({ connectionString: adminUrl, application_name: "reckoner-test" })
  client.on("error", () => {})
  try {
    await client.connect()
    await client.query(statement)
  } finally {
    await client.end().catch(() => {})
  }
}

/**
 * Creates a database from a template and returns its URL.
 *
 * @category testing
 * @since 0.1.0
 */
export const createDatabase = async (adminUrl: string, name: string, template: string): Promise<string> => {
  await asAdmin(adminUrl, `CREATE DATABASE ${pg.escapeIdentifier(name)} TEMPLATE ${pg.escapeIdentifier(template)}`)
  const url = new URL(adminUrl)
  url.pathname = `/${name}`
  return url.href
}

/**
 * Drops a database, together with the connections to it.
 *
 * @category testing
 * @since 0.1.0
 */
export const dropDatabase = (adminUrl: string, name: string): Promise<void> =>
  asAdmin(adminUrl, `DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`)
