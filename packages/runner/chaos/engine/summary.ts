/** A run in figures: for a person, for a program, and as the table of the baseline. */
import { type Figures, figuresOf, type Recovered, type Spread } from "./disturb.ts"
import type { Report } from "./endure.ts"
import { allowanceMs, answerMs, type Kind, type Plan } from "./plan.ts"

export interface Summary {
  readonly plan: Plan
  readonly violations: ReadonlyArray<string>
  readonly executions: number
  readonly effects: number
  readonly repeatedEffects: number
  readonly requests: number
  readonly repeats: Report["repeats"]
  readonly startedTwice: number
  readonly failedStarts: number
  readonly handoversMax: number
  readonly sleeps: number
  readonly sleepLateMsMax: number
  readonly undisturbedMs: number | undefined
  readonly disturbedMs: number
  readonly ratio: number | undefined
  readonly ratioBound: number | undefined
  readonly recovery: Readonly<Record<Kind, Figures>>
}

const KINDS: ReadonlyArray<Kind> = ["kill", "database stop", "freeze", "clock jump", "termination"]

const seconds = (ms: number): string => (ms / 1000).toFixed(1)
const rounded = (ratio: number): number => Math.round(ratio * 100) / 100

/** What is about to be done. */
export const headline = (plan: Plan): string => {
  const { clockJumps, databaseStops, executions, freezes, isEmbedded, kills, processes, seed, terminations } = plan
  const where = isEmbedded ? "one process with a server of its own" : `${processes} processes`
  return (
    `${executions} executions in ${where}, an answer takes about ${answerMs(plan)} ms; ${kills} kills, ` +
    `${databaseStops} database stops, ${freezes} freezes, ${clockJumps} clock jumps, ${terminations} terminations ` +
    `(seed ${seed}) …`
  )
}

/** The figures of a disturbed run beside those of an undisturbed one. */
export const of = (plan: Plan, undisturbed: Report | undefined, disturbed: Report): Summary => {
  const undisturbedMs = undisturbed?.elapsedMs
  const ratio = undisturbedMs === undefined ? undefined : rounded(disturbed.elapsedMs / undisturbedMs)
  const ratioBound = undisturbedMs === undefined ? undefined : rounded(1 + allowanceMs(plan) / undisturbedMs)
  const isSlow = ratio !== undefined && ratioBound !== undefined && ratio > ratioBound
  return {
    plan,
    violations: [
      ...disturbed.violations,
      ...(isSlow ? [`it took ${ratio} × the time of an undisturbed run, more than ${ratioBound}`] : [])
    ],
    executions: disturbed.executions,
    effects: disturbed.effects,
    repeatedEffects: disturbed.repeatedEffects,
    requests: disturbed.requests,
    repeats: disturbed.repeats,
    startedTwice: disturbed.startedTwice,
    failedStarts: disturbed.failedStarts,
    handoversMax: disturbed.handoversMax,
    sleeps: disturbed.sleeps,
    sleepLateMsMax: disturbed.sleepLateMsMax,
    undisturbedMs,
    disturbedMs: disturbed.elapsedMs,
    ratio,
    ratioBound,
    recovery: Object.fromEntries(KINDS.map((kind) => [kind, figuresOf(disturbed.done, kind)])) as Summary["recovery"]
  }
}

const spread = (found: Spread | undefined): string =>
  found === undefined ? "–" : `${seconds(found.median)} s (${seconds(found.max)} s)`

const recovered = ({ allMs, count, firstMs }: Recovered): string =>
  count === 0 ? "0" : `${count}: first ${spread(firstMs)}; all ${spread(allMs)}`

const recoveryRow = (kind: Kind, { count, lastedMs, recovered: any, recoveredAlone }: Figures): string =>
  `| ${kind} | ${count}, lasted ${spread(lastedMs)} | ${recovered(any)} | ${recovered(recoveredAlone)} |`

/** The table of the baseline, and what was wrong. */
export const lines = (summary: Summary): ReadonlyArray<string> => {
  const { plan, ratio, ratioBound, repeats, undisturbedMs, violations } = summary
  const time =
    undisturbedMs === undefined
      ? `${seconds(summary.disturbedMs)} s`
      : `${seconds(summary.disturbedMs)} s, undisturbed ${seconds(undisturbedMs)} s: ${ratio} × (bound ${ratioBound})`
  return [
    "",
    "| Figure | Result |",
    "| --- | --- |",
    `| executions, each with five steps recorded once | ${summary.executions} |`,
    `| starts of a key that was there already | ${summary.startedTwice}, no execution more |`,
    `| effects of the stand-in; keys with more than one | ${summary.effects}; ${summary.repeatedEffects} repeated |`,
    `| requests | ${summary.requests}: ${repeats.refused} repeated because it refused or was silent, ` +
      `${repeats.hungUp} because the asker was gone, ${repeats.answered} because its answer was not recorded |`,
    `| time | ${time} |`,
    `| sleeps; begun after their end by, at most | ${summary.sleeps}; ${seconds(summary.sleepLateMsMax)} s |`,
    `| handovers of one execution, at most | ${summary.handoversMax} |`,
    `| starts of a process while the database was away | ${summary.failedStarts} |`,
    "",
    "Until the first, and until all, of the executions that it hit went on; median (max):",
    "",
    "| Disturbance | Number | Measured | Of them, without a stop of the database or a freeze meanwhile |",
    "| --- | --- | --- | --- |",
    ...KINDS.filter((kind) => summary.recovery[kind].count > 0).map((kind) =>
      recoveryRow(kind, summary.recovery[kind])
    ),
    "",
    ...violations.map((violation) => `VIOLATED: ${violation}`),
    ...(violations.length === 0 ? ["ok"] : []),
    ...(violations.length > 0 && !plan.isDeduplicating
      ? ["This was to be expected: the stand-in was told to forget the keys, so every repeated request is an effect."]
      : [])
  ]
}
