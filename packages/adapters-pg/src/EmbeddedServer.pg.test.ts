import { type ChildProcess, spawn } from "node:child_process"
import * as fs from "node:fs"
import { createRequire } from "node:module"
import * as os from "node:os"
import * as path from "node:path"
import * as readline from "node:readline"
import { fileURLToPath, pathToFileURL } from "node:url"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import * as EmbeddedBinaries from "./EmbeddedBinaries.ts"

// Users are real processes, since processes are what the folder's lock and register are about.
const script = fileURLToPath(new URL("./testing/embeddedUser.ts", import.meta.url))
const loader = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href
const isRoot = process.getuid?.() === 0

let folder: string
let users: Array<ChildProcess>
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "reckoner-embedded-"))
  fs.chmodSync(folder, 0o711)
  users = []
})
afterEach(async () => {
  for (const user of users) user.kill("SIGKILL")
  // A last user takes over whatever was left, and stops it.
  if (fs.existsSync(path.join(folder, "data", "pgdata", "postmaster.pid"))) await (await start()).leave()
  fs.rmSync(folder, { recursive: true, force: true })
})

const dataDir = () => path.join(folder, "data")
const isRunning = () => fs.existsSync(path.join(dataDir(), "pgdata", "postmaster.pid"))

interface User {
  readonly first: string
  readonly url: string
  readonly ask: (sql: string) => Promise<string>
  /** Ends its input, so that it leaves by itself. */
  readonly leave: () => Promise<void>
  readonly kill: () => Promise<void>
}

const launch = (env: Record<string, string> = {}, wanted = dataDir(), uid?: number) => {
  const child = spawn(process.execPath, ["--conditions=@reckoner/source", "--import", loader, script, wanted], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, ...env },
    ...(uid === undefined ? {} : { uid, gid: uid, cwd: "/" })
  })
  users.push(child)
  const lines = readline.createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]()
  const next = async () => String((await lines.next()).value)
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()))
  return { child, next, exited }
}

const start = async (env: Record<string, string> = {}, wanted = dataDir(), uid?: number): Promise<User> => {
  const { child, exited, next } = launch(env, wanted, uid)
  const first = await next()
  return {
    first,
    url: first.split(" ")[1] ?? "",
    ask: (sql) => {
      child.stdin?.write(`${sql}\n`)
      return next()
    },
    leave: () => {
      child.stdin?.end()
      return exited
    },
    kill: () => {
      child.kill("SIGKILL")
      return exited
    }
  }
}

