import { describe, expect, it } from "vitest"
import { formatProblem, readFiles } from "./repository.ts"
import { checks } from "./tidy.ts"

const files = readFiles()

describe("the repository is tidy", () => {
  it.each(checks)("%s", (_, check) => {
    const errors = check(files).filter(({ severity }) => severity === "error")
    expect(errors.map(formatProblem)).toStrictEqual([])
  })
})
