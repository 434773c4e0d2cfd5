/** The figures as tables, and what is wrong with them. */
import type { Measured, Name } from "./compare.ts"
import type { Waiting } from "./waiting.ts"

const PEAK_MIB_MAX = 400
/** Keys per second at the largest size, as a share of the best smaller one; below it, time grows faster than the keys. */
const GROWTH_SHARE_MIN = 0.7
/** Below it the constant wait for the second try is most of the time. */
const GROWTH_KEYS_MIN = 10_000

const median = (values: ReadonlyArray<number>): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
const rounded = (value: number): string => value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)

/** The rounds of one contender at one size. */
interface Row {
  readonly keys: number
  readonly name: Name
  readonly processes: number
  readonly rounds: ReadonlyArray<Measured>
}

const rowsOf = (measured: ReadonlyArray<Measured>): ReadonlyArray<Row> => {
  const rows = new Map<string, Array<Measured>>()
  for (const one of measured) {
    const key = `${one.keys} ${one.name} ${one.processes}`
    rows.set(key, [...(rows.get(key) ?? []), one])
  }
  return [...rows.values()].flatMap((rounds) =>
    rounds.slice(0, 1).map(({ keys, name, processes }) => ({ keys, name, processes, rounds }))
  )
}

/** Round by round, so that both were measured under the same load. */
const ratio = (row: Row, other: Row | undefined): number | undefined =>
  other === undefined
    ? undefined
    : median(
        row.rounds.map(({ keysPerSecond }, round) => keysPerSecond / (other.rounds.at(round)?.keysPerSecond ?? NaN))
      )

const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`)

/** The table of the chains. */
export const comparison = (measured: ReadonlyArray<Measured>): ReadonlyArray<string> => {
  const rows = rowsOf(measured)
  const other = ({ keys, processes }: Row, name: Name) =>
    rows.find((row) => row.keys === keys && row.name === name && (name === "limit" || row.processes === processes))
  const of = (row: Row, part: (one: Measured) => number) => rounded(median(row.rounds.map(part)))
  return table(
    [
      "keys",
      "contender",
      "processes",
      "keys/s",
      "× pg-boss",
      "× limit",
      "seconds",
      "s, keys that never failed",
      "CPU s",
      "server's CPU s",
      "peak MiB of a process",
      "mean MiB"
    ],
    rows.map((row) => {
      const toBoss = ratio(row, other(row, "pg-boss"))
      const toLimit = ratio(row, other(row, "limit"))
      return [
        String(row.keys),
        row.name,
        String(row.processes),
        of(row, ({ keysPerSecond }) => keysPerSecond),
        toBoss === undefined ? "" : rounded(toBoss),
        toLimit === undefined ? "" : rounded(toLimit),
        of(row, ({ seconds }) => seconds),
        of(row, ({ smoothSeconds }) => smoothSeconds),
        of(row, ({ cpuSeconds }) => cpuSeconds),
        row.rounds.some(({ serverCpuSeconds }) => serverCpuSeconds === null)
          ? ""
          : of(row, ({ serverCpuSeconds }) => serverCpuSeconds ?? 0),
        rounded(Math.max(...row.rounds.flatMap(({ peakMiB }) => peakMiB))),
        rounded(Math.max(...row.rounds.flatMap(({ meanMiB }) => meanMiB)))
      ]
    })
  )
}

const span = (values: ReadonlyArray<number>): string =>
  `${rounded(median(values))} (${rounded(Math.min(...values))} to ${rounded(Math.max(...values))})`

/** The table of what waits. */
export const waitingTable = (found: Waiting): ReadonlyArray<string> => {
  const { bytesPerExecution, idle, latencyMs, serverCpuSecondsPerMinute, statementMs } = found
  const perMinute = serverCpuSecondsPerMinute === null ? "unknown" : rounded(serverCpuSecondsPerMinute)
  return table(
    [`${found.waiting} executions that wait for a signal`, ""],
    [
      ["until all wait", `${rounded(found.parkSeconds)} s, ${rounded(found.waiting / found.parkSeconds)} per second`],
      ["peak memory of the process that started them", `${rounded(found.parkPeakMiB)} MiB`],
      ["a process starts in", `${rounded(found.startSeconds)} s`],
      ["at rest: CPU of the process", `${rounded(idle.cpuSecondsPerMinute)} s per minute`],
      ["at rest: CPU of the database server", `${perMinute} s per minute`],
      ["at rest: memory of the process", `${rounded(idle.rssMiB)} MiB`],
      ...Object.entries(bytesPerExecution).map(([part, bytes]) => [`bytes per execution: ${part}`, String(bytes)]),
      ...Object.entries(statementMs).map(([name, ms]) => [`${name}, median`, `${rounded(ms)} ms`]),
      ["from a signal in that process to the end, ms", span(latencyMs.here)],
      ["from a signal in another process to the end, ms", span(latencyMs.elsewhere)]
    ]
  )
}

/** What of it must not be. */
export const complaints = (measured: ReadonlyArray<Measured>, waiting: Waiting | undefined): ReadonlyArray<string> => {
  const ours = rowsOf(measured).filter(({ name }) => name === "ours")
  const large = ours.flatMap(({ keys, rounds }) =>
    rounds.flatMap(({ peakMiB }) =>
      peakMiB
        .filter((peak) => peak > PEAK_MIB_MAX)
        .map((peak) => `${rounded(peak)} MiB at ${keys} keys, above ${PEAK_MIB_MAX}`)
    )
  )
  const parked = waiting !== undefined && waiting.parkPeakMiB > PEAK_MIB_MAX
  const slower = ours.flatMap((row) => {
    const smaller = ours.filter(
      ({ keys, processes }) => processes === row.processes && keys < row.keys && keys >= GROWTH_KEYS_MIN
    )
    const speed = ({ rounds }: Row) => median(rounds.map(({ keysPerSecond }) => keysPerSecond))
    const best = Math.max(...smaller.map(speed))
    return smaller.length > 0 && speed(row) < GROWTH_SHARE_MIN * best
      ? [`${rounded(speed(row))} keys/s at ${row.keys} keys, ${rounded(best)} with fewer`]
      : []
  })
  return [
    ...large,
    ...(parked ? [`${rounded(waiting.parkPeakMiB)} MiB while executions were parked, above ${PEAK_MIB_MAX}`] : []),
    ...slower
  ]
}
