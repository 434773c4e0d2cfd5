/** `serve` processes that are started again whenever they end, by whatever hand. */
import * as path from "node:path"
import { freePort } from "../../src/engine/testing/freePort.ts"
import type { Programs } from "./programs.ts"
import { type Ended, type Running, startServing } from "./processes.ts"

/** One place for a process; the process in it changes. */
export interface Place {
  readonly number: number
  process: Running
  /** Told that it ends soon, or frozen: nothing else is to be done to it meanwhile. */
  isBusy: boolean
}

export interface Fleet {
  readonly places: ReadonlyArray<Place>
  /** A place whose process has begun to work, and is left alone by others, chosen by chance; it waits for one. */
  readonly choose: () => Promise<Place>
  /** Processes that ended though nobody ended them, after they had begun to work. */
  readonly crashes: () => ReadonlyArray<string>
  /** How often one did not come up, because the server was away. */
  readonly failedStarts: () => number
  /** Kills all, and starts none again. */
  readonly end: () => Promise<void>
}

export interface Options {
  readonly programs: Programs
  readonly size: number
  readonly isCluster: boolean
  readonly settings: Readonly<Record<string, string>>
  readonly folder: string
  readonly random: () => number
}

/** How long a supervisor waits before it starts a process again. */
const RESTART_DELAY_MS = 500
const POLL_MS = 50
/** After so long a process has its share of the work. */
const SETTLED_MS = 1_500
/** Ends that are no accident: our own signals, and those that a process answers in good order. */
const isAsked = ({ code, signal }: Ended, isBusy: boolean): boolean => signal === "SIGKILL" || (isBusy && code === 0)

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** Starts so many processes, and keeps them running. */
export const startFleet = async ({ folder, isCluster, programs, random, settings, size }: Options): Promise<Fleet> => {
  const crashes: Array<string> = []
  let failedStarts = 0
  let isOver = false

  const launch = (place: number, httpPort: number, clusterPort: number): Running =>
    startServing({
      programs,
      settings: {
        ...settings,
        RECKONER_PORT: String(httpPort),
        ...(isCluster ? { RECKONER_CLUSTER: `127.0.0.1:${clusterPort}` } : {})
      },
      logFile: path.join(folder, `serve-${place}.log`)
    })

  const keep = async (place: Place, httpPort: number, firstClusterPort: number): Promise<void> => {
    let clusterPort = firstClusterPort
    for (;;) {
      const { pid, ready } = place.process
      const wasReady = ready.then(
        () => true,
        () => false
      )
      const ended = await place.process.ended
      if (isOver) return
      if (!isAsked(ended, place.isBusy)) {
        if (await wasReady)
          crashes.push(`process ${pid} of place ${place.number} ended with ${ended.code ?? ended.signal}`)
        else failedStarts += 1
      }
      await sleep(RESTART_DELAY_MS)
      if (isOver) return
      // The others may know it at its old address still, or never have heard of the new one.
      if (random() < 0.5) clusterPort = await freePort()
      place.isBusy = false
      place.process = launch(place.number, httpPort, clusterPort)
    }
  }

  const places: Array<Place> = []
  const kept: Array<Promise<void>> = []
  for (let number = 1; number <= size; number += 1) {
    const [httpPort, clusterPort] = [await freePort(), await freePort()]
    const place: Place = { number, process: launch(number, httpPort, clusterPort), isBusy: false }
    places.push(place)
    kept.push(keep(place, httpPort, clusterPort))
  }

  return {
    places,
    choose: async () => {
      for (;;) {
        const free = places.filter(({ isBusy, process }) => !isBusy && (process.upForMs() ?? 0) > SETTLED_MS)
        if (free.length > 0) return free.at(random() * free.length)!
        await sleep(POLL_MS)
      }
    },
    crashes: () => crashes,
    failedStarts: () => failedStarts,
    end: async () => {
      isOver = true
      for (const { process } of places) {
        process.signal("SIGKILL")
        // A frozen one dies as well, but only a running one says so at once.
        process.signal("SIGCONT")
      }
      await Promise.all(kept)
    }
  }
}
