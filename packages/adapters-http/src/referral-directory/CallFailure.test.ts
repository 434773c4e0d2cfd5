import { Code } from "@connectrpc/connect"
import * as Effect from "effect/Effect"
import * as http from "node:http"
import { type AddressInfo, createServer, type Server, type Socket } from "node:net"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { everybody, failure, lookUp, type RawServer, referralOf, startRaw } from "../testing/directory.ts"
import * as StandIn from "./StandIn.ts"

/** What each status becomes, and how often the call was made: four attempts where it is tried again. */
const STATUSES: ReadonlyArray<readonly [keyof typeof Code, string, boolean, number]> = [
  ["Canceled", "Unreachable", true, 1],
  ["Unknown", "InvalidAnswer", false, 1],
  ["InvalidArgument", "Refused", false, 1],
  ["DeadlineExceeded", "TooSlow", true, 4],
  ["NotFound", "Refused", false, 1],
  ["AlreadyExists", "Refused", false, 1],
  ["PermissionDenied", "Refused", false, 1],
  ["ResourceExhausted", "Unreachable", true, 1],
  ["FailedPrecondition", "Refused", false, 1],
  ["Aborted", "Unreachable", true, 1],
  ["OutOfRange", "Refused", false, 1],
  ["Unimplemented", "Refused", false, 1],
  ["Internal", "InvalidAnswer", false, 1],
  ["Unavailable", "Unreachable", true, 4],
  ["DataLoss", "InvalidAnswer", false, 1],
  ["Unauthenticated", "Refused", false, 1]
]

const times = <A>(count: number, value: A): ReadonlyArray<A> => Array.from({ length: count }, () => value)

describe("what the service says", () => {
  let standIn: StandIn.StandIn
  beforeEach(async () => {
    standIn = await StandIn.start({ answers: everybody })
  })
  afterEach(() => standIn.close())

  it("has a row for each status", () => {
    const names = Object.values(Code).filter((code) => typeof code === "string")
    expect(STATUSES.map(([code]) => code).toSorted()).toStrictEqual(names.toSorted())
  })

  it.each(STATUSES)("%s is %s (retryable: %s), after %i attempts", async (code, reason, isRetryable, attempts) => {
    standIn.script(...times(9, { _tag: "Status", code: Code[code], message: "as told" } as const))
    const error = await failure(standIn)
    expect(error).toMatchObject({ _tag: "ReferralDirectoryError", reason, isRetryable })
    expect(standIn.calls()).toHaveLength(attempts)
    expect(error.message).toContain(`the user service at 127.0.0.1:${standIn.port}`)
    expect(error.message).toContain(code === "DeadlineExceeded" ? "within 5000 ms" : "as told")
  })

  it("is one short line, whatever it is", async () => {
    const message = `first\nsecond\r\n\u0007\u2028third ${"x".repeat(5_000)}`
    standIn.script({ _tag: "Status", code: Code.InvalidArgument, message })
    const error = await failure(standIn)
    expect(error.message).toMatch(/^[\u0020-\u007e…]+$/)
    expect(error.message).toContain("invalid argument: first second third xxx")
    expect(error.message.length).toBeLessThan(400)
  })

  it.each([1, 2, 3, 7])("is asked %i times at most, as the options say", async (attemptsMax) => {
    standIn.script(...times(9, { _tag: "Status", code: Code.Unavailable } as const))
    await failure({ url: standIn.url, attemptsMax })
    expect(standIn.calls()).toHaveLength(attemptsMax)
  })

  it("is asked once when fewer attempts than one are allowed", async () => {
    standIn.script({ _tag: "Status", code: Code.Unavailable })
    await failure({ url: standIn.url, attemptsMax: 0 })
    expect(standIn.calls()).toHaveLength(1)
  })

  it.each<StandIn.Fault>([
    { _tag: "Status", code: Code.Unavailable },
    { _tag: "Status", code: Code.DeadlineExceeded },
    { _tag: "DropBefore" },
    { _tag: "DropHalfway" },
    { _tag: "DropAfter" }
  ])("is asked again, and answers, after three times %j", async (fault) => {
    standIn.script(...times(3, fault))
    expect(await Effect.runPromise(lookUp(standIn, ["1"]))).toStrictEqual([referralOf(1n)])
    expect(standIn.calls()).toHaveLength(4)
  })

  it("comes too late after the deadline of each attempt", async () => {
    standIn.script(...times(9, { _tag: "Hang" } as const))
    const error = await failure({ url: standIn.url, deadlineMs: 200, attemptsMax: 2 })
    expect(error).toMatchObject({ reason: "TooSlow", isRetryable: true })
    expect(error.message).toContain("did not answer within 200 ms")
    const ends = await Promise.all(standIn.calls().map(({ ended }) => ended))
    expect(ends).toStrictEqual(["Cancelled", "Cancelled"])
  })

  it("is no message of the service", async () => {
    standIn.script({ _tag: "Garbage" })
    const error = await failure(standIn)
    expect(error).toMatchObject({ reason: "InvalidAnswer", isRetryable: false })
    expect(error.message).toContain("cannot be used (internal: parse binary: premature EOF)")
    expect(standIn.calls()).toHaveLength(1)
  })

  it.each(["DropBefore", "DropHalfway", "DropAfter"] as const)("is cut off each time (%s)", async (_tag) => {
    standIn.script(...times(9, { _tag }))
    expect(await failure(standIn)).toMatchObject({ reason: "Unreachable", isRetryable: true })
    expect(standIn.calls()).toHaveLength(4)
  })

  it("is cut off for good when the server is killed in the middle of an answer", async () => {
    standIn.script({ _tag: "Hang" })
    const asking = failure(standIn)
    await standIn.until(() => standIn.calls().length === 1)
    await standIn.close()
    const error = await asking
    expect(error).toMatchObject({ reason: "Unreachable", isRetryable: true })
    expect(error.message).toContain("ECONNREFUSED")
  })
})

