/**
 * A stand-in of the user service: real gRPC over HTTP/2 on the loopback, with
 * or without TLS. It checks what the real one checks, records what it is asked,
 * and fails as it is told.
 *
 * @since 0.1.0
 */
import { create } from "@bufbuild/protobuf"
import { WireType } from "@bufbuild/protobuf/wire"
import { Code, ConnectError, createContextKey, createContextValues, type HandlerContext } from "@connectrpc/connect"
import { connectNodeAdapter } from "@connectrpc/connect-node"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as http2 from "node:http2"
import type { AddressInfo, Socket } from "node:net"
import {
  AffiliateService,
  GetAffiliatorsByMemberIdsResponseSchema
} from "./gen/everpro/user/v1/affiliate_service_pb.ts"
import type { AffiliatorRow, Answers } from "./StandInAnswers.ts"
import * as Transmission from "./StandInTransmission.ts"

export { type AffiliatorRow, type Answers, answersSql, fromTables, type Tables } from "./StandInAnswers.ts"

/**
 * What goes wrong with one request.
 *
 * - `Delay`: the answer comes so much later.
 * - `Hang`: no answer comes until the caller gives up.
 * - `Status`: it is refused with this status, before it is looked at.
 * - `Garbage`: the answer is no message of the service.
 * - `DropBefore`, `DropHalfway`, `DropAfter`: the connection breaks before the
 *   request is processed, in the middle of the answer, or after processing and
 *   before the answer.
 * - `Stranger`: the answer holds a member who was not asked for.
 * - `Duplicate`: the answer holds each row twice.
 *
 * @category models
 * @since 0.1.0
 */
export type Fault =
  | { readonly _tag: "Delay"; readonly delayMs: number }
  | { readonly _tag: "Status"; readonly code: Code; readonly message?: string }
  | {
      readonly _tag: "Hang" | "Garbage" | "DropBefore" | "DropHalfway" | "DropAfter" | "Stranger" | "Duplicate"
    }

/**
 * How a call ended: `Cancelled` if the caller gave up or went away.
 *
 * @category models
 * @since 0.1.0
 */
export type CallEnd = "Answered" | "Failed" | "Cancelled"

/**
 * A call as it arrived. `deadlineMs` is what the caller gave it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Call {
  readonly memberIds: ReadonlyArray<bigint>
  readonly deadlineMs: number | undefined
  readonly ended: Promise<CallEnd>
}

/**
 * The server's own certificate and key. With `clientCaPem`, only callers with a
 * certificate of that authority may connect.
 *
 * @category models
 * @since 0.1.0
 */
export interface ServerTls {
  readonly certPem: string
  readonly keyPem: string
  readonly clientCaPem?: string
}

/**
 * What a stand-in is made of. `port` is any free one unless it is given;
 * `faults` are for the first requests, one each.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  readonly answers: Answers
  readonly tls?: ServerTls
  readonly port?: number
  readonly faults?: ReadonlyArray<Fault>
}

/**
 * A running stand-in.
 *
 * - `calls`: what it was asked, in order of arrival.
 * - `callsAtOnceMax`: the most calls that it ever had at the same time.
 * - `sessionsOpen`, `sessionsOpened`: how many HTTP/2 sessions are open, and
 *   how many ever were.
 * - `until`: waits until something that can be seen here is so.
 * - `script`: faults for the next requests, after those that are still to come.
 * - `close`: ends the server and every connection at once.
 *
 * @category models
 * @since 0.1.0
 */
export interface StandIn {
  readonly url: string
  readonly port: number
  readonly calls: () => ReadonlyArray<Call>
  readonly callsAtOnceMax: () => number
  readonly sessionsOpen: () => number
  readonly sessionsOpened: () => number
  readonly until: (isSo: () => boolean) => Promise<void>
  readonly script: (...faults: ReadonlyArray<Fault>) => void
  readonly close: () => Promise<void>
}

/**
 * The most members that one request may ask for.
 *
 * @category constants
 * @since 0.1.0
 */
export const MEMBERS_PER_REQUEST_MAX = 1_000

const REQUEST_BYTES_MAX = 4 * 1_024 * 1_024
const HOST = "127.0.0.1"

const streamKey = createContextKey<http2.ServerHttp2Stream | undefined>(undefined)

/** What the service says of a request that it does not accept. */
const refusalOf = (memberIds: ReadonlyArray<bigint>): string | undefined => {
  if (memberIds.length > MEMBERS_PER_REQUEST_MAX) {
    return `${memberIds.length} member_ids, more than ${MEMBERS_PER_REQUEST_MAX}`
  }
  const bad = memberIds.find((memberId) => memberId <= 0n)
  if (bad !== undefined) return `member_id ${bad} is not above 0`
  return new Set(memberIds).size < memberIds.length ? "a member_id is given twice" : undefined
}

const messageOf = (affiliators: ReadonlyArray<AffiliatorRow>) =>
  create(GetAffiliatorsByMemberIdsResponseSchema, { affiliators: [...affiliators] })

/** Promises a row of 127 bytes, and ends. */
const garbage = () => {
  const message = messageOf([])
  message.$unknown = [{ no: 1, wireType: WireType.LengthDelimited, data: Uint8Array.of(127) }]
  return message
}

const STRANGER: AffiliatorRow = { memberId: 2n ** 62n, affiliatorId: 1n, referralId: 1n, userReferralId: 1n }

const givenUp = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const giveUp = () => reject(ConnectError.from(signal.reason, Code.Canceled))
    if (signal.aborted) giveUp()
    else signal.addEventListener("abort", giveUp, { once: true })
  })

