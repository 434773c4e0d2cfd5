import { describe, expect, it } from "vitest"
import { EXIT_CODES } from "../ExitCode.ts"
import { reckoner } from "../testing/childProcess.ts"

const PROCESS_TIMEOUT_MS = 30_000

describe("reckoner", { timeout: PROCESS_TIMEOUT_MS }, () => {
  it("lists commands and exit codes in its help", async () => {
    const { code, stderr, stdout } = await reckoner(["--help"])
    expect([code, stderr]).toStrictEqual([0, ""])
    for (const command of ["demo", "migrate", "job", "execution", "finding", "invoice", "serve", "config"]) {
      expect(stdout).toMatch(new RegExp(`^ {2}${command} `, "m"))
    }
    for (const { code, meaning } of Object.values(EXIT_CODES)) expect(stdout).toContain(`${code}  ${meaning}\n`)
    expect(await reckoner([])).toStrictEqual({ code, stderr, stdout })
  })

  it("says its version, and what jobs there are", async () => {
    expect(await reckoner(["--version"])).toStrictEqual({ code: 0, stderr: "", stdout: "reckoner 0.1.0\n" })
    const { stdout } = await reckoner(["job", "list", "--json"])
    expect(JSON.parse(stdout)).toStrictEqual({
      jobs: [
        {
          name: "sync-entitlements",
          description: "grants members what their paid invoices entitle them to, once per invoice"
        },
        {
          name: "sync-referral-orders",
          description: "copies yesterday's shipments of referred members, with their estimated commission"
        },
        {
          name: "backfill-referral-orders",
          description: "repeats a past month of shipments, and fills in commissions by the cashback policy"
        },
        {
          name: "import-legacy-commissions",
          description: "moves commissions of the old table, but for orders that another flow has written"
        },
        { name: "purge-executions", description: "removes what is left of executions that ended long ago" }
      ]
    })
  })

  it.each([
    [["job", "run", "nope"], 'there is no job "nope"; there is: sync-entitlements'],
    [["job", "run"], "Missing required argument: job; see `reckoner job run --help`"],
    [["finding", "list", "--limit", "0"], 'Invalid value for flag --limit: "0". Expected a whole number from 1'],
    [["finding", "list", "--kind", "nope"], 'Invalid value for flag --kind: "nope".'],
    [["finding", "list", "--job", "nope"], 'Invalid value for flag --job: "nope".'],
    [["finding", "list", "--invoice", "1", "--subject", "1"], "--invoice and --subject say the same: give one of them"],
    [["job", "run", "sync-entitlements", "--at", "2026-01-01"], "Expected an instant with its offset"],
    [
      ["execution", "list", "--state", "faild"],
      'Invalid value for flag --state: "faild". Expected one or more of pending,'
    ],
    [["execution", "signal", "1", "a", "--value", "{bad"], 'Invalid value for flag --value: "{bad". Expected JSON of'],
    [["jobs"], 'Unknown subcommand "jobs" for "reckoner"']
  ])("refuses %j in one line", async (args, text) => {
    const { code, stderr, stdout } = await reckoner(args)
    expect(stderr).toMatch(/^reckoner: .*\n$/)
    expect(stderr).toContain(text)
    expect([code, stdout]).toStrictEqual([2, ""])
  })

  it("refuses a setting that cannot be used, as JSON when asked", async () => {
    const { code, stderr, stdout } = await reckoner(["finding", "list", "--json"], { RECKONER_ZONE: "Nowhere" })
    const message = 'RECKONER_ZONE is "Nowhere": it must be the name of a time zone, like UTC or America/Santiago'
    expect([code, stderr]).toStrictEqual([2, `reckoner: ${message}\n`])
    expect(JSON.parse(stdout)).toStrictEqual({ error: { code: "SettingRefused", message } })
  })

  it("lists settings without their secrets", async () => {
    const env = { DATABASE_URL: "postgres://user:secret@host/database", RECKONER_LOCK_WAIT_SECONDS: "5" }
    const text = await reckoner(["config"], env)
    expect([text.code, text.stderr]).toStrictEqual([0, ""])
    expect(text.stdout).toMatch(/^DATABASE_URL +set\n/)
    expect(text.stdout).toMatch(/\nRECKONER_LOCK_WAIT_SECONDS +5 seconds\n/)
    expect(text.stdout).not.toContain("secret")
    const { embeddedData, settings } = JSON.parse((await reckoner(["config", "--json"], env)).stdout) as {
      readonly embeddedData: unknown
      readonly settings: ReadonlyArray<Record<string, unknown>>
    }
    expect(embeddedData).toBe(null)
    expect(settings[0]).toStrictEqual({
      name: "DATABASE_URL",
      value: "set",
      default: "the embedded server",
      unit: null,
      description: "PostgreSQL server to work on; without it an embedded one is started"
    })
  })
})
