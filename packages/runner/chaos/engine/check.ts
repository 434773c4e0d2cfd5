/** What must hold when all executions have ended, looked up in the database and at the stand-in. */
import type pg from "pg"
import { JOB, SLEEP, STEP_AFTER_SLEEP, STEPS } from "./payout.ts"
import type { Ledger } from "./StandIn.ts"

/** What was found. Without violations all is as it must be. */
export interface Findings {
  readonly violations: ReadonlyArray<string>
  readonly executions: number
  readonly effects: number
  readonly requests: number
  /** Requests for a key that came after one: how that one had ended. */
  readonly repeats: { readonly answered: number; readonly refused: number; readonly hungUp: number }
  readonly repeatedEffects: number
  /** By how much the step after a sleep began after its end, at most; and how many sleeps there were. */
  readonly sleeps: number
  readonly sleepLateMsMax: number
  /** By how many handovers an execution went through, at most. */
  readonly handoversMax: number
}

const STATES_SQL = `
  SELECT state, count(*)::int AS n, (array_agg(business_key ORDER BY id))[1:3] AS some
  FROM reckoner.execution WHERE job = '${JOB}' AND state <> 'succeeded' GROUP BY state`

const STEPS_SQL = `
  SELECT business_key AS key, array_agg(s.name ORDER BY s.name) FILTER (WHERE s.state = 'succeeded') AS names,
    count(*) FILTER (WHERE s.state <> 'succeeded' OR s.attempt <> e.attempt)::int AS others
  FROM reckoner.execution e LEFT JOIN reckoner.execution_step s ON s.execution = e.id AND s.kind = 'step'
  WHERE job = '${JOB}' GROUP BY business_key`

const SLEEPS_SQL = `
  SELECT count(*)::int AS n, coalesce(min(late_ms), 0)::float8 AS least, coalesce(max(late_ms), 0)::float8 AS most
  FROM (
    SELECT extract(epoch FROM after.started_at) * 1000 - (sleep.output ->> 'untilMs')::numeric AS late_ms
    FROM reckoner.execution_step sleep JOIN reckoner.execution_step after USING (execution)
    WHERE sleep.kind = 'sleep' AND sleep.name = '${SLEEP}' AND after.kind = 'step' AND after.name = '${STEP_AFTER_SLEEP}'
  ) each`

const HANDOVERS_SQL = `SELECT coalesce(max(handover), 0)::int AS n FROM reckoner.execution WHERE job = '${JOB}'`

const OTHER_JOBS_SQL = `
  SELECT job || ' ' || business_key AS key FROM reckoner.execution WHERE job <> '${JOB}' AND state = 'failed'`

const ALL_STEPS = JSON.stringify([...STEPS].sort())

const some = (what: string, found: ReadonlyArray<string>): ReadonlyArray<string> =>
  found.length === 0 ? [] : [`${found.length} ${what}: ${found.slice(0, 5).join(", ")}`]

/** Compares what is recorded and what was done with what was wanted: so many executions, each step once. */
export const check = async (client: pg.Client, ledger: Ledger, wanted: number): Promise<Findings> => {
  const ask = async <Row extends pg.QueryResultRow>(text: string) => (await client.query<Row>(text)).rows
  const steps = await ask<{ key: string; names: ReadonlyArray<string> | null; others: number }>(STEPS_SQL)
  const sleeps = (await ask<{ n: number; least: number; most: number }>(SLEEPS_SQL)).at(0)!
  const handovers = (await ask<{ n: number }>(HANDOVERS_SQL)).at(0)!
  const entries = Object.entries(ledger)
  const keys = new Set(steps.flatMap(({ key }) => STEPS.map((step) => `${key}/${step}`)))
  const total = (figure: (entry: Ledger[string]) => number) =>
    entries.reduce((sum, [, entry]) => sum + figure(entry), 0)

  const unended = await ask<{ state: string; n: number; some: ReadonlyArray<string> }>(STATES_SQL)
  const violations = [
    ...(steps.length === wanted ? [] : [`there are ${steps.length} executions instead of ${wanted}`]),
    ...unended.map(({ n, some, state }) => `${n} executions are ${state}: ${some.join(", ")}`),
    ...some(
      "executions have not recorded each step once",
      steps.filter(({ names }) => JSON.stringify(names) !== ALL_STEPS).map(({ key }) => key)
    ),
    ...some(
      "executions have steps that run, failed or are of another attempt",
      steps.filter(({ others }) => others > 0).map(({ key }) => key)
    ),
    ...some(
      "keys have no effect",
      [...keys].filter((key) => (ledger[key]?.effects ?? 0) === 0)
    ),
    ...some(
      "keys have more than one effect",
      entries.filter(([, { effects }]) => effects > 1).map(([key]) => key)
    ),
    ...some(
      "effects belong to no execution",
      entries.filter(([key]) => !keys.has(key)).map(([key]) => key)
    ),
    ...(sleeps.least < 0 ? [`a sleep was cut short by ${-sleeps.least} ms`] : []),
    ...some(
      "executions of other jobs failed",
      (await ask<{ key: string }>(OTHER_JOBS_SQL)).map(({ key }) => key)
    )
  ]
  return {
    violations,
    executions: steps.length,
    effects: total(({ effects }) => effects),
    requests: total(({ requests }) => requests),
    repeats: {
      answered: total(({ repeatsAfterAnswer }) => repeatsAfterAnswer),
      refused: total(({ repeatsAfterRefusal }) => repeatsAfterRefusal),
      hungUp: total(({ repeatsAfterHangUp }) => repeatsAfterHangUp)
    },
    repeatedEffects: total(({ effects }) => Math.max(0, effects - 1)),
    sleeps: sleeps.n,
    sleepLateMsMax: Math.round(sleeps.most),
    handoversMax: handovers.n
  }
}
