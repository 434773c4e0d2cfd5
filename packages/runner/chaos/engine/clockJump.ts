/**
 * Loaded before a program, it lets the clock of that process jump: SIGUSR2 sets it an hour ahead, the next one an
 * hour back, the third one right again. Timers do not notice, as on a real machine.
 */
const HOUR_MS = 3_600_000
const SHIFTS = [HOUR_MS, -HOUR_MS, 0]

const RealDate = Date
let jumps = 0
let shiftMs = 0

const now = (): number => RealDate.now() + shiftMs

globalThis.Date = new Proxy(RealDate, {
  apply: () => new RealDate(now()).toString(),
  construct: (target, values, self) => Reflect.construct(target, values.length === 0 ? [now()] : values, self) as Date,
  get: (target, name, self) => (name === "now" ? now : (Reflect.get(target, name, self) as unknown))
})

process.on("SIGUSR2", () => {
  shiftMs = SHIFTS.at(jumps % SHIFTS.length)!
  jumps += 1
  process.stderr.write(`the clock of ${process.pid} is off by ${shiftMs} ms\n`)
})
