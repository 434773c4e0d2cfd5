import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type { LogLevel } from "effect/LogLevel"
import * as Option from "effect/Option"
import { afterEach, describe, expect, it, vi } from "vitest"
import * as Logs from "./Logs.ts"

afterEach(() => {
  vi.restoreAllMocks()
})

const written = (
  format: "json" | "text",
  effect: Effect.Effect<void>,
  level: LogLevel = "Info"
): ReadonlyArray<string> => {
  const lines: Array<string> = []
  vi.spyOn(process.stderr, "write").mockImplementation((text) => lines.push(String(text)) > 0)
  Effect.runSync(Effect.provide(effect, Logs.layer(format, level)))
  return lines
}

const entry = Effect.annotateLogs(Effect.logWarning("it", "happened"), { path: "/a", text: "two\nwords", n: 1 })

describe("Logs", () => {
  describe("layer", () => {
    it("writes one JSON object per line", () => {
      const [line, ...others] = written("json", entry)
      expect(others).toStrictEqual([])
      const { at, ...fields } = JSON.parse(line ?? "") as Record<string, unknown>
      expect(fields).toStrictEqual({ level: "warn", message: "it happened", path: "/a", text: "two\nwords", n: 1 })
      expect(new Date(String(at)).toISOString()).toBe(at)
    })

    it("writes text on one line, whatever is in it", () => {
      const [line] = written("text", entry)
      expect(line?.slice(25)).toBe('warn  it happened path=/a text="two\\nwords" n=1\n')
    })

    it("writes what is said beside the text as fields, and a cause in full", () => {
      const counted = Effect.logWarning("steps are cut off", { executions: 2 }, Cause.fail(new Error("the reason")))
      const [line] = written("json", counted)
      const { at: _at, cause, ...fields } = JSON.parse(line ?? "") as Record<string, unknown>
      expect(fields).toStrictEqual({ level: "warn", message: "steps are cut off", executions: 2 })
      expect(cause).toContain("the reason")
    })

    it("writes the message of an error, and no cause where there is none", () => {
      const [line] = written("text", Effect.logError("it failed:", new Error("no room")))
      expect(line?.slice(25)).toBe("error it failed: no room\n")
    })

    it.each([
      ["Info", ["info", "warn", "error"]],
      ["Debug", ["debug", "info", "warn", "error"]],
      ["Error", ["error"]],
      ["None", []]
    ] as const)("writes at the level %s: %j", (level, levels) => {
      const all = Effect.all([
        Effect.logDebug("it"),
        Effect.logInfo("it"),
        Effect.logWarning("it"),
        Effect.logError("it")
      ])
      const lines = written("json", Effect.asVoid(all), level)
      expect(lines.map((line) => (JSON.parse(line) as { readonly level: string }).level)).toStrictEqual(levels)
    })

    it("writes nothing else, and nothing to stdout", () => {
      const stdout = vi.spyOn(process.stdout, "write").mockImplementation(() => true)
      const consoleLog = vi.spyOn(console, "log").mockImplementation(() => {})
      expect(written("json", entry).length).toBe(1)
      expect([stdout.mock.calls, consoleLog.mock.calls]).toStrictEqual([[], []])
    })

    it("leaves out what the engine says at every stop, and nothing like it", () => {
      const said = "No healthy runners available"
      expect(written("json", Effect.logWarning(said))).toStrictEqual([])
      expect(written("json", Effect.logError(said)).length).toBe(1)
      expect(written("json", Effect.logWarning("No healthy runners")).length).toBe(1)
    })
  })

  describe("formatFor", () => {
    it.each([
      ["json", true, true],
      ["json", true, false],
      ["text", false, true],
      ["json", false, false]
    ] as const)("is %s where server is %s and terminal is %s", (format, isServer, isTerminal) => {
      expect(Logs.formatFor(Option.none(), { isServer, isTerminal })).toBe(format)
      expect(Logs.formatFor(Option.some("text"), { isServer, isTerminal })).toBe("text")
    })
  })
})
