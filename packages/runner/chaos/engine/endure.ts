/** One run: a fresh database, a stand-in, processes, executions; disturbed or left alone; and what came of it. */
import * as fs from "node:fs"
import * as path from "node:path"
import { createDatabase, migrate } from "../entitlements/gym.ts"
import { chanceOf } from "./chance.ts"
import { check, type Findings } from "./check.ts"
import { type Arena, disturb, type Outcome } from "./disturb.ts"
import { startFleet } from "./fleet.ts"
import { makeFolder, type OwnServer, stopAtOnce, urlIn } from "./ownServer.ts"
import * as plans from "./plan.ts"
import type { Programs } from "./programs.ts"
import { startStandIn } from "./processes.ts"
import { payoutsOf, startOver } from "./starting.ts"
import { startWatch } from "./watch.ts"
import { withClient } from "../../src/testing/onServer.ts"

/** What a run showed. */
export interface Report extends Findings, Outcome {
  readonly elapsedMs: number
  readonly startedTwice: number
  readonly failedStarts: number
}

export interface Course {
  readonly programs: Programs
  readonly plan: plans.Plan
  readonly disturbances: ReadonlyArray<plans.Disturbance>
  /** The run is given up after so long. */
  readonly deadlineMs: number
  /** Where the processes log. */
  readonly folder: string
  readonly say: (text: string) => void
}

/** Where the executions are, and how it is taken away. */
interface Home {
  readonly settings: Readonly<Record<string, string>>
  readonly urlNow: () => string | undefined
  readonly stopDatabase: (downMs: number, killServing: () => Promise<void>) => Promise<void>
  readonly remove: () => Promise<void>
}

const DATABASE = "reckoner"
const POLL_MS = 100
const SAY_EVERY_MS = 10_000
const TIMEOUT_FACTOR = 4

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

const onServer = async (server: OwnServer): Promise<Home> => {
  const url = await createDatabase(server.adminUrl, DATABASE)
  await migrate(url)
  return {
    settings: { DATABASE_URL: url },
    urlNow: () => url,
    stopDatabase: async (downMs) => {
      await server.stop()
      await sleep(downMs)
      await server.start()
    },
    remove: async () => {}
  }
}

/** The one process starts the server itself, so that the machine's end is that of both. */
const embedded = async (): Promise<Home> => {
  const dataDir = makeFolder()
  return {
    settings: { RECKONER_DATA: dataDir },
    urlNow: () => urlIn(dataDir, DATABASE),
    stopDatabase: async (_, killServing) => {
      await Promise.all([killServing(), stopAtOnce(dataDir)])
    },
    remove: async () => {
      await stopAtOnce(dataDir)
      fs.rmSync(dataDir, { recursive: true, force: true })
    }
  }
}

/** Starts it all, waits until all executions have ended, and looks at what is there. */
export const endure = async (server: OwnServer | undefined, course: Course): Promise<Report> => {
  const { deadlineMs, disturbances, folder, plan, programs, say } = course
  const { executions, isDeduplicating, isEmbedded, processes, seed } = plan
  const answerMs = plans.answerMs(plan)
  const home = server === undefined ? await embedded() : await onServer(server)
  const random = chanceOf(`random ${seed}`)
  fs.mkdirSync(folder, { recursive: true })
  const standIn = await startStandIn(
    programs,
    { seed, answerMs, isMoody: true, isDeduplicating },
    path.join(folder, "stand-in.log")
  )
  const bank = { url: standIn.url, timeoutMs: answerMs * TIMEOUT_FACTOR + 1_000 }
  const fleet = await startFleet({
    programs,
    size: processes,
    isCluster: !isEmbedded,
    settings: {
      ...home.settings,
      RECKONER_EXECUTIONS_MAX: String(plans.EXECUTIONS_MAX),
      // A job of the schedule runs beside, and must come to no harm either.
      RECKONER_SCHEDULE: "purge-executions = * * * * * latest",
      CHAOS_BANK: JSON.stringify(bank)
    },
    folder,
    random
  })
  try {
    await Promise.all(fleet.places.map(({ process }) => process.ready))
    const watch = startWatch(home.urlNow, standIn, path.join(folder, "executions.log"))
    const beganAtMs = performance.now()
    const elapsed = () => performance.now() - beganAtMs
    const isOver = () => watch.counts().ended >= executions
    const isGivenUp = () => elapsed() > deadlineMs
    const overMs = isEmbedded ? 0 : plans.spanMs(plan) / 2
    const starting = startOver(home.urlNow()!, payoutsOf(executions, seed), overMs, seed)
    const killServing = async () => {
      const { process } = fleet.places.at(0)!
      process.signal("SIGKILL")
      await process.ended
    }
    const arena: Arena = {
      fleet,
      isEmbedded,
      watch,
      stopDatabase: (downMs) => home.stopDatabase(downMs, killServing),
      random,
      say
    }
    const disturbing = disturb(arena, disturbances, () => !isOver() && !isGivenUp())
    for (let saidAtMs = 0; !isOver() && !isGivenUp();) {
      await sleep(POLL_MS)
      if (elapsed() - saidAtMs < SAY_EVERY_MS) continue
      saidAtMs = elapsed()
      if (disturbances.length === 0) say(`${(saidAtMs / 1000).toFixed(0)} s: ${watch.counts().ended} have ended`)
    }
    const elapsedMs = elapsed()
    const outcome = await disturbing
    const startedTwice = await starting
    await watch.end()
    await fleet.end()
    const url = home.urlNow()
    if (url === undefined) throw new Error("the database is gone at the end")
    const findings = await withClient(url, async (client) => check(client, await standIn.ledger(), executions))
    return {
      ...findings,
      ...outcome,
      violations: [
        ...findings.violations,
        ...outcome.violations,
        ...fleet.crashes(),
        ...(outcome.tooLate > 0 ? [`the work was over before ${outcome.tooLate} of the disturbances`] : [])
      ],
      elapsedMs,
      startedTwice,
      failedStarts: fleet.failedStarts()
    }
  } finally {
    await fleet.end()
    await standIn.end()
    await home.remove()
  }
}
