/** The documents: one title each, decision records without gaps. */
import path from "node:path"
import { isPackageSource, problem } from "../repository.ts"
import type { Check, Problem } from "../repository.ts"

/** The lines of a markdown text, those inside code fences blanked. */
export const outsideFences = (markdown: string): ReadonlyArray<string> => {
  let fence: string | undefined
  return markdown.split("\n").map((line) => {
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1]
    if (fence === undefined && mark === undefined) return line
    if (fence === undefined) fence = mark
    else if (mark !== undefined && mark.startsWith(fence)) fence = undefined
    return ""
  })
}

/** A document has one `#` title, so that its links and its outline have one root. */
export const oneTitle: Check = (files) =>
  files
    .filter((file) => file.path.endsWith(".md"))
    .flatMap((file) => {
      const titles = outsideFences(file.text).filter((line) => line.startsWith("# ")).length
      return titles === 1
        ? []
        : [problem(file.path, 1, `has ${titles} titles of level one; a document has exactly one`)]
    })

/** Decision records are `NNNN-title.md`, counted from 0001, and carry their number in the title. */
export const decisionsWithoutGaps: Check = (files) => {
  const records = files.filter((file) => file.path.startsWith("docs/adr/") && file.path.endsWith(".md"))
  const problems: Array<Problem> = []
  const seen = new Map<number, string>()
  for (const file of records) {
    const number = /^(\d{4})-[a-z0-9-]+\.md$/.exec(path.posix.basename(file.path))?.[1]
    if (number === undefined) {
      problems.push(problem(file.path, 1, "a decision record is named NNNN-lower-case-title.md"))
      continue
    }
    const same = seen.get(Number(number))
    if (same !== undefined) problems.push(problem(file.path, 1, `has the number of ${same}`))
    seen.set(Number(number), file.path)
    if (!file.text.startsWith(`# ${number} `))
      problems.push(problem(file.path, 1, `its title must start with "# ${number} "`))
  }
  const last = Math.max(0, ...seen.keys())
  for (let number = 1; number < last; number++) {
    if (seen.has(number)) continue
    problems.push(problem("docs/adr", 1, `the decision record ${String(number).padStart(4, "0")} is missing`))
  }
  return problems
}

/** Links of documents to files, and records and guides that code names, lead somewhere. */
export const linksLeadSomewhere: Check = (files) => {
  const paths = new Set(files.flatMap((file) => [file.path, ...foldersOf(file.path)]))
  const problems: Array<Problem> = []
  for (const file of files) {
    if (!file.path.endsWith(".md") && !isPackageSource(file)) continue
    const isDocument = file.path.endsWith(".md")
    const lines = isDocument ? outsideFences(file.text) : file.text.split("\n")
    lines.forEach((line, index) => {
      const linked = isDocument
        ? [...line.matchAll(/\]\((?!\w+:|#)([^)#\s]+)[^)]*\)/g)].map(([, target = ""]) =>
            path.posix.normalize(path.posix.join(path.posix.dirname(file.path), target))
          )
        : [...line.matchAll(/@see (docs\/[\w/.-]+\.md)/g)].map(([, target = ""]) => target)
      for (const target of linked) {
        if (paths.has(target.replace(/\/$/, ""))) continue
        problems.push(problem(file.path, index + 1, `links to ${target}, which does not exist`))
      }
    })
  }
  return problems
}

const foldersOf = (file: string): ReadonlyArray<string> => {
  const parts = file.split("/")
  return parts.map((_, index) => parts.slice(0, index).join("/"))
}
