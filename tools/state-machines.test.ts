import { readFileSync } from "node:fs"
import path from "node:path"
import { describe, expect, it } from "vitest"
import { ROOT } from "./repository.ts"
import { documentOf, FILE } from "./state-machines.ts"

describe("the document of the state machines", () => {
  it("is up to date: otherwise run `npm run docs:machines`", () => {
    expect(readFileSync(path.join(ROOT, FILE), "utf8")).toBe(documentOf())
  })

  it("has a row for every state and command of both machines", () => {
    const rows = documentOf()
      .split("\n")
      .filter((line) => /^\| (Pending|Approved|Rejected) /.test(line))
    expect(rows).toHaveLength(2 * 3 * 4)
  })
})
