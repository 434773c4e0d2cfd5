/** How much is disturbed, when, and how long a run may take for it. */
import { chanceOf } from "./chance.ts"
import { STEPS } from "./payout.ts"

export interface Plan {
  readonly executions: number
  readonly processes: number
  readonly kills: number
  readonly databaseStops: number
  readonly freezes: number
  readonly clockJumps: number
  readonly terminations: number
  readonly killEveryMs: number
  readonly seed: number
  readonly isDeduplicating: boolean
  readonly isEmbedded: boolean
}

export type Kind = "kill" | "database stop" | "freeze" | "clock jump" | "termination"

export interface Disturbance {
  readonly kind: Kind
  readonly atMs: number
}

/** Executions that a process takes in at a time. */
export const EXECUTIONS_MAX = 8
/** Longer than the lease of a shard. */
export const FREEZE_MS = 16_000
export const DOWN_MS_MAX = 4_000
/** How long a process that is told to stop may take: requests and steps may end, each within 10 s. */
export const STOP_DEADLINE_MS = 25_000

const ANSWER_MS_MIN = 20
const ANSWER_MS_MAX = 2_000
/** So much longer than the disturbances does an undisturbed run take, so that there is work for all of them. */
const WORK_PERCENT = 110
/** A place is empty until its process is there again, and its executions stand still until somebody has their shard. */
const KILL_ALLOWANCE_MS = 15_000
/** All stand still until the server is there, and the processes have their shards again. */
const STOP_ALLOWANCE_MS = 20_000
/** What nobody took over is found by the sweeper. */
const SWEEP_ALLOWANCE_MS = 45_000

/** How long the disturbances go on. */
export const spanMs = ({ kills, killEveryMs }: Plan): number => (kills + 1) * killEveryMs

const places = ({ processes }: Plan): number => processes * EXECUTIONS_MAX

/** How long an answer takes, so that there is enough to do. */
export const answerMs = (plan: Plan): number => {
  const wantedMs = (spanMs(plan) * WORK_PERCENT * places(plan)) / 100 / (plan.executions * STEPS.length)
  return Math.round(Math.min(ANSWER_MS_MAX, Math.max(ANSWER_MS_MIN, wantedMs)))
}

/** When what happens. Kills come at random intervals; the others are spread over the whole time. */
export const disturbances = (plan: Plan): ReadonlyArray<Disturbance> => {
  const chance = chanceOf(`disturbances ${plan.seed}`)
  const all: Array<Disturbance> = []
  let atMs = 0
  for (let count = 0; count < plan.kills; count += 1) {
    atMs += plan.killEveryMs * (0.5 + chance())
    all.push({ kind: "kill", atMs })
  }
  const spread = (kind: Kind, count: number): void => {
    for (let index = 0; index < count; index += 1) {
      all.push({ kind, atMs: (spanMs(plan) * (index + 0.25 + chance() / 2)) / count })
    }
  }
  spread("database stop", plan.databaseStops)
  spread("freeze", plan.freezes)
  spread("clock jump", plan.clockJumps)
  spread("termination", plan.terminations)
  return all.sort((one, other) => one.atMs - other.atMs)
}

/** What the disturbances may cost in time. One process of several takes its share of the work with it, no more. */
export const allowanceMs = (plan: Plan): number => {
  const { clockJumps, databaseStops, freezes, kills, processes, terminations } = plan
  const oneOfMany =
    kills * KILL_ALLOWANCE_MS +
    terminations * STOP_DEADLINE_MS +
    freezes * (FREEZE_MS + KILL_ALLOWANCE_MS) +
    clockJumps * KILL_ALLOWANCE_MS
  return Math.round(oneOfMany / processes) + databaseStops * STOP_ALLOWANCE_MS + SWEEP_ALLOWANCE_MS
}
