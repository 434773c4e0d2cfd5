/**
 * Findings in memory, each once, in the order of `FindingStore`.
 *
 * @since 0.1.0
 */
import type { StoredFinding } from "../ports/FindingStore.ts"

/** By code points; `<` would compare halves of surrogate pairs. */
const compare = (one: string, other: string): number => {
  let at = 0
  while (at < one.length && one[at] === other[at]) at++
  return (one.codePointAt(at) ?? -1) - (other.codePointAt(at) ?? -1)
}

/** The shorter first, so that numbers are in their order. */
const compareKeys = (one: string, other: string): number =>
  Array.from(one).length - Array.from(other).length || compare(one, other)

/**
 * Findings, one for each job, subject, line and kind.
 *
 * @category models
 * @since 0.1.0
 */
export class FindingTable {
  readonly #findings = new Map<string, StoredFinding>()

  /** Keeps a finding; one that was there keeps its first run, and takes the new detail. */
  add(finding: StoredFinding): void {
    const { job, kind, lineId, subject } = finding
    const key = JSON.stringify([job, subject, lineId ?? null, kind])
    this.#findings.set(key, { ...finding, firstRun: this.#findings.get(key)?.firstRun ?? finding.firstRun })
  }

  /** All of them. */
  inOrder(): ReadonlyArray<StoredFinding> {
    return [...this.#findings.values()].toSorted(
      (one, other) =>
        other.firstRun - one.firstRun ||
        compare(one.job, other.job) ||
        compareKeys(one.subject, other.subject) ||
        compareKeys(one.lineId ?? "", other.lineId ?? "") ||
        compare(one.kind, other.kind)
    )
  }
}
