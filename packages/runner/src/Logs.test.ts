import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { afterEach, describe, expect, it, vi } from "vitest"
import * as Logs from "./Logs.ts"

afterEach(() => {
  vi.restoreAllMocks()
})

const written = (format: "json" | "text", effect: Effect.Effect<void>): ReadonlyArray<string> => {
  const lines: Array<string> = []
  vi.spyOn(process.stderr, "write").mockImplementation((text) => lines.push(String(text)) > 0)
  Effect.runSync(Effect.provide(effect, Logs.layer(format, "Info")))
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

    it("leaves out what is below the level", () => {
      expect(written("json", Effect.logDebug("quiet"))).toStrictEqual([])
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
