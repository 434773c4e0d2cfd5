/**
 * `npm run bench -- engine [--keys N,N] [--processes N,N] [--batch N] [--rounds N] [--contenders A,B] [--waiting N]
 * [--idle-seconds N] [--seed N] [--cpu-prof FOLDER] [--json]`
 *
 * A chain of four steps per business key, on our engine and on pg-boss, on the same server in turn; beside both the
 * plain statements of the steps without any queue, and pg-boss with jobs of as many keys as ours. Then the cost of
 * executions that wait. All contenders must end every key as seeded, with one effect each. On the server of
 * DATABASE_URL, or on an embedded one.
 */

import * as path from "node:path"
import { parseArgs } from "node:util"
import { type Measured, measure, type Name, NAMES } from "./compare.ts"
import { killAll } from "./processes.ts"
import { comparison, complaints, waitingTable } from "./report.ts"
import { measureWaiting, type Waiting } from "./waiting.ts"
import { onServer } from "../../src/testing/onServer.ts"

const NODE_MIN = [22, 12] as const

interface Plan {
  readonly keys: ReadonlyArray<number>
  readonly processes: ReadonlyArray<number>
  readonly batch: number
  readonly rounds: number
  readonly contenders: ReadonlyArray<Name>
  readonly waiting: number
  readonly idleSeconds: number
  readonly seed: number
  readonly execArgv: ReadonlyArray<string>
}

/** The results alone go to the standard output, so that they can be piped. */
const say = (text: string) => console.error(text)

const summary = ({ keys, keysPerSecond, name, peakMiB, processes, seconds }: Measured): string =>
  `${keys} keys, ${name}, ${processes} ${processes === 1 ? "process" : "processes"}: ${seconds.toFixed(2)} s, ` +
  `${keysPerSecond.toFixed(0)} keys/s, peak ${peakMiB.map((peak) => peak.toFixed(0)).join(" + ")} MiB`

const compare = async (adminUrl: string, plan: Plan): Promise<ReadonlyArray<Measured>> => {
  const { batch, execArgv, seed } = plan
  const measured: Array<Measured> = []
  for (const keys of plan.keys) {
    for (let round = 0; round < plan.rounds; round += 1) {
      for (const processes of plan.processes) {
        for (const name of plan.contenders) {
          // No queue, so nothing to share.
          if (name === "limit" && processes !== plan.processes[0]) continue
          const count = name === "limit" ? 1 : processes
          const one = await measure(adminUrl, { name, processes: count, keys, batch, seed, execArgv })
          say(summary(one))
          measured.push(one)
        }
      }
    }
  }
  return measured
}

const numbers = (option: string, text: string, min = 1): ReadonlyArray<number> =>
  text.split(",").map((word) => {
    const value = Number(word)
    if (Number.isInteger(value) && value >= min) return value
    throw new Error(`--${option} ${text}: "${word}" is no whole number from ${min} on`)
  })
const number = (option: string, text: string, min = 1): number => numbers(option, text, min)[0] ?? min

const planOf = (args: ReadonlyArray<string>): Plan & { readonly isJson: boolean } => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      keys: { type: "string", default: "1000,10000,100000" },
      processes: { type: "string", default: "1,2" },
      batch: { type: "string", default: "500" },
      rounds: { type: "string", default: "1" },
      contenders: { type: "string", default: NAMES.join(",") },
      waiting: { type: "string", default: "100000" },
      "idle-seconds": { type: "string", default: "60" },
      seed: { type: "string", default: "3" },
      "cpu-prof": { type: "string" },
      json: { type: "boolean", default: false }
    }
  })
  const contenders = values.contenders.split(",").filter((name) => name !== "")
  const unknown = contenders.filter((name) => !NAMES.includes(name as Name))
  if (unknown.length > 0) throw new Error(`--contenders: ${unknown.join(", ")}; there are ${NAMES.join(", ")}`)
  const profiles = values["cpu-prof"]
  return {
    keys: numbers("keys", values.keys),
    processes: numbers("processes", values.processes),
    batch: number("batch", values.batch),
    rounds: number("rounds", values.rounds),
    contenders: contenders as ReadonlyArray<Name>,
    waiting: number("waiting", values.waiting, 0),
    idleSeconds: number("idle-seconds", values["idle-seconds"]),
    seed: number("seed", values.seed, 0),
    execArgv: profiles === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${path.resolve(profiles)}`],
    isJson: values.json
  }
}

/** pg-boss asks for a newer Node.js than we do. */
const isTooOldForOthers = (contenders: ReadonlyArray<Name>): boolean => {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number)
  const isOld = major < NODE_MIN[0] || (major === NODE_MIN[0] && minor < NODE_MIN[1])
  return isOld && contenders.some((name) => name.startsWith("pg-boss"))
}

export const run = async (args: ReadonlyArray<string>): Promise<void> => {
  const plan = planOf(args)
  if (isTooOldForOthers(plan.contenders)) {
    console.error(
      `pg-boss needs Node.js ${NODE_MIN.join(".")} or newer, and this is ${process.versions.node}. Put a newer one first ` +
        `(npm i --prefix /tmp/node24 node@24 && export PATH=/tmp/node24/node_modules/.bin:$PATH), ` +
        `or leave pg-boss out: --contenders limit,ours`
    )
    process.exitCode = 2
    return
  }
  try {
    const { measured, waiting } = await onServer(async (adminUrl) => {
      const measured = await compare(adminUrl, plan)
      const waiting: Waiting | undefined =
        plan.waiting === 0 ? undefined : await measureWaiting(adminUrl, plan.waiting, plan.idleSeconds, plan.execArgv)
      return { measured, waiting }
    })
    const wrong = complaints(measured, waiting)
    if (plan.isJson) console.log(JSON.stringify({ node: process.versions.node, plan, measured, waiting, wrong }))
    else {
      const tables = [
        ...(measured.length === 0 ? [] : [comparison(measured)]),
        ...(waiting === undefined ? [] : [waitingTable(waiting)])
      ]
      console.log(tables.map((lines) => lines.join("\n")).join("\n\n"))
    }
    for (const complaint of wrong) console.error(`not as it must be: ${complaint}`)
    if (wrong.length > 0) process.exitCode = 1
  } finally {
    killAll()
  }
}
