/** Runs each example and compares what it prints with the `// Output:` block at its end. */
import { pathToFileURL } from "node:url"
import { readFiles } from "./repository.ts"
import type { SourceFile } from "./repository.ts"
import { installed, mapLimited, run } from "./run.ts"

export interface Counts {
  readonly passed: number
  readonly failed: number
}

const EXAMPLES_AT_A_TIME = 2
const EXAMPLE_TIMEOUT_MS = 120_000

/** The lines after `// Output:`, or undefined when the file does not end with such a block. */
export const expectedOutput = (text: string): ReadonlyArray<string> | undefined => {
  const lines = text.trimEnd().split("\n")
  const start = lines.lastIndexOf("// Output:")
  if (start === -1) return undefined
  const block = lines.slice(start + 1)
  if (!block.every((line) => line.startsWith("//"))) return undefined
  return block.map((line) => line.replace(/^\/\/ ?/, "").trimEnd())
}

/** What was printed, line by line, without white space at the ends of lines and of the whole. */
export const printedLines = (stdout: string): ReadonlyArray<string> => {
  const lines = stdout.split("\n").map((line) => line.trimEnd())
  while (lines.at(-1) === "") lines.pop()
  return lines
}

/** The lines that differ, `-` expected and `+` printed; empty when there is no difference. */
export const differences = (expected: ReadonlyArray<string>, printed: ReadonlyArray<string>): ReadonlyArray<string> => {
  const found: Array<string> = []
  for (let at = 0; at < Math.max(expected.length, printed.length); at++) {
    if (expected[at] === printed[at]) continue
    if (expected[at] !== undefined) found.push(`- ${at + 1}: ${expected[at]}`)
    if (printed[at] !== undefined) found.push(`+ ${at + 1}: ${printed[at]}`)
  }
  return found
}

/** Why the example fails, or an empty list. */
const failuresOf = async (example: SourceFile, env: NodeJS.ProcessEnv): Promise<ReadonlyArray<string>> => {
  const expected = expectedOutput(example.text)
  if (expected === undefined) return ["does not end with an // Output: block"]
  const ran = await run(installed("tsx"), ["--conditions=@reckoner/source", example.path], {
    env: { ...env, NO_COLOR: "1" },
    timeoutMs: EXAMPLE_TIMEOUT_MS
  })
  if (ran.code !== 0) return [`ended with code ${ran.code}`, ...ran.output.trimEnd().split("\n")]
  return differences(expected, printedLines(ran.stdout))
}

/** Runs all examples; prints one line for each, and the differences of those that fail. */
export const runExamples = async (env: NodeJS.ProcessEnv = process.env): Promise<Counts> => {
  const examples = readFiles().filter((file) => /^examples\/src\/\d+-[^/]+\.ts$/.test(file.path))
  const results = await mapLimited(examples, EXAMPLES_AT_A_TIME, async (example) => {
    const failures = await failuresOf(example, env)
    console.log(`${failures.length === 0 ? "✓" : "×"} ${example.path}`)
    for (const line of failures) console.log(`    ${line}`)
    return failures.length === 0
  })
  const passed = results.filter(Boolean).length
  return { passed, failed: results.length - passed }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { passed, failed } = await runExamples()
  console.log(`${passed} passed, ${failed} failed`)
  process.exitCode = failed === 0 ? 0 : 1
}
