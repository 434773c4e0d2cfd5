import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import * as TransitionTable from "./TransitionTable.ts"

const TABLE: ReadonlyArray<TransitionTable.Transition<"Open" | "Close" | "Knock", "Locked" | "Stuck", "Shut">> = [
  { state: "Pending", command: "Open", guards: ["Locked", "Stuck"], outcome: TransitionTable.becomes("Approved") },
  { state: "Pending", command: "Close", guards: [], outcome: TransitionTable.refused("Shut") },
  { state: "Pending", command: "Knock", guards: ["Stuck"], outcome: TransitionTable.UNCHANGED }
]

const changes = (command: "Open" | "Close" | "Knock", ...speaking: ReadonlyArray<string>) =>
  TransitionTable.changes(
    TABLE,
    { state: "Pending", command },
    { guarding: (guard) => (speaking.includes(guard) ? `guard ${guard}` : undefined), refusing: (name) => `is ${name}` }
  )

describe("TransitionTable", () => {
  describe("changes", () => {
    it.each([
      ["Open", [], Result.succeed(true)],
      ["Open", ["Stuck"], Result.fail("guard Stuck")],
      ["Open", ["Stuck", "Locked"], Result.fail("guard Locked")],
      ["Close", ["Locked", "Stuck"], Result.fail("is Shut")],
      ["Knock", ["Locked"], Result.succeed(false)],
      ["Knock", ["Stuck"], Result.fail("guard Stuck")]
    ] as const)("says of %s, with the guards %j: %o", (command, speaking, expected) => {
      expect(changes(command, ...speaking)).toStrictEqual(expected)
    })
  })
})
