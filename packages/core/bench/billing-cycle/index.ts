/**
 * `npm run bench -- billing-cycle`
 *
 * `BillingCycle.periodContaining` beside the same question asked with date-fns,
 * luxon and two Temporal polyfills: which cycle of so many months since an
 * anchor holds a date, from ISO texts to ISO texts. All answers are compared
 * first. The peers have no such query: it is composed from their months-between
 * and add-months, corrected by one where they clamp.
 */
import { Temporal as JsTemporal } from "@js-temporal/polyfill"
import { BillingCycle, PlainDate } from "@reckoner/core"
import { addMonths, differenceInCalendarMonths, formatISO, parseISO } from "date-fns"
import * as Result from "effect/Result"
import { DateTime } from "luxon"
import { Temporal } from "temporal-polyfill"

type Question = readonly [anchor: string, months: number, date: string]
type Answer = readonly [start: string, endExclusive: string]

const QUESTIONS = 1000
const ROUNDS = 21

/** Seeded, so that every run asks the same. */
const questions = (): ReadonlyArray<Question> => {
  let state = 42
  const random = (n: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * n)
  }
  return Array.from({ length: QUESTIONS }, () => {
    const anchor = PlainDate.fromEpochDay(12_000 + random(8_000))
    return [anchor, [1, 1, 2, 3, 6, 12][random(6)]!, PlainDate.addDays(anchor, random(3_000))]
  })
}

const ours = ([anchor, months, date]: Question): Answer => {
  const cycle = BillingCycle.make({ anchorDate: PlainDate.parseUnsafe(anchor), unit: "month", intervalCount: months })
  const period = BillingCycle.periodContaining(Result.getOrThrow(cycle), PlainDate.parseUnsafe(date))
  const { endExclusive, start } = Result.getOrThrow(period)
  return [start, endExclusive]
}

const dateFns = ([anchor, months, date]: Question): Answer => {
  const from = parseISO(anchor)
  const at = parseISO(date)
  let n = Math.floor(differenceInCalendarMonths(at, from) / months)
  if (addMonths(from, n * months) > at) n--
  const iso = (day: Date) => formatISO(day, { representation: "date" })
  return [iso(addMonths(from, n * months)), iso(addMonths(from, (n + 1) * months))]
}

const luxon = ([anchor, months, date]: Question): Answer => {
  const from = DateTime.fromISO(anchor, { zone: "utc" })
  const at = DateTime.fromISO(date, { zone: "utc" })
  let n = Math.floor((at.year * 12 + at.month - from.year * 12 - from.month) / months)
  if (from.plus({ months: n * months }) > at) n--
  return [from.plus({ months: n * months }).toISODate()!, from.plus({ months: (n + 1) * months }).toISODate()!]
}

const temporal =
  (PlainDateOf: typeof Temporal.PlainDate | typeof JsTemporal.PlainDate) =>
  ([anchor, months, date]: Question): Answer => {
    const from = PlainDateOf.from(anchor) as Temporal.PlainDate
    const at = PlainDateOf.from(date) as Temporal.PlainDate
    let n = Math.floor((at.year * 12 + at.month - from.year * 12 - from.month) / months)
    if ((PlainDateOf as typeof Temporal.PlainDate).compare(from.add({ months: n * months }), at) > 0) n--
    return [from.add({ months: n * months }).toString(), from.add({ months: (n + 1) * months }).toString()]
  }

const contenders: Readonly<Record<string, (question: Question) => Answer>> = {
  "@reckoner/core": ours,
  "date-fns 4.4.0": dateFns,
  "luxon 3.7.2": luxon,
  "temporal-polyfill 1.0.8": temporal(Temporal.PlainDate),
  "@js-temporal/polyfill 0.5.1": temporal(JsTemporal.PlainDate)
}

const median = (values: ReadonlyArray<number>): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!

export const run = (): void => {
  const asked = questions()
  const expected = JSON.stringify(asked.map(ours))
  for (const [name, answer] of Object.entries(contenders)) {
    if (JSON.stringify(asked.map(answer)) !== expected) throw new Error(`${name} does not agree`)
  }
  const times = new Map<string, Array<number>>(Object.keys(contenders).map((name) => [name, []]))
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, answer] of Object.entries(contenders)) {
      const startedAt = performance.now()
      for (const question of asked) answer(question)
      times.get(name)!.push(((performance.now() - startedAt) * 1e6) / asked.length)
    }
  }
  const base = median(times.get("@reckoner/core")!)
  console.log(`cycle of n months that holds a date, ISO to ISO; all agree on ${asked.length} questions`)
  console.log("| contender | ns/op | × ours |\n| --- | --- | --- |")
  for (const [name, found] of times)
    console.log(`| ${name} | ${median(found).toFixed(0)} | ${(median(found) / base).toFixed(1)} |`)
}
