/**
 * A stand-in of Zalo's notification and token services: real HTTP on the
 * loopback. It checks what the real ones check, keeps what it sent to whom, and
 * fails as it is told.
 *
 * What is refused is answered with HTTP 200 and a code. The codes of the token
 * service are assumed: the public facts name none.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as http from "node:http"
import type { AddressInfo, Socket } from "node:net"
import * as Rules from "./StandInRules.ts"

/**
 * What goes wrong with one request.
 *
 * - `Delay`: the answer comes so much later.
 * - `Hang`, `HangAfter`: no answer comes until the caller gives up; the request is not processed, or is.
 * - `Refuse`: it is refused with this code, before it is looked at.
 * - `Status`: it is answered with this HTTP status, before it is looked at; `location` makes a redirection of it.
 * - `Garbage`: it is processed, and the answer is no JSON.
 * - `DropBefore`, `DropHalfway`, `DropAfter`: the connection breaks before the request is processed, in the middle of
 *   the answer, or after processing and before the answer.
 *
 * @category models
 * @since 0.1.0
 */
export type Fault =
  | { readonly _tag: "Delay"; readonly delayMs: number }
  | { readonly _tag: "Refuse"; readonly code: number; readonly message?: string }
  | { readonly _tag: "Status"; readonly status: number; readonly body?: string; readonly location?: string }
  | { readonly _tag: "Hang" | "HangAfter" | "Garbage" | "DropBefore" | "DropHalfway" | "DropAfter" }

/**
 * A message that was sent to a person.
 *
 * @category models
 * @since 0.1.0
 */
export interface SentMessage extends Rules.Posted {
  readonly receipt: string
}

/**
 * A request as it arrived.
 *
 * @category models
 * @since 0.1.0
 */
export interface Call {
  readonly path: string
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
}

/**
 * What a stand-in is made of. `port` is any free one unless it is given, `now`
 * the time unless it is given.
 *
 * - `refreshToken`: the first one, good once.
 * - `lifeSeconds`: how long each access token is good, as the service tells it: as text.
 * - `lifeIsText`: whether it does so; a number otherwise.
 * - `quota`: how many messages it sends at most.
 * - `admins`: whom it sends to in the development mode.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options extends Rules.Application, Rules.Template {
  readonly refreshToken: string
  readonly lifeSeconds?: number
  readonly lifeIsText?: boolean
  readonly quota?: number
  readonly admins?: ReadonlyArray<string>
  readonly port?: number
  readonly now?: () => number
}

/**
 * A running stand-in.
 *
 * - `sent`: the messages that reached a person, in order.
 * - `calls`: all that it was asked, in order of arrival.
 * - `refreshes`: how many pairs of tokens it gave.
 * - `script`, `scriptTokens`: faults for the next requests of either service, after those that are still to come.
 * - `refusePhone`: answers messages to this number with a code.
 * - `setNight`: whether it is night, when it sends nothing.
 * - `expireTokens`: makes every access token that it gave invalid.
 * - `until`: waits until something that can be seen here is so.
 * - `close`: ends the server and every connection at once.
 *
 * @category models
 * @since 0.1.0
 */
export interface StandIn {
  readonly url: string
  readonly port: number
  readonly sent: () => ReadonlyArray<SentMessage>
  readonly calls: () => ReadonlyArray<Call>
  readonly refreshes: () => number
  readonly script: (...faults: ReadonlyArray<Fault>) => void
  readonly scriptTokens: (...faults: ReadonlyArray<Fault>) => void
  readonly refusePhone: (phone: string, code: number) => void
  readonly setNight: (isNight: boolean) => void
  readonly expireTokens: () => void
  readonly until: (isSo: () => boolean) => Promise<void>
  readonly close: () => Promise<void>
}

/**
 * Where messages are posted.
 *
 * @category constants
 * @since 0.1.0
 */
export const MESSAGE_PATH = "/message/template"

/**
 * Where tokens are posted.
 *
 * @category constants
 * @since 0.1.0
 */
export const TOKEN_PATH = "/v4/oa/access_token"

const HOST = "127.0.0.1"
const LIFE_SECONDS = 90_000
const QUOTA = 500

const header = (value: string | ReadonlyArray<string> | undefined): string | undefined =>
  typeof value === "string" ? value : undefined

const textOf = async (request: http.IncomingMessage): Promise<string> => {
  const chunks: Array<Buffer> = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString("utf8")
}