const until = async (condition: () => boolean) => {
  for (let attempt = 0; !condition(); attempt++) {
    if (attempt > 2_000) throw new Error("it did not happen")
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

const SELECT = "SELECT current_setting('server_encoding') AS encoding, 1 AS one"
const SELECTED = '[{"encoding":"UTF8","one":1}]'

describe("EmbeddedServer", () => {
  it("starts once for two that start at the same moment, and stops with the last one, whoever came first", async () => {
    const [one, other] = await Promise.all([start(), start()])
    expect(one.url).toBe(other.url)
    await one.leave()
    expect(isRunning()).toBe(true)
    expect(await other.ask(SELECT)).toBe(SELECTED)
    await other.leave()
    expect(isRunning()).toBe(false)
    expect(fs.readdirSync(path.join(dataDir(), "users"))).toStrictEqual([])
  })

  it("keeps the data from run to run", async () => {
    const first = await start()
    await first.ask("CREATE TABLE kept AS SELECT 42 AS value")
    await first.leave()
    const second = await start()
    expect(await second.ask("SELECT value FROM kept")).toBe('[{"value":42}]')
    await second.leave()
    expect(isRunning()).toBe(false)
  })

  it("takes over the server of a user that was killed, and stops it in the end", async () => {
    const killed = await start()
    await killed.kill()
    expect(isRunning()).toBe(true)
    const next = await start()
    expect(next.url).toBe(killed.url)
    expect(await next.ask(SELECT)).toBe(SELECTED)
    await next.leave()
    expect(isRunning()).toBe(false)
  })

  it.each([
    ["is setting up the data", () => fs.readdirSync(dataDir()).some((name) => name.endsWith(".new"))],
    ["is starting the server", () => fs.existsSync(path.join(dataDir(), "postgres.log"))]
  ])("starts after a user was killed while it %s", async (_, isTheMoment) => {
    const killed = launch()
    await until(() => fs.existsSync(dataDir()) && isTheMoment())
    killed.child.kill("SIGKILL")
    await killed.exited
    const next = await start()
    expect(await next.ask(SELECT)).toBe(SELECTED)
    await next.leave()
    expect(isRunning()).toBe(false)
    expect(fs.readdirSync(dataDir()).filter((name) => name.endsWith(".new"))).toStrictEqual([])
  })

  it("starts after user and server were killed, and loses nothing that was committed", async () => {
    const killed = await start()
    await killed.ask("CREATE TABLE kept AS SELECT 42 AS value")
    const pid = Number(fs.readFileSync(path.join(dataDir(), "pgdata", "postmaster.pid"), "utf8").split("\n")[0])
    await killed.kill()
    process.kill(pid, "SIGKILL")
    const next = await start()
    expect(await next.ask("SELECT value FROM kept")).toBe('[{"value":42}]')
    await next.leave()
  })

  it("starts when the pid file names a process that is not its server", async () => {
    await (await start()).leave()
    const file = path.join(dataDir(), "pgdata", "postmaster.pid")
    fs.writeFileSync(file, `${process.pid}\n${dataDir()}\n0\n1\n\n127.0.0.1\n\nready\n`)
    const next = await start()
    expect(await next.ask(SELECT)).toBe(SELECTED)
    await next.leave()
  })

  it.each([
    ["no locale", { LANG: "", LC_ALL: "" }],
    ["an unknown locale", { LANG: "xx_XX.UTF-8", LC_ALL: "no_such_locale" }]
  ])("makes a UTF-8 database with %s", async (_, env) => {
    const user = await start(env)
    expect(await user.ask(SELECT)).toBe(SELECTED)
    await user.leave()
  })

  it("fails with DataFromOtherVersion when the data is of another version", async () => {
    fs.mkdirSync(path.join(dataDir(), "pgdata"), { recursive: true })
    fs.writeFileSync(path.join(dataDir(), "pgdata", "PG_VERSION"), "15\n")
    fs.writeFileSync(path.join(dataDir(), "password"), "hunter2")
    const { first } = await start()
    expect(first).toContain("failed DataFromOtherVersion ")
    expect(first).toContain("holds data of PostgreSQL 15, the embedded server is 18")
    expect(first).not.toContain("hunter2")
  })

  it("fails with PasswordMissing when the password of existing data is gone", async () => {
    fs.mkdirSync(path.join(dataDir(), "pgdata"), { recursive: true })
    expect((await start()).first).toContain("failed PasswordMissing ")
  })

  it("fails with FolderNotUsable when the folder is a file", async () => {
    fs.writeFileSync(dataDir(), "")
    expect((await start()).first).toContain("failed FolderNotUsable ")
  })

  it.runIf(fs.existsSync("/proc/self"))("fails with FolderNotUsable where no folder can be made", async () => {
    expect((await start({}, "/proc/reckoner/data")).first).toContain("failed FolderNotUsable ")
  })

  it.runIf(isRoot)(
    "as root, uses a private folder elsewhere when the wanted one cannot be reached, and says where",
    async () => {
      const closed = path.join(folder, "closed")
      fs.mkdirSync(closed, { mode: 0o700 })
      const user = await start({}, path.join(closed, "data"))
      const elsewhere = user.first.split(" ")[2] ?? ""
      expect(elsewhere.startsWith(folder)).toBe(false)
      expect(await user.ask(SELECT)).toBe(SELECTED)
      await user.leave()
      expect(fs.existsSync(path.join(elsewhere, "pgdata", "postmaster.pid"))).toBe(false)
      fs.rmSync(elsewhere, { recursive: true, force: true })
    }
  )

  it.runIf(isRoot)("fails with NoUserName under a user id without a name", async () => {
    fs.chmodSync(folder, 0o777)
    const { first } = await start({ HOME: "/", TMPDIR: folder }, dataDir(), 54_321)
    expect(first).toContain("failed NoUserName user id 54321 has no name on this machine")
  })

  it.runIf(isRoot)("starts for a user who is not root", async () => {
    fs.chmodSync(folder, 0o777)
    const user = await start({ HOME: "/", TMPDIR: folder }, dataDir(), EmbeddedBinaries.runAs().uid)
    expect(await user.ask(SELECT)).toBe(SELECTED)
    await user.leave()
    expect(isRunning()).toBe(false)
  })
})
