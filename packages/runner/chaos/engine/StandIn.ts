/**
 * An outside system as jobs meet it: it keeps what it has done by idempotency key, takes its time to answer, and
 * sometimes fails to. A program of its own, which nobody kills.
 *
 * It is given its `Options` as JSON and prints `ready <port>`. `POST /effects` with an `idempotency-key` makes an
 * effect; `GET /ledger` gives all it knows, `GET /asking` who waits for an answer at the moment. What is unusual it
 * says on stderr.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { chanceOf } from "./chance.ts"

export interface Options {
  readonly seed: number
  /** About how long an answer takes. */
  readonly answerMs: number
  /** Whether it is slow, refuses, and forgets to answer, now and then. */
  readonly isMoody: boolean
  /** Without it each request makes an effect. */
  readonly isDeduplicating: boolean
}

/** What became of the latest request for a key. */
type Outcome = "asked" | "answered" | "refused" | "hung up"

export interface Entry {
  requests: number
  effects: number
  /** How many of the requests came after one that was answered well, or that nobody waited for any more. */
  repeatsAfterAnswer: number
  repeatsAfterHangUp: number
  repeatsAfterRefusal: number
  outcome: Outcome
  /** The process that asked last. */
  process: number
}

export type Ledger = Readonly<Record<string, Readonly<Entry>>>

const REFUSED_PERCENT = 1
const ANSWER_LOST_PERCENT = 1
const NEVER_ANSWERED_PERCENT = 1
const SLOW_PERCENT = 4
const SLOW_FACTOR = 3

const [text = "{}"] = process.argv.slice(2)
const { answerMs, isDeduplicating, isMoody, seed } = JSON.parse(text) as Options
const ledger = new Map<string, Entry>()
let effects = 0

const entryOf = (key: string): Entry => {
  const known = ledger.get(key)
  if (known !== undefined) return known
  const made: Entry = {
    requests: 0,
    effects: 0,
    repeatsAfterAnswer: 0,
    repeatsAfterHangUp: 0,
    repeatsAfterRefusal: 0,
    outcome: "asked",
    process: 0
  }
  ledger.set(key, made)
  return made
}

const note = (text: string): void => void process.stderr.write(`${new Date().toISOString()} ${text}\n`)

const countRepeat = (key: string, entry: Entry, asker: number): void => {
  if (entry.requests === 0) return
  note(`process ${asker} repeats ${key}, which process ${entry.process} asked for and was ${entry.outcome}`)
  if (entry.outcome === "answered") entry.repeatsAfterAnswer += 1
  else if (entry.outcome === "refused") entry.repeatsAfterRefusal += 1
  else entry.repeatsAfterHangUp += 1
}

type Mood = "well" | "refuse" | "lose the answer" | "never answer"

const moodOf = (percent: number): Mood => {
  if (!isMoody || percent >= REFUSED_PERCENT + ANSWER_LOST_PERCENT + NEVER_ANSWERED_PERCENT) return "well"
  if (percent < REFUSED_PERCENT) return "refuse"
  return percent < REFUSED_PERCENT + ANSWER_LOST_PERCENT ? "lose the answer" : "never answer"
}

const onEffect = (request: IncomingMessage, response: ServerResponse): void => {
  const key = String(request.headers["idempotency-key"])
  const entry = entryOf(key)
  const asker = Number(request.headers["x-process"])
  countRepeat(key, entry, asker)
  entry.requests += 1
  entry.process = asker
  entry.outcome = "asked"
  // The same request of the same key has the same fate in every run of a seed.
  const chance = chanceOf(`${seed} ${key} ${entry.requests}`)
  const mood = moodOf(chance() * 100)
  if (mood !== "refuse" && (entry.effects === 0 || !isDeduplicating)) {
    entry.effects += 1
    effects += 1
  }
  const mine = entry.requests
  const isLatest = () => entry.requests === mine
  const isSlow = isMoody && chance() * 100 < SLOW_PERCENT
  const delayMs = answerMs * (0.5 + chance()) * (isSlow ? SLOW_FACTOR : 1)
  const answer = (status: number, body: unknown): void => {
    if (response.destroyed) return
    if (isLatest()) entry.outcome = status === 200 ? "answered" : "refused"
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body))
  }
  response.on("close", () => {
    if (response.writableEnded) return
    // Whoever is kept waiting for ever is told by its own clock that there is no answer.
    if (isLatest()) entry.outcome = mood === "never answer" ? "refused" : "hung up"
    if (mood !== "never answer") note(`process ${asker} hung up on ${key}`)
  })
  if (mood === "never answer") return
  setTimeout(() => (mood === "well" ? answer(200, { effect: effects }) : answer(503, {})), delayMs)
}

const show = (response: ServerResponse, value: unknown): void =>
  void response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value))

const server = createServer((request, response) => {
  if (request.method === "POST") return onEffect(request, response)
  if (request.url === "/ledger") return show(response, Object.fromEntries(ledger))
  const asking = [...ledger].filter(([, { outcome }]) => outcome === "asked")
  show(
    response,
    asking.map(([key, entry]) => ({ key, process: entry.process }))
  )
})
server.keepAliveTimeout = 60_000
server.listen(0, "127.0.0.1", () => console.log(`ready ${(server.address() as AddressInfo).port}`))