/** The two services: what they know, and what they answer to one request. */
const makeServices = (options: Options) => {
  const { admins = [], lifeIsText = true, lifeSeconds = LIFE_SECONDS, now = Date.now, quota = QUOTA } = options
  const sent: Array<SentMessage> = []
  const refused = new Map<string, number>()
  const expiries = new Map<string, number>()
  const state = { isNight: false, pairs: 0, refreshToken: options.refreshToken }

  const personRefusal = ({ mode, phone }: Rules.Posted): Rules.Refusal | undefined => {
    const error = refused.get(`84${phone.replace(/^(84|0)/, "")}`)
    if (error !== undefined) return { error, message: "as told" }
    if (mode === "development" && !admins.includes(phone)) return { error: -120, message: "No permission" }
    if (state.isNight) return { error: -133, message: "Not allowed at night" }
    return sent.length >= quota ? { error: -115, message: "Out of quota" } : undefined
  }
  const message = ({ body, headers }: Call): object => {
    const expiresAt = expiries.get(header(headers["access_token"]) ?? "")
    if (expiresAt === undefined || expiresAt <= now()) return { error: -124, message: "Access token invalid" }
    const posted = Rules.readPosted(headers["content-type"], body, options)
    if ("error" in posted) return posted
    const refusal = personRefusal(posted)
    if (refusal !== undefined) return refusal
    const receipt = `message-${sent.length + 1}`
    sent.push({ ...posted, receipt })
    return {
      error: 0,
      message: "Success",
      data: {
        msg_id: receipt,
        sent_time: String(now()),
        quota: { dailyQuota: String(quota), remainingQuota: String(quota - sent.length) }
      }
    }
  }
  const tokens = ({ body, headers }: Call): object => {
    const read = Rules.readRefreshToken(
      { contentType: headers["content-type"], secretKey: header(headers["secret_key"]) },
      body,
      options
    )
    const refusal =
      typeof read === "object"
        ? read
        : read === state.refreshToken
          ? undefined
          : { error: -14_014, message: "Invalid refresh token" }
    if (refusal !== undefined) return { error: refusal.error, error_name: refusal.message }
    state.pairs += 1
    state.refreshToken = `refresh-token-${state.pairs}-of-${options.appId}`
    const accessToken = `access-token-${state.pairs}-of-${options.appId}`
    expiries.set(accessToken, now() + lifeSeconds * 1_000)
    return {
      access_token: accessToken,
      refresh_token: state.refreshToken,
      expires_in: lifeIsText ? String(lifeSeconds) : lifeSeconds
    }
  }
  return { sent, refused, expiries, state, answers: { [MESSAGE_PATH]: message, [TOKEN_PATH]: tokens } }
}

/** Answers one request, or does what the fault says. */
const respond = (response: http.ServerResponse, fault: Fault | undefined, process: () => object): void => {
  const drop = () => void response.socket?.destroy()
  const json = (body: object) => {
    response.writeHead(200, { "content-type": "application/json" })
    response.end(JSON.stringify(body))
  }
  switch (fault?._tag) {
    case "Refuse":
      return json({ error: fault.code, message: fault.message ?? "as told", error_name: fault.message ?? "as told" })
    case "Status":
      response.writeHead(fault.status, fault.location === undefined ? {} : { location: fault.location })
      response.end(fault.body ?? "")
      return
    case "Hang":
      return
    case "DropBefore":
      return drop()
  }
  const answer = process()
  switch (fault?._tag) {
    case "HangAfter":
      return
    case "DropAfter":
      return drop()
    case "DropHalfway": {
      const whole = JSON.stringify(answer)
      response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(whole) })
      response.write(whole.slice(0, whole.length >> 1), drop)
      return
    }
    case "Garbage":
      response.end("<html>")
      return
    case "Delay": {
      const timer = setTimeout(() => json(answer), fault.delayMs)
      response.once("close", () => clearTimeout(timer))
      return
    }
    default:
      return json(answer)
  }
}

/**
 * Starts a stand-in on the loopback.
 *
 * @category constructors
 * @since 0.1.0
 */
export const start = async (options: Options): Promise<StandIn> => {
  const { answers, expiries, refused, sent, state } = makeServices(options)
  const faults: Record<string, Array<Fault>> = { [MESSAGE_PATH]: [], [TOKEN_PATH]: [] }
  const calls: Array<Call> = []
  const waiting = new Set<() => void>()
  const tell = () => {
    for (const look of waiting) look()
  }
  const server = http.createServer((request, response) => {
    const path = request.url ?? ""
    void textOf(request).then(
      (body) => {
        const call = { path, headers: request.headers, body }
        calls.push(call)
        const answer = request.method === "POST" ? answers[path as keyof typeof answers] : undefined
        if (answer === undefined) response.writeHead(404).end()
        else respond(response, faults[path]?.shift(), () => answer(call))
        tell()
      },
      () => {}
    )
  })
  const sockets = new Set<Socket>()
  server.on("connection", (socket) => sockets.add(socket.once("close", () => sockets.delete(socket))))
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(options.port ?? 0, HOST, resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://${HOST}:${port}`,
    port,
    sent: () => sent,
    calls: () => calls,
    refreshes: () => state.pairs,
    script: (...more) => void faults[MESSAGE_PATH]?.push(...more),
    scriptTokens: (...more) => void faults[TOKEN_PATH]?.push(...more),
    refusePhone: (phone, code) => void refused.set(phone, code),
    setNight: (isNight) => void (state.isNight = isNight),
    expireTokens: () => expiries.clear(),
    until: (isSo) =>
      new Promise((resolve) => {
        const look = () => {
          if (isSo()) {
            waiting.delete(look)
            resolve()
          }
        }
        waiting.add(look)
        look()
      }),
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
