import { ReferralDirectory } from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import { connect, createServer, type Server, type Socket } from "node:net"
import { afterEach, describe, expect, it } from "vitest"
import * as Certificate from "../testing/Certificate.ts"
import { everybody, failure, lookUp, referralOf } from "../testing/directory.ts"
import * as GrpcReferralDirectory from "./GrpcReferralDirectory.ts"
import * as StandIn from "./StandIn.ts"

const authority = Certificate.make("our authority")
const stranger = Certificate.make("another authority")
const server = Certificate.make("user service", authority)
const client = Certificate.make("reckoner", authority)

const closing: Array<() => Promise<void>> = []
const start = async (options: Partial<StandIn.Options> = {}): Promise<StandIn.StandIn> => {
  const standIn = await StandIn.start({ answers: everybody, ...options })
  closing.push(standIn.close)
  return standIn
}
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

describe("address", () => {
  it.each(["", "localhost:50051", "ftp://localhost:50051", "http://", "http://user:secret@localhost:50051"])(
    "fails with Refused when it is %j, and does not repeat it",
    async (url) => {
      const error = await failure({ url })
      expect(error).toMatchObject({ _tag: "ReferralDirectoryError", reason: "Refused", isRetryable: false })
      expect(error.message).toBe("the address of the user service is no URL like http://host:port or https://host:port")
    }
  )

  it("may end with a slash", async () => {
    const { url } = await start()
    expect(await Effect.runPromise(lookUp({ url: `${url}/` }, ["1"]))).toStrictEqual([referralOf(1n)])
  })
})

describe("TLS", () => {
  const tls = { certPem: server.certPem, keyPem: server.keyPem }
  const trusting = { caPem: authority.certPem }

  it("trusts the authority that it is given", async () => {
    const { url } = await start({ tls })
    expect(url).toMatch(/^https:/)
    expect(await Effect.runPromise(lookUp({ url, tls: trusting }, ["1"]))).toStrictEqual([referralOf(1n)])
  })

  it.each([
    ["another authority", { caPem: stranger.certPem }],
    ["no authority but the usual ones", undefined]
  ])("fails with Refused, at once and clearly, when it trusts %s", async (_, clientTls) => {
    const standIn = await start({ tls })
    const error = await failure({ url: standIn.url, ...(clientTls === undefined ? {} : { tls: clientTls }) })
    expect(error).toMatchObject({ reason: "Refused", isRetryable: false })
    expect(error.message).toMatch(
      /^no trusted TLS connection to the user service at 127\.0\.0\.1:\d+ \(UNABLE_TO_VERIFY_LEAF_SIGNATURE: .+\): check certificates and settings$/
    )
    expect(standIn.calls()).toStrictEqual([])
  })

  it("fails with Refused when the certificate is for another host", async () => {
    const { url } = await start({ tls })
    const error = await failure({ url: url.replace("127.0.0.1", "localhost"), tls: trusting })
    expect(error).toMatchObject({ reason: "Refused", isRetryable: false })
    expect(error.message).toContain("ERR_TLS_CERT_ALTNAME_INVALID")
  })

  it("fails with Refused when the service speaks no TLS", async () => {
    const { url } = await start()
    const error = await failure({ url: url.replace("http:", "https:") })
    expect(error).toMatchObject({ reason: "Refused", isRetryable: false })
    expect(error.message).toContain("no trusted TLS connection")
  })

  it("is Unreachable when the service speaks only TLS and it does not", async () => {
    const { url } = await start({ tls })
    expect(await failure({ url: url.replace("https:", "http:") })).toMatchObject({ reason: "Unreachable" })
  })

  it("shows its own certificate to a service that asks for one", async () => {
    const { url } = await start({ tls: { ...tls, clientCaPem: authority.certPem } })
    const own = { ...trusting, certPem: client.certPem, keyPem: client.keyPem }
    expect(await Effect.runPromise(lookUp({ url, tls: own }, ["1"]))).toStrictEqual([referralOf(1n)])
  })

  it("fails with Refused when the service asks for a certificate and it has none", async () => {
    const standIn = await start({ tls: { ...tls, clientCaPem: authority.certPem } })
    const error = await failure({ url: standIn.url, tls: trusting })
    expect(error).toMatchObject({ reason: "Refused", isRetryable: false })
    expect(error.message).toContain("(ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED): check certificates and settings")
    expect(standIn.calls()).toStrictEqual([])
  })

  it("is Unreachable when the service hangs up on its certificate without a word", async () => {
    const standIn = await start({ tls: { ...tls, clientCaPem: authority.certPem } })
    const { certPem, keyPem } = Certificate.make("reckoner", stranger)
    const error = await failure({ url: standIn.url, tls: { ...trusting, certPem, keyPem } })
    expect(error).toMatchObject({ reason: "Unreachable" })
    expect(standIn.calls()).toStrictEqual([])
  })

  it.each([
    ["no PEM text", "https://127.0.0.1:1", { caPem: "x", certPem: "x", keyPem: "secret" }, "is no PEM text"],
    [
      "the key of another certificate",
      "https://127.0.0.1:1",
      { certPem: client.certPem, keyPem: server.keyPem },
      "do not fit together"
    ],
    ["a certificate without its key", "https://127.0.0.1:1", { certPem: client.certPem }, "come together"],
    ["meant for a plain address", "http://127.0.0.1:1", trusting, "nothing would be encrypted"]
  ])("fails with Refused when what it is given is %s", async (_, url, clientTls, why) => {
    const error = await failure({ url, tls: clientTls })
    expect(error).toMatchObject({ reason: "Refused", isRetryable: false })
    expect(error.message).toContain(`the TLS settings for the user service at 127.0.0.1:1 cannot be used: `)
    expect(error.message).toContain(why)
    expect(error.message).not.toContain("secret")
  })
})

describe("session", () => {
  /** Passes connections on, and lets the first one die without a word once it is told to. */
  const startProxy = async (port: number) => {
    const sockets: Array<Socket> = []
    let isDead = false
    const proxy: Server = createServer((socket) => {
      const upstream = connect(port, "127.0.0.1")
      const isFirst = sockets.length === 0
      sockets.push(socket, upstream)
      for (const one of [socket, upstream]) one.on("error", () => {})
      socket.on("data", (bytes) => (isFirst && isDead ? undefined : upstream.write(bytes)))
      upstream.on("data", (bytes) => socket.write(bytes))
    })
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve))
    closing.push(
      () =>
        new Promise((resolve) => {
          proxy.close(() => resolve())
          for (const socket of sockets) socket.destroy()
        })
    )
    return { port: (proxy.address() as { port: number }).port, die: () => (isDead = true) }
  }

  it("is opened anew when nothing comes over it any more, within the attempts of one call", async () => {
    const standIn = await start()
    const proxy = await startProxy(standIn.port)
    const url = `http://127.0.0.1:${proxy.port}`
    const found = await Effect.runPromise(
      Effect.gen(function* () {
        const directory = yield* ReferralDirectory
        yield* directory.referralsOf(["1"])
        proxy.die()
        return yield* directory.referralsOf(["2"])
      }).pipe(Effect.provide(GrpcReferralDirectory.layer({ url, deadlineMs: 300, attemptsMax: 8, backoffMs: 20 })))
    )
    expect(found).toStrictEqual([referralOf(2n)])
    expect(standIn.sessionsOpened()).toBeGreaterThan(1)
  })
})
