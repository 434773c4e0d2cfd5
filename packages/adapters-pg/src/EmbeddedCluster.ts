/**
 * The three things done to a data folder by PostgreSQL's own programs: set it up, run it, stop it.
 * The caller holds the folder's lock.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { execFile } from "node:child_process"
import { randomBytes } from "node:crypto"
import * as fs from "node:fs"
import * as Net from "node:net"
import * as os from "node:os"
import * as path from "node:path"
import type { Binaries, RunAs } from "./EmbeddedBinaries.ts"
import { EmbeddedServerError, type EmbeddedServerReason } from "./EmbeddedServerError.ts"

const MAJOR_VERSION = "18"
const INIT_TIMEOUT_MS = 120_000
const START_TIMEOUT_SECONDS = 60
const START_ATTEMPTS_MAX = 12
const RETRY_INTERVAL_MS = 500
const READY_POLL_INTERVAL_MS = 50
const EMPTY_FILE_WAIT_MS = 5_000

/**
 * A data folder, the programs to use on it and the extra settings to start it with.
 *
 * @category models
 * @since 0.1.0
 */
export interface Cluster {
  readonly dataDir: string
  readonly binaries: Binaries
  readonly settings: Readonly<Record<string, string>>
}

const pgdata = (self: Cluster): string => path.join(self.dataDir, "pgdata")
const pidFile = (self: Cluster): string => path.join(pgdata(self), "postmaster.pid")
const logFile = (self: Cluster): string => path.join(self.dataDir, "postgres.log")

const failure = (self: Cluster, reason: EmbeddedServerReason): EmbeddedServerError =>
  new EmbeddedServerError({ reason, dataDir: self.dataDir })

/** Runs a program to its end; fails with what it printed. */
const exec = (
  file: string,
  args: ReadonlyArray<string>,
  runAs: RunAs,
  timeout: number
): Effect.Effect<string, string> =>
  Effect.callback<string, string>((resume) => {
    const { PATH = "", SystemRoot = "" } = process.env
    const env = { PATH, SystemRoot, LC_ALL: "C", TZ: "UTC" }
    execFile(file, args, { ...runAs, cwd: os.tmpdir(), env, timeout }, (error, stdout, stderr) => {
      const output = (stderr || stdout || error?.message || "")
        .trim()
        .split(/\s*\n\s*/)
        .join("; ")
      resume(error === null ? Effect.succeed(stdout) : Effect.fail(output))
    })
  })

/** Folders of an initdb that was killed; its processes may still be writing, so a refusal to go is no matter. */
const sweepDrafts = (self: Cluster): void => {
  for (const name of fs.readdirSync(self.dataDir)) {
    if (!/^pgdata\..*\.new$/.test(name)) continue
    try {
      fs.rmSync(path.join(self.dataDir, name), { recursive: true, force: true })
    } catch {
      // The next start sweeps again.
    }
  }
}

const give = (target: string, { gid, uid }: RunAs): void => {
  if (uid !== undefined) fs.chownSync(target, uid, gid ?? uid)
}

/**
 * Sets the data up if there is none: into a folder beside it, which then takes
 * its name, so that data is there whole or not at all.
 *
 * **Errors**
 *
 * - `DataFromOtherVersion`: the data is of another major version.
 * - `InitFailed`: `initdb` refused; the reason carries its text.
 *
 * @category constructors
 * @since 0.1.0
 */
export const initialise = (self: Cluster): Effect.Effect<void, EmbeddedServerError> =>
  Effect.gen(function* () {
    const initFailed = (output: string) => failure(self, { _tag: "InitFailed", output })
    const attempt = <A>(run: () => A) =>
      Effect.try({ try: run, catch: (error) => initFailed((error as Error).message) })
    yield* attempt(() => sweepDrafts(self))
    const versionFile = path.join(pgdata(self), "PG_VERSION")
    if (fs.existsSync(pgdata(self))) {
      const found = yield* attempt(() => fs.readFileSync(versionFile, "utf8").trim())
      if (found === MAJOR_VERSION) return
      return yield* failure(self, { _tag: "DataFromOtherVersion", found, supported: MAJOR_VERSION })
    }
    const draft = path.join(self.dataDir, `pgdata.${randomBytes(6).toString("hex")}.new`)
    yield* attempt(() => {
      fs.mkdirSync(draft, { mode: 0o700 })
      give(draft, self.binaries.runAs)
    })
    const args = [
      `--pgdata=${draft}`,
      "--username=postgres",
      `--pwfile=${path.join(self.dataDir, "password")}`,
      "--auth=scram-sha-256",
      // Said outright: an empty LANG would give SQL_ASCII, an unknown one an error.
      "--encoding=UTF8",
      "--locale-provider=builtin",
      "--builtin-locale=C.UTF-8",
      "--locale=C",
      "--no-instructions",
      ...(self.settings["fsync"] === "off" ? ["--no-sync"] : [])
    ]
    yield* exec(self.binaries.initdb, args, self.binaries.runAs, INIT_TIMEOUT_MS).pipe(
      Effect.mapError(initFailed),
      Effect.andThen(attempt(() => fs.renameSync(draft, pgdata(self)))),
      Effect.onError(() => Effect.sync(() => sweepDrafts(self)))
    )
  })

const freePort: Effect.Effect<number> = Effect.callback<number>((resume) => {
  const probe = Net.createServer()
  probe.listen(0, "127.0.0.1", () => {
    const { port } = probe.address() as Net.AddressInfo
    probe.close(() => resume(Effect.succeed(port)))
  })
})

