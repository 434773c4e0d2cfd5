import * as Effect from "effect/Effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import * as EmbeddedProcesses from "./EmbeddedProcesses.ts"

let folder: string
beforeEach(() => void (folder = fs.mkdtempSync(path.join(os.tmpdir(), "reckoner-processes-"))))
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }))

const withLock = <A>(body: Effect.Effect<A>) => Effect.runPromise(EmbeddedProcesses.locked(folder, body))

describe("EmbeddedProcesses", () => {
  describe("locked", () => {
    it("lets one in at a time", async () => {
      let inside = 0
      let most = 0
      const body = Effect.gen(function* () {
        most = Math.max(most, ++inside)
        yield* Effect.sleep(5)
        inside--
      })
      await Promise.all(Array.from({ length: 20 }, () => withLock(body)))
      expect(most).toBe(1)
    })

    it("gives the lock back when the body fails", async () => {
      const failed = Effect.flip(EmbeddedProcesses.locked(folder, Effect.fail("no")))
      expect(await Effect.runPromise(Effect.all([failed, failed]))).toStrictEqual(["no", "no"])
    })

    it.each([
      ["is gone", "999999999 any/1"],
      ["has an id that belongs to another process now", `${process.pid} any/1`],
      ["left an empty file", ""]
    ])("takes the lock from a process that %s", async (_, holder) => {
      fs.writeFileSync(path.join(folder, "lock.7"), holder)
      expect(await withLock(Effect.succeed("in"))).toBe("in")
      expect(fs.readdirSync(folder)).toStrictEqual(["lock.8"])
    })

    it("can be interrupted while it waits", async () => {
      const outcome = await withLock(
        Effect.timeoutOption(Effect.ignore(EmbeddedProcesses.locked(folder, Effect.void)), 200)
      )
      expect(outcome._tag).toBe("None")
    })

    it("fails with FolderNotUsable when there is no folder", async () => {
      const missing = path.join(folder, "missing")
      const error = await Effect.runPromise(Effect.flip(EmbeddedProcesses.locked(missing, Effect.void)))
      expect(error.reason._tag).toBe("FolderNotUsable")
    })
  })

  describe("join and leave", () => {
    it("count the users that are left", () => {
      const [one, other] = [EmbeddedProcesses.newUser(), EmbeddedProcesses.newUser()]
      EmbeddedProcesses.join(folder, one)
      EmbeddedProcesses.join(folder, other)
      expect([EmbeddedProcesses.leave(folder, one), EmbeddedProcesses.leave(folder, other)]).toStrictEqual([1, 0])
    })

    it("sweep users whose process is gone, or whose id belongs to another process now", () => {
      const user = EmbeddedProcesses.newUser()
      EmbeddedProcesses.join(folder, user)
      fs.writeFileSync(path.join(folder, "users", "999999999-a"), "999999999 any/1")
      fs.writeFileSync(path.join(folder, "users", `${process.pid}-b`), `${process.pid} any/1`)
      expect(EmbeddedProcesses.leave(folder, "none")).toBe(1)
      expect(fs.readdirSync(path.join(folder, "users"))).toStrictEqual([user])
    })

    it("leave without having joined is harmless", () => {
      expect(EmbeddedProcesses.leave(folder, "none")).toBe(0)
    })
  })
})
