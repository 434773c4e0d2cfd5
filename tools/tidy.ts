/**
 * The house rules as pure checks: a check is given the files of the repository
 * and answers with what is wrong. `npm run check` and `tidy.test.ts` run them all.
 */
import type { Check, Problem, SourceFile } from "./repository.ts"
import { decisionsWithoutGaps, linksLeadSomewhere, oneTitle } from "./tidy/documents.ts"
import { errorsAreDocumented, exportsAreDocumented } from "./tidy/docstrings.ts"
import { sourceNames } from "./tidy/glossary.ts"
import { importEdges, packageDependencies } from "./tidy/imports.ts"
import { lawsAreUsed, modulesHaveTests, unusedFiles } from "./tidy/layout.ts"
import { bannedCalls, emptyNames, longFiles, machinePaths } from "./tidy/names.ts"

/** Every check, by the rule it holds up. */
export const checks: ReadonlyArray<readonly [rule: string, check: Check]> = [
  ["imports follow the arrows", importEdges],
  ["each package lists what it imports", packageDependencies],
  ["names say something", emptyNames],
  ["no banned calls", bannedCalls],
  ["every module has its test", modulesHaveTests],
  ["every law is tested and named", lawsAreUsed],
  ["every export is documented", exportsAreDocumented],
  ["every error is documented", errorsAreDocumented],
  ["source names stay at the edges", sourceNames],
  ["files are short", longFiles],
  ["every file is used", unusedFiles],
  ["one title per document", oneTitle],
  ["decision records have no gaps", decisionsWithoutGaps],
  ["links lead somewhere", linksLeadSomewhere],
  ["no machine paths", machinePaths]
]

/** All problems of a list of files, in the order of the checks. */
export const tidy = (files: ReadonlyArray<SourceFile>): ReadonlyArray<Problem> =>
  checks.flatMap(([, check]) => check(files))
