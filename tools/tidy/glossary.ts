/** Names of the source documents stay at the edges: adapters, migrations and the glossary. */
import { isPackageSource, problem } from "../repository.ts"
import type { Check, Problem, SourceFile } from "../repository.ts"

const GLOSSARY = "docs/GLOSSARY.md"

const ticked = (text: string): ReadonlyArray<string> => [...text.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name)

interface Glossary {
  /** Source identifiers that may not appear. */
  readonly banned: ReadonlyMap<string, string>
  /** Texts that another system fixes, allowed as whole string literals. */
  readonly fixed: ReadonlyArray<string>
}

const section = (text: string, title: string): string =>
  new RegExp(`^## ${title}\\n([\\s\\S]*?)(?=^## |$(?![\\s\\S]))`, "m").exec(text)?.[1] ?? ""

/** Reads the table `| Source | Their name | Ours | Meaning |` and the two lists of exceptions. */
export const readGlossary = (text: string): Glossary => {
  const rows = text
    .split("\n")
    .map((line) => line.split("|").map((cell) => cell.trim()))
    .filter((cells) => /^00\d$/.test(cells[1] ?? ""))
  const ours = new Set([
    ...rows.flatMap((cells) => ticked(cells[3] ?? "")),
    ...ticked(section(text, "Words both sides use"))
  ])
  const banned = new Map<string, string>()
  for (const cells of rows) {
    for (const name of ticked(cells[2] ?? "")) {
      const isIdentifier = /^[A-Za-z_]\w+$/.test(name)
      if (isIdentifier && !ours.has(name)) banned.set(name, (cells[3] ?? "").replaceAll("`", ""))
    }
  }
  return { banned, fixed: ticked(section(text, "Fixed texts")) }
}

/** Blanks what may hold a source name: paths of endpoints, and texts another system fixes. */
const withoutAllowed = (line: string, fixed: ReadonlyArray<string>): string =>
  line.replace(/(["'`])(.*?)\1/g, (literal, _quote, inner: string) =>
    inner.startsWith("/") || fixed.includes(inner) ? " ".repeat(literal.length) : literal
  )

/** Fills the other side's tables, so it says their names. */
const SAMPLE_DATA = "packages/runner/src/demo/SampleData.ts"

const isWatched = (file: SourceFile): boolean =>
  file.path !== SAMPLE_DATA &&
  !/^packages\/runner\/src\/.+\/testing\//.test(file.path) &&
  // A suite on a real server looks at the tables of the other side, with what it shares in a folder `testing`, and
  // expected results computed by somebody else come in their words, so these say their names.
  (isPackageSource(file, "core") || isPackageSource(file, "runner")) &&
  !/\.(pg|oracle)\.test\.ts$/.test(file.path)

export const sourceNames: Check = (files) => {
  const glossary = files.find((file) => file.path === GLOSSARY)
  if (glossary === undefined) return [problem(GLOSSARY, 1, "is missing")]
  const { banned, fixed } = readGlossary(glossary.text)
  const problems: Array<Problem> = []
  if (banned.size === 0) return [problem(GLOSSARY, 1, "has no table | Source | Their name | Ours | Meaning |")]
  const any = new RegExp(`(?<![\\w$])(${[...banned.keys()].join("|")})(?![\\w$])`, "g")
  for (const file of files.filter(isWatched)) {
    file.text.split("\n").forEach((line, index) => {
      for (const [name] of withoutAllowed(line, fixed).matchAll(any)) {
        problems.push(problem(file.path, index + 1, `"${name}" is a source name; ours is: ${banned.get(name)}`))
      }
    })
  }
  return problems
}