type Holder = "dead" | "server" | "stranger"

/**
 * What the process is that a pid file names. After a restart of the machine or
 * container its id may belong to anyone.
 */
const holderOf = (self: Cluster, pid: number): Holder => {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // The server of this folder runs as us or as the user root starts it as, so one we may not touch is not it.
    return (error as NodeJS.ErrnoException).code === "ESRCH" ? "dead" : "stranger"
  }
  if (process.platform !== "linux") return "server"
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8")
    if (stat.includes(") Z ")) return "dead"
    if (!stat.includes("(postgres) ")) return "stranger"
    return fs.realpathSync(`/proc/${pid}/cwd`) === fs.realpathSync(pgdata(self)) ? "server" : "stranger"
  } catch {
    // Root without the right to trace (the default in containers) cannot see where another user's process works.
    return "server"
  }
}

/**
 * The pid file's lines when a server runs or is starting, in which case the
 * file may still be empty. A file left by a dead server is left to the next
 * one, which knows what to do with it; one that names a stranger is removed,
 * since the server would take the stranger for a server and refuse to start.
 */
const pidLines = (self: Cluster): ReadonlyArray<string> | undefined => {
  if (!fs.existsSync(pidFile(self))) return undefined
  const lines = fs.readFileSync(pidFile(self), "utf8").split("\n")
  const pid = Number(lines[0])
  if (!(pid > 0)) return lines
  const holder = holderOf(self, pid)
  if (holder === "server") return lines
  if (holder === "stranger") fs.rmSync(pidFile(self), { force: true })
  return undefined
}

/** The port of a server that accepts connections, waiting for one that is still starting. */
const readyPort = (self: Cluster): Effect.Effect<number | undefined> =>
  Effect.gen(function* () {
    for (let waitedMs = 0; waitedMs < START_TIMEOUT_SECONDS * 1000; waitedMs += READY_POLL_INTERVAL_MS) {
      const lines = pidLines(self)
      if (lines === undefined) return undefined
      if (lines[7]?.trim() === "ready") return Number(lines[3])
      if (lines[0] === "" && waitedMs >= EMPTY_FILE_WAIT_MS) return undefined
      yield* Effect.sleep(READY_POLL_INTERVAL_MS)
    }
    return undefined
  })

const quoted = (text: string): string =>
  os.platform() === "win32" ? `"${text.replaceAll('"', '\\"')}"` : `'${text.replaceAll("'", "'\\''")}'`

const startOn = (self: Cluster, port: number): Effect.Effect<string, string> => {
  const settings = {
    port: String(port),
    listen_addresses: "127.0.0.1",
    ...(os.platform() === "win32" ? {} : { unix_socket_directories: "" }),
    timezone: "UTC",
    max_wal_size: "2GB",
    ...self.settings
  }
  const flags = Object.entries(settings)
    .map(([name, value]) => `-c ${quoted(`${name}=${value}`)}`)
    .join(" ")
  // The log must be a file: with a pipe, the server would hold this program's output open for ever.
  if (!fs.existsSync(logFile(self))) fs.writeFileSync(logFile(self), "", { mode: 0o600 })
  give(logFile(self), self.binaries.runAs)
  const args = [
    "start",
    "-D",
    pgdata(self),
    "-l",
    logFile(self),
    "-w",
    "-t",
    String(START_TIMEOUT_SECONDS),
    "-o",
    flags
  ]
  return exec(self.binaries.pgCtl, args, self.binaries.runAs, (START_TIMEOUT_SECONDS + 10) * 1000)
}

/**
 * Starts the server unless it runs already, and says on which port it answers.
 *
 * It tries again for a while: a starter killed in mid-start may win the race,
 * the free port may be taken meanwhile, and a server killed a moment ago may
 * still hold its shared memory.
 *
 * **Errors**
 *
 * - `StartFailed`: it did not start in any attempt.
 *
 * @category constructors
 * @since 0.1.0
 */
export const ensureRunning = (self: Cluster): Effect.Effect<number, EmbeddedServerError> =>
  Effect.gen(function* () {
    let output = "it did not answer"
    for (let attempt = 1; attempt <= START_ATTEMPTS_MAX; attempt++) {
      const running = yield* readyPort(self)
      if (running !== undefined) return running
      const refusal = yield* Effect.match(startOn(self, yield* freePort), {
        onFailure: (text) => text,
        onSuccess: () => undefined
      })
      if (refusal === undefined) continue
      output = refusal
      yield* Effect.sleep(RETRY_INTERVAL_MS)
    }
    return yield* failure(self, { _tag: "StartFailed", output, logFile: logFile(self) })
  })

/**
 * Stops the server if it runs: open transactions are rolled back, and a server
 * that takes too long is stopped at once (it recovers at its next start).
 *
 * @category constructors
 * @since 0.1.0
 */
export const stop = (self: Cluster): Effect.Effect<void> =>
  Effect.suspend(() => {
    sweepDrafts(self)
    if (pidLines(self) === undefined) return Effect.void
    const stopping = (mode: string) =>
      exec(self.binaries.pgCtl, ["stop", "-D", pgdata(self), "-m", mode, "-w", "-t", "30"], self.binaries.runAs, 40_000)
    return stopping("fast").pipe(
      Effect.catch(() => stopping("immediate")),
      Effect.ignore
    )
  })
