/** The processor time of the database server, where it runs on this machine and the kernel shows it. */
import * as fs from "node:fs"
import { withClient } from "../../src/testing/onServer.ts"

/** `sysconf(_SC_CLK_TCK)`, the same on every Linux. */
const TICKS_PER_SECOND = 100
/** Places after the name of the program, which may hold blanks. */
const PARENT = 1
const OWN_TICKS = [11, 12]
const WAITED_FOR_TICKS = [13, 14]

const statOf = (pid: number): ReadonlyArray<number> | undefined => {
  try {
    const text = fs.readFileSync(`/proc/${pid}/stat`, "utf8")
    return text
      .slice(text.lastIndexOf(")") + 2)
      .split(" ")
      .map(Number)
  } catch {
    return undefined
  }
}

const seconds = (stat: ReadonlyArray<number>, places: ReadonlyArray<number>): number =>
  places.reduce((sum, place) => sum + (stat[place] ?? 0), 0) / TICKS_PER_SECOND

const commandOf = (pid: number): string => {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, "utf8")
  } catch {
    return ""
  }
}

/** Gives what reads the time since the server began. A backend that has ended counts with the one that waited for it. */
export const serverCpu = async (url: string): Promise<() => number | null> => {
  const server = await withClient(url, async (client) => {
    const { pid } = (await client.query("SELECT pg_backend_pid() AS pid")).rows[0]
    return statOf(pid)?.[PARENT]
  })
  // The server may be on another machine, where that number is somebody else's.
  if (server === undefined || !commandOf(server).includes("postgres")) return () => null
  return () => {
    const root = statOf(server)
    if (root === undefined) return null
    let sum = seconds(root, [...OWN_TICKS, ...WAITED_FOR_TICKS])
    for (const entry of fs.readdirSync("/proc")) {
      const stat = /^\d+$/.test(entry) ? statOf(Number(entry)) : undefined
      if (stat?.[PARENT] === server) sum += seconds(stat, OWN_TICKS)
    }
    return sum
  }
}
