/**
 * Who uses a data folder: a lock that one process holds at a time, and a register of users.
 *
 * Both survive `kill -9`. A process is known by its id and the moment it
 * started, so an id that the system has given to another process is not
 * mistaken for the one that left it behind.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { execFileSync } from "node:child_process"
import { randomBytes } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import { EmbeddedServerError } from "./EmbeddedServerError.ts"

const LOCK_POLL_INTERVAL_MS = 50
const LOCK_WAIT_MAX_MS = 180_000
const RELEASED = "released"

const bootId = (): string => {
  try {
    return fs.readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()
  } catch {
    return ""
  }
}

/** The moment a process started, as an opaque text; undefined when no such process lives. */
const startOf = (pid: number): string | undefined => {
  if (process.platform === "linux") {
    try {
      const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8")
      // The name of the command, in brackets, may hold spaces: read on behind the last bracket.
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
      return fields[0] === "Z" || fields[0] === "X" ? undefined : `${bootId()}/${fields[19]}`
    } catch {
      return undefined
    }
  }
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return undefined
  }
  if (process.platform === "win32") return "unknown"
  try {
    return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim()
  } catch {
    return "unknown"
  }
}

const me = (): string => `${process.pid} ${startOf(process.pid)}`

const isAlive = (identity: string): boolean => {
  const space = identity.indexOf(" ")
  const start = startOf(Number(identity.slice(0, space)))
  return start !== undefined && start === identity.slice(space + 1)
}

const read = (file: string): string | undefined => {
  try {
    return fs.readFileSync(file, "utf8")
  } catch {
    return undefined
  }
}

const numberedLocks = (folder: string): ReadonlyArray<number> =>
  fs
    .readdirSync(folder)
    .flatMap((name) => (/^lock\.\d+$/.test(name) ? [Number(name.slice(5))] : []))
    .sort((one, other) => one - other)

/**
 * Takes the lock if it is free and returns its file.
 *
 * Locks are numbered and the highest number counts. A taker links a file that
 * already carries its identity to the next number, which only one can do; the
 * highest file is never removed, only marked as released, so a taker that
 * looked too early finds a higher number afterwards and steps back.
 */
const tryLock = (folder: string): string | undefined => {
  const highest = numberedLocks(folder).at(-1) ?? 0
  const holder = read(path.join(folder, `lock.${highest}`))
  if (holder !== undefined && holder !== RELEASED && isAlive(holder)) return undefined
  const mine = path.join(folder, `lock.${highest + 1}`)
  const draft = path.join(folder, `draft.${process.pid}.${randomBytes(6).toString("hex")}`)
  fs.writeFileSync(draft, me(), { mode: 0o600 })
  try {
    fs.linkSync(draft, mine)
  } catch {
    return undefined
  } finally {
    fs.rmSync(draft, { force: true })
  }
  const now = numberedLocks(folder)
  if (now.at(-1) !== highest + 1) {
    fs.rmSync(mine, { force: true })
    return undefined
  }
  for (const number of now) if (number <= highest) fs.rmSync(path.join(folder, `lock.${number}`), { force: true })
  return mine
}

const unlock = (file: string): void => {
  const draft = `${file}.${randomBytes(6).toString("hex")}`
  fs.writeFileSync(draft, RELEASED, { mode: 0o600 })
  fs.renameSync(draft, file)
}

/**
 * Runs an effect while no other process is starting or stopping the server of this folder.
 * Waiting can be interrupted, the effect itself cannot.
 *
 * @category constructors
 * @since 0.1.0
 */
export const locked = <A, E, R>(
  folder: string,
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E | EmbeddedServerError, R> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const notUsable = (error: unknown) =>
        new EmbeddedServerError({
          reason: { _tag: "FolderNotUsable", output: (error as Error).message },
          dataDir: folder
        })
      for (let waitedMs = 0; ; waitedMs += LOCK_POLL_INTERVAL_MS) {
        const file = yield* Effect.try({ try: () => tryLock(folder), catch: notUsable })
        if (file !== undefined)
          return yield* Effect.ensuring(
            effect,
            Effect.sync(() => unlock(file))
          )
        if (waitedMs >= LOCK_WAIT_MAX_MS) {
          return yield* new EmbeddedServerError({ reason: { _tag: "Busy", waitedMs }, dataDir: folder })
        }
        yield* restore(Effect.sleep(LOCK_POLL_INTERVAL_MS))
      }
    })
  )

const usersOf = (folder: string): string => path.join(folder, "users")

/**
 * A name for one more use of a folder by this process. It is not yet registered.
 *
 * @category constructors
 * @since 0.1.0
 */
export const newUser = (): string => `${process.pid}-${randomBytes(6).toString("hex")}`

/**
 * Registers a user. Call it under the lock.
 *
 * @category constructors
 * @since 0.1.0
 */
export const join = (folder: string, user: string): void => {
  fs.mkdirSync(usersOf(folder), { recursive: true, mode: 0o700 })
  const draft = path.join(folder, `draft.${user}`)
  fs.writeFileSync(draft, me(), { mode: 0o600 })
  fs.renameSync(draft, path.join(usersOf(folder), user))
}

/**
 * Takes a user off the register, together with those whose process is gone, and
 * says how many are left. Call it under the lock.
 *
 * @category constructors
 * @since 0.1.0
 */
export const leave = (folder: string, user: string): number => {
  const users = usersOf(folder)
  fs.rmSync(path.join(users, user), { force: true })
  const others = fs.existsSync(users) ? fs.readdirSync(users) : []
  return others.filter((other) => {
    const identity = read(path.join(users, other))
    if (identity !== undefined && isAlive(identity)) return true
    fs.rmSync(path.join(users, other), { force: true })
    return false
  }).length
}
