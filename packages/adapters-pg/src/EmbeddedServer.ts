/**
 * A PostgreSQL server of our own, from the binaries that npm installed.
 *
 * The data stays in its folder from run to run. Several processes may use one
 * folder: the first starts the server, the others join it, the last one stops
 * it. A server left running by `kill -9` is taken over by the next process.
 *
 * In the folder: `pgdata` the data, `password`, `postgres.log`, `users/` one file
 * per user, `lock.N` held while the server is being started or stopped.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { createHash, randomBytes } from "node:crypto"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as EmbeddedBinaries from "./EmbeddedBinaries.ts"
import * as EmbeddedCluster from "./EmbeddedCluster.ts"
import * as EmbeddedProcesses from "./EmbeddedProcesses.ts"
import { EmbeddedServerError } from "./EmbeddedServerError.ts"

export { EmbeddedServerError, type EmbeddedServerReason } from "./EmbeddedServerError.ts"

/**
 * What to start.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** Absolute folder, made on first use and kept. */
  readonly dataDir: string
  /** Extra server settings, for example `{ fsync: "off" }` in tests. They count for whoever starts the server. */
  readonly settings?: Readonly<Record<string, string>>
}

/**
 * A running server. `dataDir` is where the data really is: when root asks for a folder that the
 * server's user cannot reach, a private one elsewhere takes its place.
 *
 * @category models
 * @since 0.1.0
 */
export interface Running {
  readonly url: Redacted.Redacted
  readonly dataDir: string
}

const privateFolder = (wanted: string): string =>
  EmbeddedBinaries.sharedFolder(`data-${createHash("sha256").update(wanted).digest("hex").slice(0, 12)}`)

/**
 * Makes a folder and those above it that are missing, one by one: the
 * recursive form of `mkdirSync` never returns where a file system refuses new
 * folders by saying that the parent does not exist (`/proc`).
 */
const makeFolder = (wanted: string): void => {
  const missing: Array<string> = []
  for (let at = wanted; !fs.existsSync(at); at = path.dirname(at)) missing.unshift(at)
  for (const folder of missing) {
    try {
      fs.mkdirSync(folder)
    } catch (error) {
      // Another process may be making the same one.
      if ((error as { readonly code?: string }).code !== "EEXIST") throw error
    }
  }
}

/** Makes the folder, or says which other one takes its place. */
const prepareFolder = (wanted: string, user: EmbeddedBinaries.RunAs): string => {
  if (fs.existsSync(wanted) && !fs.statSync(wanted).isDirectory()) throw new Error("it is not a folder")
  if (user.uid === undefined) {
    const isNew = !fs.existsSync(wanted)
    makeFolder(wanted)
    if (isNew) fs.chmodSync(wanted, 0o700)
    fs.accessSync(wanted, fs.constants.R_OK | fs.constants.W_OK | fs.constants.X_OK)
    return wanted
  }
  if (!EmbeddedBinaries.isReachable(wanted)) return privateFolder(wanted)
  if (fs.existsSync(wanted)) return wanted
  makeFolder(wanted)
  fs.chmodSync(wanted, 0o711)
  return EmbeddedBinaries.isReachable(wanted) ? wanted : privateFolder(wanted)
}

/** The password of the server, made once. It is written before the data, so data without it is a loss. */
const passwordIn = (dataDir: string, user: EmbeddedBinaries.RunAs): string | undefined => {
  const file = path.join(dataDir, "password")
  if (fs.existsSync(file)) return fs.readFileSync(file, "utf8")
  if (fs.existsSync(path.join(dataDir, "pgdata"))) return undefined
  const draft = path.join(dataDir, `draft.${randomBytes(6).toString("hex")}`)
  const password = randomBytes(18).toString("base64url")
  fs.writeFileSync(draft, password, { mode: 0o600 })
  if (user.uid !== undefined) fs.chownSync(draft, user.uid, user.gid ?? user.uid)
  fs.renameSync(draft, file)
  return password
}

const checkUserName = (dataDir: string): Effect.Effect<void, EmbeddedServerError> =>
  Effect.try({
    try: () => void os.userInfo(),
    catch: () => new EmbeddedServerError({ reason: { _tag: "NoUserName", uid: process.getuid?.() ?? -1 }, dataDir })
  })

/**
 * Starts the server of a folder, or joins it when it is running. Closing the
 * scope leaves it, and the last to leave stops it.
 *
 * **Errors**
 *
 * - `EmbeddedServerError`: its `reason` is the fact, its `message` names the fix.
 *
 * **Gotchas**
 *
 * As root the server runs as `nobody`. Processes on different machines, or in
 * containers that do not see each other's processes, must not share a folder.
 *
 * @category constructors
 * @since 0.1.0
 */
export const start = (options: Options): Effect.Effect<Running, EmbeddedServerError, Scope.Scope> =>
  Effect.gen(function* () {
    const wanted = path.resolve(options.dataDir)
    yield* checkUserName(wanted)
    const binaries = yield* EmbeddedBinaries.load(wanted)
    const dataDir = yield* Effect.try({
      try: () => prepareFolder(wanted, binaries.runAs),
      catch: (error) =>
        new EmbeddedServerError({
          reason: { _tag: "FolderNotUsable", output: (error as Error).message },
          dataDir: wanted
        })
    })
    const cluster = { dataDir, binaries, settings: options.settings ?? {} }
    const user = EmbeddedProcesses.newUser()
    yield* Effect.addFinalizer(() =>
      Effect.ignore(
        EmbeddedProcesses.locked(
          dataDir,
          Effect.suspend(() =>
            EmbeddedProcesses.leave(dataDir, user) === 0 ? EmbeddedCluster.stop(cluster) : Effect.void
          )
        )
      )
    )
    const url = yield* EmbeddedProcesses.locked(
      dataDir,
      Effect.gen(function* () {
        const password = yield* Effect.try({
          try: () => passwordIn(dataDir, binaries.runAs),
          catch: (error) =>
            new EmbeddedServerError({ reason: { _tag: "FolderNotUsable", output: (error as Error).message }, dataDir })
        })
        if (password === undefined) {
          const file = path.join(dataDir, "password")
          return yield* new EmbeddedServerError({ reason: { _tag: "PasswordMissing", file }, dataDir })
        }
        yield* EmbeddedCluster.initialise(cluster)
        const port = yield* EmbeddedCluster.ensureRunning(cluster)
        yield* Effect.sync(() => EmbeddedProcesses.join(dataDir, user))
        return Redacted.make(`postgres://postgres:${password}@127.0.0.1:${port}/postgres`)
      })
    )
    return { url, dataDir }
  })