const delayed = (delayMs: number, signal: AbortSignal): Promise<void> => {
  let timer: NodeJS.Timeout | undefined
  const elapsed = new Promise<void>((resolve) => (timer = setTimeout(resolve, delayMs)))
  return Promise.race([elapsed, givenUp(signal)]).finally(() => clearTimeout(timer))
}

/** Answers one request, or does what the fault says. */
const answer = async (
  answers: Answers,
  memberIds: ReadonlyArray<bigint>,
  fault: Fault | undefined,
  { signal, values }: HandlerContext
) => {
  const stream = values.get(streamKey)
  const drop = (): Promise<never> => {
    Transmission.drop(stream)
    return givenUp(signal)
  }
  if (fault?._tag === "Status") throw new ConnectError(fault.message ?? "as told", fault.code)
  if (fault?._tag === "DropBefore") return drop()
  if (fault?._tag === "Hang") return givenUp(signal)
  const refusal = refusalOf(memberIds)
  if (refusal !== undefined) throw new ConnectError(refusal, Code.InvalidArgument)
  const rows = await answers(memberIds)
  switch (fault?._tag) {
    case "Delay":
      await delayed(fault.delayMs, signal)
      return messageOf(rows)
    case "DropAfter":
      return drop()
    case "DropHalfway":
      await Transmission.sendHalf(stream, messageOf(rows))
      return drop()
    case "Garbage":
      return garbage()
    case "Stranger":
      return messageOf([...rows, STRANGER])
    case "Duplicate":
      return messageOf([...rows, ...rows])
    default:
      return messageOf(rows)
  }
}

/** What a stand-in knows of its requests, and who waits for it to know more. */
const makeLedger = (scripted: ReadonlyArray<Fault>) => {
  const calls: Array<Call> = []
  const faults = [...scripted]
  const waiting = new Set<() => void>()
  const counts = { callsAtOnce: 0, callsAtOnceMax: 0, sessionsOpen: 0, sessionsOpened: 0 }
  const tell = () => {
    for (const look of waiting) look()
  }
  return {
    calls,
    faults,
    counts,
    until: (isSo: () => boolean) =>
      new Promise<void>((resolve) => {
        const look = () => {
          if (isSo() && waiting.delete(look)) resolve()
        }
        waiting.add(look)
        look()
      }),
    sessionOpened: (session: http2.Http2Session) => {
      counts.sessionsOpened += 1
      counts.sessionsOpen += 1
      session.once("close", () => {
        counts.sessionsOpen -= 1
        tell()
      })
      tell()
    },
    /** Records a call while it is worked on. */
    record: <A>(call: Omit<Call, "ended">, signal: AbortSignal, work: () => Promise<A>): Promise<A> => {
      counts.callsAtOnceMax = Math.max(counts.callsAtOnceMax, (counts.callsAtOnce += 1))
      const worked = work().finally(() => (counts.callsAtOnce -= 1))
      const ended = worked.then(
        (): CallEnd => "Answered",
        (): CallEnd => (signal.aborted ? "Cancelled" : "Failed")
      )
      calls.push({ ...call, ended })
      tell()
      return worked
    }
  }
}

type Ledger = ReturnType<typeof makeLedger>

const handlerOf = (answers: Answers, ledger: Ledger) =>
  connectNodeAdapter({
    connect: false,
    grpcWeb: false,
    readMaxBytes: REQUEST_BYTES_MAX,
    contextValues: (request) => createContextValues().set(streamKey, "stream" in request ? request.stream : undefined),
    routes: (router) =>
      router.service(AffiliateService, {
        getAffiliatorsByMemberIds: ({ memberIds }, context) =>
          ledger.record({ memberIds, deadlineMs: context.timeoutMs() }, context.signal, () =>
            answer(answers, memberIds, ledger.faults.shift(), context)
          )
      })
  })

const serverOf = (tls: ServerTls | undefined): http2.Http2Server | http2.Http2SecureServer => {
  if (tls === undefined) return http2.createServer()
  const { certPem, clientCaPem, keyPem } = tls
  const callers = clientCaPem === undefined ? {} : { ca: clientCaPem, requestCert: true, rejectUnauthorized: true }
  return http2.createSecureServer({ cert: certPem, key: keyPem, ...callers })
}

/**
 * Starts a stand-in on the loopback.
 *
 * @category constructors
 * @since 0.1.0
 */
export const start = async ({ answers, faults = [], port = 0, tls }: Options): Promise<StandIn> => {
  const ledger = makeLedger(faults)
  const server = serverOf(tls)
  const sockets = new Set<Socket>()
  server.on("connection", (socket: Socket) => {
    sockets.add(socket.once("close", () => sockets.delete(socket)))
    Transmission.remember(socket)
  })
  server.on("session", ledger.sessionOpened)
  server.on("request", handlerOf(answers, ledger))
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(port, HOST, resolve)
  })
  const address = server.address() as AddressInfo
  return {
    url: `${tls === undefined ? "http" : "https"}://${HOST}:${address.port}`,
    port: address.port,
    calls: () => ledger.calls,
    callsAtOnceMax: () => ledger.counts.callsAtOnceMax,
    sessionsOpen: () => ledger.counts.sessionsOpen,
    sessionsOpened: () => ledger.counts.sessionsOpened,
    until: ledger.until,
    script: (...more) => void ledger.faults.push(...more),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      })
  }
}

/**
 * A stand-in for as long as the scope is open.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (options: Options): Effect.Effect<StandIn, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.promise(() => start(options)),
    (standIn) => Effect.promise(() => standIn.close())
  )
