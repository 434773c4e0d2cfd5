/** A PostgreSQL server that may be stopped in the middle of everything, and answers on the same port again after. */
import { EmbeddedServer } from "@reckoner/adapters-pg"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { freePort } from "../../src/engine/testing/freePort.ts"

const POLL_MS = 20

export interface OwnServer {
  /** Of its superuser. */
  readonly adminUrl: string
  /** Stops it in immediate mode: nobody is asked, nothing is written down, and it has to recover at its next start. */
  readonly stop: () => Promise<void>
  readonly start: () => Promise<void>
  /** Stops it for good, and removes its data. */
  readonly remove: () => Promise<void>
}

/** A folder for a server, which root's stand-in can reach. */
export const makeFolder = (): string => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "reckoner-chaos-"))
  fs.chmodSync(folder, 0o711)
  return folder
}

const pidFile = (dataDir: string): string => path.join(dataDir, "pgdata", "postmaster.pid")

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  return !(fs.existsSync(`/proc/${pid}/stat`) && fs.readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z "))
}

/** The URL of the server that runs on a folder, seen from outside, or `undefined` when none is ready. */
export const urlIn = (dataDir: string, database: string): string | undefined => {
  if (!fs.existsSync(pidFile(dataDir))) return undefined
  const lines = fs.readFileSync(pidFile(dataDir), "utf8").split("\n")
  if (lines[7]?.trim() !== "ready") return undefined
  const password = fs.readFileSync(path.join(dataDir, "password"), "utf8")
  return `postgres://postgres:${password}@127.0.0.1:${lines[3]}/${database}`
}

/** Stops the server of a folder in immediate mode, if one runs. */
export const stopAtOnce = async (dataDir: string): Promise<void> => {
  if (!fs.existsSync(pidFile(dataDir))) return
  const pid = Number(fs.readFileSync(pidFile(dataDir), "utf8").split("\n")[0])
  try {
    process.kill(pid, "SIGQUIT")
  } catch {
    return
  }
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, POLL_MS))
}

/** Starts a server on a folder of its own. */
export const startOwnServer = async (settings: Readonly<Record<string, string>> = {}): Promise<OwnServer> => {
  const dataDir = makeFolder()
  const port = String(await freePort())
  const scope = Scope.makeUnsafe()
  const start = async (): Promise<string> => {
    const started = EmbeddedServer.start({ dataDir, settings: { ...settings, port } })
    const { url } = await Effect.runPromise(Effect.provideService(started, Scope.Scope, scope))
    return Redacted.value(url)
  }
  const adminUrl = await start()
  return {
    adminUrl,
    stop: () => stopAtOnce(dataDir),
    start: async () => {
      const url = await start()
      if (url !== adminUrl) throw new Error(`somebody else took port ${port} while the server was down`)
    },
    remove: async () => {
      await Effect.runPromise(Scope.close(scope, Exit.void))
      fs.rmSync(dataDir, { recursive: true, force: true })
    }
  }
}