describe("what the transport says", () => {
  const HEADERS = { ":status": 200, "content-type": "application/grpc" }
  const HALF = Buffer.from([0, 0, 0, 0, 9, 1])
  const OK = { "grpc-status": "0" }
  const closing: Array<() => Promise<void>> = []
  afterEach(async () => {
    for (const close of closing.splice(0)) await close()
  })
  const raw = async (...args: Parameters<typeof startRaw>): Promise<RawServer> => {
    const server = await startRaw(...args)
    closing.push(server.close)
    return server
  }

  it.each([1, 2, 7, 8, 11, 13])("a stream that is reset with code %i is Unreachable", async (code) => {
    const server = await raw((stream) => stream.close(code))
    expect(await failure(server)).toMatchObject({ reason: "Unreachable", isRetryable: true })
    expect(server.requests()).toBe(4)
  })

  it.each([0, 2, 8])("a stream that is reset with code %i in the middle of an answer is Unreachable", async (code) => {
    const server = await raw((stream) => {
      stream.respond(HEADERS)
      stream.write(HALF, () => stream.close(code))
    })
    expect(await failure(server)).toMatchObject({ reason: "Unreachable", isRetryable: true })
    expect(server.requests()).toBe(4)
  })

  it.each([0, 2, 11])(
    "a session that goes away with code %i in the middle of an answer is Unreachable",
    async (code) => {
      const server = await raw((stream) => {
        stream.respond(HEADERS)
        stream.write(HALF, () => {
          stream.session?.goaway(code, 0)
          stream.session?.destroy()
        })
      })
      expect(await failure(server)).toMatchObject({ reason: "Unreachable", isRetryable: true })
      expect(server.requests()).toBe(4)
    }
  )

  it.each([
    [503, "Unreachable", true, 4],
    [429, "Unreachable", true, 4],
    [401, "Refused", false, 1],
    [404, "Refused", false, 1],
    [500, "InvalidAnswer", false, 1]
  ])("HTTP %i without a gRPC status is %s", async (status, reason, isRetryable, attempts) => {
    const server = await raw((stream) => {
      stream.respond({ ":status": status })
      stream.end()
    })
    const error = await failure(server)
    expect(error).toMatchObject({ reason, isRetryable })
    expect(error.message).toContain(`HTTP ${status}`)
    expect(server.requests()).toBe(attempts)
  })

  it.each<readonly [string, Parameters<typeof startRaw>[0]]>([
    [
      "a web page",
      (stream) => {
        stream.respond({ ":status": 200, "content-type": "text/html" })
        stream.end("<html>")
      }
    ],
    [
      "an answer without a status",
      (stream) => {
        stream.respond(HEADERS)
        stream.end(Buffer.alloc(5))
      }
    ],
    [
      "a status without a message",
      (stream) => {
        stream.respond({ ...HEADERS, ...OK }, { endStream: true })
      }
    ],
    [
      "two messages",
      (stream) => {
        stream.on("wantTrailers", () => stream.sendTrailers(OK))
        stream.respond(HEADERS, { waitForTrailers: true })
        stream.end(Buffer.alloc(10))
      }
    ],
    [
      "an unknown status",
      (stream) => {
        stream.respond({ ...HEADERS, "grpc-status": "99" }, { endStream: true })
      }
    ],
    [
      "a message larger than 4 MiB",
      (stream) => {
        stream.respond(HEADERS)
        stream.write(Buffer.from([0, 0, 64, 0, 1, 9]))
      }
    ]
  ])("%s is InvalidAnswer, at once", async (_, onStream) => {
    const server = await raw(onStream)
    expect(await failure(server)).toMatchObject({ reason: "InvalidAnswer", isRetryable: false })
    expect(server.requests()).toBe(1)
  })

  const listening = async (server: Server): Promise<string> => {
    const sockets = new Set<Socket>()
    server.on("connection", (socket) => sockets.add(socket.on("error", () => {})))
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    closing.push(
      () =>
        new Promise((resolve) => {
          server.close(() => resolve())
          for (const socket of sockets) socket.destroy()
        })
    )
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  it("a port where nothing listens is Unreachable, and named", async () => {
    const url = await listening(createServer())
    await closing.pop()!()
    const error = await failure({ url })
    expect(error).toMatchObject({ reason: "Unreachable", isRetryable: true })
    const host = new URL(url).host
    expect(error.message).toBe(
      `the user service at ${host} does not serve (connect ECONNREFUSED ${host}): check that it runs, its address and its load`
    )
  })

  it("a host that nobody knows is Unreachable", async () => {
    const error = await failure({ url: "http://no-such-host.invalid:50051" })
    expect(error).toMatchObject({ reason: "Unreachable", isRetryable: true })
  })

  it("a server that hangs up is Unreachable", async () => {
    const url = await listening(createServer((socket) => socket.destroy()))
    expect(await failure({ url })).toMatchObject({ reason: "Unreachable", isRetryable: true })
  })

  it("a server that takes connections and says nothing is TooSlow", async () => {
    const url = await listening(createServer(() => {}))
    expect(await failure({ url, deadlineMs: 60, attemptsMax: 2 })).toMatchObject({ reason: "TooSlow" })
  })

  it("a server of HTTP/1.1 is Unreachable, and brings nothing down when the layer closes at once", async () => {
    const url = await listening(http.createServer((_, response) => void response.end("hello")))
    expect(await failure({ url })).toMatchObject({ reason: "Unreachable" })
  })
})
