/**
 * `npm run chaos -- engine [--executions N] [--processes N] [--kills N] [--database-stops N] [--freezes N]
 * [--clock-jumps N] [--terminations N] [--kill-every-ms N] [--seed N] [--no-dedup] [--embedded] [--json]`
 *
 * Kills `serve` processes at random moments while they run executions, stops their database, freezes them, and lets
 * their clocks jump, and checks that every execution ends, each step is recorded once, and the outside system has
 * done everything once. The server is an embedded one of its own, for it is stopped. `--no-dedup` lets the outside
 * system forget the keys it has seen: then the check must fail. `--embedded` has one process with a server inside.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { parseArgs } from "node:util"
import { endure } from "./endure.ts"
import { makeFolder, startOwnServer } from "./ownServer.ts"
import * as plans from "./plan.ts"
import { built } from "./programs.ts"
import { killAll } from "./processes.ts"
import * as summary from "./summary.ts"

const DEADLINE_RESERVE_MS = 60_000

const planOf = (args: ReadonlyArray<string>): { readonly plan: plans.Plan; readonly isJson: boolean } => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      executions: { type: "string", default: "1000" },
      processes: { type: "string", default: "3" },
      kills: { type: "string", default: "30" },
      "database-stops": { type: "string", default: "5" },
      freezes: { type: "string", default: "2" },
      "clock-jumps": { type: "string", default: "3" },
      terminations: { type: "string", default: "3" },
      "kill-every-ms": { type: "string" },
      seed: { type: "string", default: "3" },
      "no-dedup": { type: "boolean", default: false },
      embedded: { type: "boolean", default: false },
      json: { type: "boolean", default: false }
    }
  })
  const isEmbedded = values.embedded
  const plan: plans.Plan = {
    executions: Number(values.executions),
    processes: isEmbedded ? 1 : Number(values.processes),
    kills: Number(values.kills),
    databaseStops: Number(values["database-stops"]),
    freezes: Number(values.freezes),
    clockJumps: Number(values["clock-jumps"]),
    terminations: Number(values.terminations),
    // One process alone needs time to do something between two kills.
    killEveryMs: Number(values["kill-every-ms"] ?? (isEmbedded ? 8_000 : 5_000)),
    seed: Number(values.seed),
    isDeduplicating: !values["no-dedup"],
    isEmbedded
  }
  return { plan, isJson: values.json }
}

export const run = async (args: ReadonlyArray<string>): Promise<void> => {
  const { isJson, plan } = planOf(args)
  const say = (text: string) => (isJson ? console.error(text) : console.log(text))
  const folder = makeFolder()
  say(summary.headline(plan))
  const programs = await built()
  const server = plan.isEmbedded ? undefined : await startOwnServer()
  try {
    const quiet = { plan, programs, disturbances: [], deadlineMs: plans.spanMs(plan) * 3 + DEADLINE_RESERVE_MS, say }
    // How long it takes is of no interest where it must fail.
    const undisturbed = plan.isDeduplicating
      ? await endure(server, { ...quiet, folder: path.join(folder, "undisturbed") })
      : undefined
    if (undisturbed !== undefined) {
      say(`undisturbed: ${(undisturbed.elapsedMs / 1000).toFixed(1)} s, ${undisturbed.effects} effects`)
      if (undisturbed.violations.length > 0) {
        throw new Error(`the undisturbed run failed its check: ${undisturbed.violations.join("; ")}`)
      }
    }
    const boundMs = (undisturbed?.elapsedMs ?? plans.spanMs(plan) * 2) + plans.allowanceMs(plan)
    const disturbed = await endure(server, {
      plan,
      programs,
      disturbances: plans.disturbances(plan),
      deadlineMs: boundMs + DEADLINE_RESERVE_MS,
      folder: path.join(folder, "disturbed"),
      say
    })
    const result = summary.of(plan, undisturbed, disturbed)
    for (const line of summary.lines(result)) say(line)
    if (isJson) console.log(JSON.stringify(result))
    if (result.violations.length > 0) process.exitCode = 1
    else fs.rmSync(folder, { recursive: true, force: true })
  } finally {
    if (fs.existsSync(folder)) say(`what the processes logged is in ${folder}`)
    killAll()
    await server?.remove()
  }
}
