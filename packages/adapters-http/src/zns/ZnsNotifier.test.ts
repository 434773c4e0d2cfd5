import { type CommissionNotice, Currency, Money } from "@reckoner/core"
import { type AffiliateMessage, AffiliateNotifier, StoreError, type TokenPair, TokenStore } from "@reckoner/core/ports"
import { MemoryTokenStore } from "@reckoner/core/testing"
import { affiliateNotifierContract } from "@reckoner/core/testing/contracts"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { FetchHttpClient } from "effect/http"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Tracer from "effect/Tracer"
import { createServer, type Server, type Socket } from "node:net"
import type { AddressInfo } from "node:net"
import { inspect } from "node:util"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import * as StandIn from "./StandIn.ts"
import * as ZnsNotifier from "./ZnsNotifier.ts"

const SECRET_KEY = "secret-key-of-the-application"
const FIRST_REFRESH_TOKEN = "refresh-token-0-of-the-options"
const SECRETS = /secret-key-of|refresh-token-\d|access-token-\d/
const SHORT_MS = 200
const APP_ID = "4711"

const terms: StandIn.Options = {
  appId: APP_ID,
  secretKey: SECRET_KEY,
  templateId: "77",
  parameters: ["affiliate_name", "order_code", "invoice_code", "amount"],
  refreshToken: FIRST_REFRESH_TOKEN
}

const message = (number: number, more: Partial<AffiliateMessage> = {}): AffiliateMessage => ({
  id: `notice-${number}`,
  phone: `090000000${number}`,
  affiliateName: "Nguyễn Ly",
  orderCode: `ORD-${number}`,
  invoiceCode: `INV-${number}`,
  amount: Money.make(1_250_000n, Result.getOrThrow(Currency.parse("VND"))),
  ...more
})

const sent = (number: number): CommissionNotice.Attempt => ({ _tag: "Sent", receipt: `message-${number}` })

const pair = (number: number, expiresAt = Date.now() + 86_400_000): TokenPair => ({
  accessToken: Redacted.make(`access-token-${number}-of-${APP_ID}`),
  refreshToken: Redacted.make(`refresh-token-${number}-of-${APP_ID}`),
  expiresAt
})

const FAULTS: Readonly<Record<"Busy" | "Lost" | "Refusing", StandIn.Fault>> = {
  Busy: { _tag: "Status", status: 503 },
  Lost: { _tag: "DropAfter" },
  Refusing: { _tag: "Refuse", code: -139 }
}

affiliateNotifierContract("ZnsNotifier", async () => {
  const standIn = await StandIn.start(terms)
  const options = {
    baseUrl: standIn.url,
    oauthUrl: standIn.url,
    appId: APP_ID,
    secretKey: Redacted.make(SECRET_KEY),
    templateId: "77",
    refreshToken: Option.some(Redacted.make(FIRST_REFRESH_TOKEN))
  }
  return {
    layer: Layer.provide(ZnsNotifier.layer(options), Layer.merge(MemoryTokenStore.make().layer, FetchHttpClient.layer)),
    sent: () => standIn.sent().map(({ trackingId }) => trackingId),
    fail: (how) => standIn.script(FAULTS[how]),
    close: standIn.close
  }
})

const closing: Array<() => Promise<void>> = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** A TCP server that does what it likes with each connection, and its address. */
const listening = async (onConnection: (socket: Socket) => void): Promise<string> => {
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket.on("error", () => {}))
    onConnection(socket)
  })
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

/** An address where nothing listens. */
const nowhere = async (): Promise<string> => {
  const url = await listening(() => {})
  await closing.pop()!()
  return url
}

describe("ZnsNotifier and the service", () => {
  let standIn: StandIn.StandIn
  let store: MemoryTokenStore.MemoryTokenStore
  const begin = async (more: Partial<StandIn.Options> = {}) => {
    standIn = await StandIn.start({ ...terms, ...more })
    closing.push(standIn.close)
  }
  beforeEach(async () => {
    store = MemoryTokenStore.make()
    await begin()
  })

  const optionsOf = (more: Partial<ZnsNotifier.Options> = {}): ZnsNotifier.Options => ({
    baseUrl: standIn.url,
    oauthUrl: standIn.url,
    appId: APP_ID,
    secretKey: Redacted.make(SECRET_KEY),
    templateId: "77",
    refreshToken: Option.some(Redacted.make(FIRST_REFRESH_TOKEN)),
    ...more
  })

  const layerOf = (more?: Partial<ZnsNotifier.Options>, tokens: Layer.Layer<TokenStore> = store.layer) =>
    Layer.provide(ZnsNotifier.layer(optionsOf(more)), Layer.merge(tokens, FetchHttpClient.layer))

  /** Each call has a notifier of its own, as of a process of its own. */
  const sending = (
    which: AffiliateMessage = message(1),
    more?: Partial<ZnsNotifier.Options>,
    tokens?: Layer.Layer<TokenStore>
  ) =>
    Effect.flatMap(AffiliateNotifier, (notifier) => notifier.send(which)).pipe(
      Effect.provide(layerOf(more, tokens), { local: true })
    )
  const send = (...args: Parameters<typeof sending>) => Effect.runPromise(sending(...args))
  const posts = () => standIn.calls().filter(({ path }) => path === StandIn.MESSAGE_PATH)
  const renewals = () => standIn.calls().filter(({ path }) => path === StandIn.TOKEN_PATH)
  const keptAccessToken = () =>
    Option.map(Option.fromNullishOr(store.pairs().get(ZnsNotifier.accountOf(APP_ID))), ({ accessToken }) =>
      Redacted.value(accessToken)
    )

  it("sends a message to the phone of the affiliate", async () => {
    expect(await send()).toStrictEqual(sent(1))
    expect(standIn.sent()).toStrictEqual([
      {
        receipt: "message-1",
        phone: "84900000001",
        templateId: "77",
        templateData: {
          affiliate_name: "Nguyễn Ly",
          order_code: "ORD-1",
          invoice_code: "INV-1",
          amount: "1250000 VND"
        },
        trackingId: "notice-1",
        mode: undefined
      }
    ])
  })

  it("takes addresses with a slash at their end", async () => {
    expect(await send(message(1), { baseUrl: `${standIn.url}/`, oauthUrl: `${standIn.url}//` })).toStrictEqual(sent(1))
  })

  it("sends to the administrators alone in the development mode", async () => {
    await begin({ admins: ["84900000001"] })
    expect(await send(message(1), { mode: "development" })).toStrictEqual(sent(1))
    expect((await send(message(2), { mode: "development" }))._tag).toBe("NeedsOperator")
    expect(standIn.sent().map(({ mode, phone }) => [mode, phone])).toStrictEqual([["development", "84900000001"]])
  })

  it.each([
    [undefined, "no phone number"],
    ["", "the phone number cannot be used"],
    ["+1 415 555 0123", "the phone number cannot be used"]
  ])("asks nothing about somebody with the phone %s", async (phone, reason) => {
    expect(await send(message(1, { phone }))).toStrictEqual({ _tag: "Recipient", reason })
    expect(standIn.calls()).toStrictEqual([])
  })

  it("sends an id of 48 characters, and asks nothing with a longer one", async () => {
    expect(await send(message(1, { id: "x".repeat(48) }))).toStrictEqual(sent(1))
    const calls = standIn.calls().length
    expect((await send(message(1, { id: "x".repeat(49) })))._tag).toBe("NeedsOperator")
    expect(standIn.calls()).toHaveLength(calls)
  })

  describe("what the service says", () => {
    it.each([
      [-100, "TryLater"],
      [-133, "NotAtNight"],
      [-118, "Recipient"],
      [-115, "NeedsOperator"],
      [-122, "NeedsOperator"],
      [-999, "NeedsOperator"]
    ] as const)("%i is %s, after one post", async (code, tag) => {
      standIn.script({ _tag: "Refuse", code })
      expect(await send()).toStrictEqual({ _tag: tag, reason: expect.stringContaining(`${code}: `) })
      expect([posts().length, standIn.sent()]).toStrictEqual([1, []])
    })

    it("is that it is night, that somebody refuses, and that the quota is used up", async () => {
      await begin({ quota: 1 })
      standIn.setNight(true)
      expect((await send())._tag).toBe("NotAtNight")
      standIn.setNight(false)
      standIn.refusePhone("84900000002", -139)
      expect((await send(message(2)))._tag).toBe("Recipient")
      expect(await send()).toStrictEqual(sent(1))
      expect((await send(message(3)))._tag).toBe("NeedsOperator")
      expect(posts()).toHaveLength(4)
    })

    it.each([500, 503, 429])("is HTTP %i: nothing was sent, after one post", async (status) => {
      standIn.script({ _tag: "Status", status })
      expect((await send())._tag).toBe("TryLater")
      expect([posts().length, standIn.sent()]).toStrictEqual([1, []])
    })

    it.each([301, 302, 307, 308])("is HTTP %i: nobody follows it", async (status) => {
      const elsewhere = await StandIn.start(terms)
      closing.push(elsewhere.close)
      standIn.script({ _tag: "Status", status, location: `${elsewhere.url}${StandIn.MESSAGE_PATH}` })
      expect((await send())._tag).toBe("NeedsOperator")
      expect([posts().length, elsewhere.calls()]).toStrictEqual([1, []])
    })
  })

  describe("what the network does", () => {
    it.each(["Garbage", "DropAfter", "DropHalfway", "HangAfter"] as const)(
      "%s: a message that may have arrived is Unknown, and not posted again",
      async (_tag) => {
        standIn.script({ _tag })
        expect((await send(message(1), { timeoutMs: SHORT_MS }))._tag).toBe("Unknown")
        expect([posts().length, standIn.sent().length]).toStrictEqual([1, 1])
      }
    )

    it.each(["DropBefore", "Hang"] as const)(
      "%s: nobody knows that a message did not arrive, so it is Unknown, and not posted again",
      async (_tag) => {
        standIn.script({ _tag })
        expect((await send(message(1), { timeoutMs: SHORT_MS }))._tag).toBe("Unknown")
        expect([posts().length, standIn.sent().length]).toStrictEqual([1, 0])
      }
    )

    it("waits for an answer that is slow and not too slow", async () => {
      standIn.script({ _tag: "Delay", delayMs: SHORT_MS })
      expect(await send()).toStrictEqual(sent(1))
    })

    it("is waited for no longer by a caller that cannot be interrupted", async () => {
      standIn.scriptTokens({ _tag: "Hang" })
      standIn.script({ _tag: "Hang" })
      const attempts = Effect.all([
        sending(message(1), { timeoutMs: SHORT_MS }),
        sending(message(2), { timeoutMs: SHORT_MS })
      ])
      expect((await Effect.runPromise(Effect.uninterruptible(attempts))).map(({ _tag }) => _tag)).toStrictEqual([
        "TryLater",
        "Unknown"
      ])
    })

    it("names how long it waited", async () => {
      standIn.script({ _tag: "Hang" })
      expect(await send(message(1), { timeoutMs: SHORT_MS })).toStrictEqual({
        _tag: "Unknown",
        reason: `the Zalo service did not answer (no answer within ${SHORT_MS} ms): it may have sent the message`
      })
    })

    it("refuses the connection: nothing was sent", async () => {
      expect(await send(message(1), { baseUrl: await nowhere() })).toStrictEqual({
        _tag: "TryLater",
        reason: "the Zalo service cannot be reached (ECONNREFUSED)"
      })
    })

    it("knows no such host: nothing was sent", async () => {
      expect((await send(message(1), { baseUrl: "http://no-such-host.invalid" }))._tag).toBe("TryLater")
    })

    it("ends the connection while the request is read: it may have arrived", async () => {
      const baseUrl = await listening((socket) => void socket.once("data", () => socket.destroy()))
      expect((await send(message(1), { baseUrl }))._tag).toBe("Unknown")
    })

    it("answers TLS with something else: it may have arrived", async () => {
      const baseUrl = (await listening((socket) => void socket.once("data", () => socket.end("hello")))).replace(
        "http:",
        "https:"
      )
      expect((await send(message(1), { baseUrl }))._tag).toBe("Unknown")
    })

    it.each(["", "no address", "ftp://example.invalid"])("is not asked at the address %j", async (baseUrl) => {
      expect((await send(message(1), { baseUrl }))._tag).toBe("NeedsOperator")
    })
  })

  describe("its tokens", () => {
    it("come from the first refresh token, and are kept and used again", async () => {
      expect([await send(message(1)), await send(message(2))]).toStrictEqual([sent(1), sent(2)])
      expect([renewals().length, keptAccessToken()]).toStrictEqual([1, Option.some(`access-token-1-of-${APP_ID}`)])
    })

    it("need a first refresh token", async () => {
      expect(await send(message(1), { refreshToken: Option.none() })).toStrictEqual({
        _tag: "NeedsOperator",
        reason: "the Zalo service has no refresh token yet: set one"
      })
      expect(standIn.calls()).toStrictEqual([])
    })

    it.each([
      ["as text", true],
      ["as a number", false]
    ])("last as long as the service says: %s", async (_, lifeIsText) => {
      await begin({ lifeSeconds: 7_200, lifeIsText })
      const before = Date.now()
      await send()
      const { expiresAt } = store.pairs().get(ZnsNotifier.accountOf(APP_ID))!
      expect([expiresAt >= before + 7_200_000, expiresAt <= Date.now() + 7_200_000]).toStrictEqual([true, true])
    })

    it.each([
      ["a minute after they expired", -60_000, 2],
      ["a moment before they expire", ZnsNotifier.RENEWAL_MARGIN_MS - 5_000, 2],
      ["not long before", ZnsNotifier.RENEWAL_MARGIN_MS + 60_000, 1]
    ])("are renewed %s", async (_, leftMs, renewed) => {
      await send()
      const account = ZnsNotifier.accountOf(APP_ID)
      const kept = store.pairs().get(account)!
      store = MemoryTokenStore.make([[account, { ...kept, expiresAt: Date.now() + leftMs }]])
      expect(await send(message(2))).toStrictEqual(sent(2))
      expect([standIn.refreshes(), posts().length]).toStrictEqual([renewed, 2])
    })

    it("are renewed once when they are refused, and the message is posted once more", async () => {
      await send()
      standIn.expireTokens()
      expect(await send(message(2))).toStrictEqual(sent(2))
      expect([standIn.refreshes(), posts().length]).toStrictEqual([2, 3])
    })

    it("are not renewed for ever", async () => {
      standIn.script(...Array.from({ length: 9 }, () => ({ _tag: "Refuse", code: -124 }) as const))
      expect(await send()).toStrictEqual({ _tag: "NeedsOperator", reason: expect.stringContaining("though it is new") })
      expect([standIn.refreshes(), posts().length, standIn.sent()]).toStrictEqual([2, 2, []])
    })

    it.each(["DropAfter", "HangAfter"] as const)("are refused, and the second post is lost: %s", async (_tag) => {
      await send()
      standIn.script({ _tag: "Refuse", code: -124 }, { _tag })
      expect((await send(message(2), { timeoutMs: SHORT_MS }))._tag).toBe("Unknown")
      expect([posts().length, standIn.sent().length]).toStrictEqual([3, 2])
    })

    it.each([2, 5])("are renewed once by %i notifiers that find them expired at once", async (count) => {
      store = MemoryTokenStore.make([
        [ZnsNotifier.accountOf(APP_ID), { ...pair(0, 0), refreshToken: Redacted.make(FIRST_REFRESH_TOKEN) }]
      ])
      const all = Array.from({ length: count }, (_, at) => sending(message(at + 1)))
      const ends = await Effect.runPromise(Effect.all(all, { concurrency: "unbounded" }))
      expect(new Set(ends.map(({ _tag }) => _tag))).toStrictEqual(new Set(["Sent"]))
      expect([renewals().length, standIn.sent().length]).toStrictEqual([1, count])
    })

    it.each([2, 5])("are renewed once by %i notifiers whose token is refused at once", async (count) => {
      await send(message(9))
      standIn.expireTokens()
      const all = Array.from({ length: count }, (_, at) => sending(message(at + 1)))
      const ends = await Effect.runPromise(Effect.all(all, { concurrency: "unbounded" }))
      expect(new Set(ends.map(({ _tag }) => _tag))).toStrictEqual(new Set(["Sent"]))
      expect([renewals().length, standIn.sent().length]).toStrictEqual([2, count + 1])
    })

    it("are kept before they are used: whoever dies in between loses nothing", async () => {
      standIn.script({ _tag: "Hang" })
      await Effect.runPromise(
        Effect.gen(function* () {
          const fiber = yield* Effect.forkChild(sending())
          yield* Effect.promise(() => standIn.until(() => posts().length === 1))
          expect(keptAccessToken()).toStrictEqual(Option.some(`access-token-1-of-${APP_ID}`))
          yield* Fiber.interrupt(fiber)
        })
      )
      expect(await send(message(2), { refreshToken: Option.none() })).toStrictEqual(sent(1))
      expect(renewals()).toHaveLength(1)
    })

    it("are kept though the sender was interrupted while they were renewed", async () => {
      standIn.scriptTokens({ _tag: "Delay", delayMs: SHORT_MS })
      await Effect.runPromise(
        Effect.gen(function* () {
          const fiber = yield* Effect.forkChild(sending())
          yield* Effect.promise(() => standIn.until(() => renewals().length === 1))
          yield* Fiber.interrupt(fiber)
        })
      )
      expect([keptAccessToken(), posts()]).toStrictEqual([Option.some(`access-token-1-of-${APP_ID}`), []])
    })

    it("wait for a person when the refresh token is refused", async () => {
      const refreshToken = Option.some(Redacted.make("refresh-token-9-is-used"))
      expect(await send(message(1), { refreshToken })).toStrictEqual({
        _tag: "NeedsOperator",
        reason: expect.stringContaining("set a new refresh token")
      })
      expect([renewals().length, posts().length]).toStrictEqual([1, 0])
    })

    it.each([
      ["app id", { appId: "4712" }],
      ["secret key", { secretKey: Redacted.make("another") }]
    ])("wait for a person when the %s is wrong", async (_, more) => {
      expect((await send(message(1), more))._tag).toBe("NeedsOperator")
      expect([renewals().length, posts().length]).toStrictEqual([1, 0])
    })

    it("go on with the refresh token of the options when the kept one is refused", async () => {
      store = MemoryTokenStore.make([[ZnsNotifier.accountOf(APP_ID), pair(8, 0)]])
      expect(await send()).toStrictEqual(sent(1))
      expect([renewals().length, keptAccessToken()]).toStrictEqual([2, Option.some(`access-token-1-of-${APP_ID}`)])
    })

    it("ask with a refresh token once, though it is kept and in the options", async () => {
      const used = Redacted.make("refresh-token-9-is-used")
      store = MemoryTokenStore.make([[ZnsNotifier.accountOf(APP_ID), { ...pair(8, 0), refreshToken: used }]])
      expect((await send(message(1), { refreshToken: Option.some(used) }))._tag).toBe("NeedsOperator")
      expect(renewals()).toHaveLength(1)
    })

    it("take the kept refresh token, and leave that of the options alone", async () => {
      await send()
      standIn.expireTokens()
      await send(message(2), { refreshToken: Option.some(Redacted.make("refresh-token-9-of-the-options")) })
      expect(renewals().map(({ body }) => new URLSearchParams(body).get("refresh_token"))).toStrictEqual([
        FIRST_REFRESH_TOKEN,
        `refresh-token-1-of-${APP_ID}`
      ])
    })

    it.each(["DropAfter", "HangAfter", "Garbage", "DropHalfway"] as const)(
      "are lost with the answer (%s): it is tried later, and then a person is asked",
      async (_tag) => {
        standIn.scriptTokens({ _tag })
        expect((await send(message(1), { timeoutMs: SHORT_MS }))._tag).toBe("TryLater")
        expect((await send())._tag).toBe("NeedsOperator")
        expect([keptAccessToken(), posts()]).toStrictEqual([Option.none(), []])
      }
    )

    it.each<StandIn.Fault>([{ _tag: "Status", status: 503 }, { _tag: "DropBefore" }, { _tag: "Hang" }])(
      "are renewed at the next attempt after %j",
      async (fault) => {
        standIn.scriptTokens(fault)
        expect((await send(message(1), { timeoutMs: SHORT_MS }))._tag).toBe("TryLater")
        expect(await send()).toStrictEqual(sent(1))
      }
    )

    it("cannot be renewed where nobody listens, and are not asked for at what is no address", async () => {
      expect((await send(message(1), { oauthUrl: await nowhere() }))._tag).toBe("TryLater")
      expect((await send(message(1), { oauthUrl: "" }))._tag).toBe("NeedsOperator")
      expect(posts()).toStrictEqual([])
    })

    it.each([
      [true, "TryLater"],
      [false, "NeedsOperator"]
    ])("cannot be read where the store fails (retryable: %s)", async (isRetryable, tag) => {
      const failure = new StoreError({ reason: "Unreachable", message: "nobody there", isRetryable })
      const failing = Layer.succeed(TokenStore, {
        current: () => Effect.fail(failure),
        renew: () => Effect.fail(failure)
      })
      expect(await send(message(1), {}, failing)).toStrictEqual({ _tag: tag, reason: "no access token: nobody there" })
      expect(standIn.calls()).toStrictEqual([])
    })
  })

  describe("its secrets", () => {
    /** Runs with a tracer and a logger that keep all that they are given. */
    const observed = async (...args: Parameters<typeof sending>) => {
      const seen: Array<unknown> = []
      const tracer = Tracer.make({
        span: (options) => {
          const span = new Tracer.NativeSpan(options)
          seen.push(span)
          return span
        }
      })
      const attempt = await Effect.runPromise(
        sending(...args).pipe(
          Effect.withTracer(tracer),
          Effect.provide(Logger.layer([Logger.make((options) => void seen.push(options))]))
        )
      )
      return { attempt, seen, text: inspect([attempt, seen], { depth: 30, showHidden: true, maxStringLength: null }) }
    }

    it.each<readonly [string, () => void | Promise<Partial<ZnsNotifier.Options>>]>([
      ["a success", () => {}],
      ["a refused token", () => standIn.script({ _tag: "Refuse", code: -124 })],
      ["an HTTP failure", () => standIn.script({ _tag: "Status", status: 503 })],
      ["a broken connection", () => standIn.script({ _tag: "DropAfter" })],
      ["a broken renewal", () => standIn.scriptTokens({ _tag: "DropAfter" })],
      ["an HTTP failure of a renewal", () => standIn.scriptTokens({ _tag: "Status", status: 500 })],
      ["a service that nobody runs", async () => ({ baseUrl: await nowhere() })],
      [
        "a service that quotes the access token",
        () => standIn.script({ _tag: "Refuse", code: -120, message: `no access-token-1-of-${APP_ID}` })
      ],
      [
        "a token service that quotes what it was sent",
        () => standIn.scriptTokens({ _tag: "Refuse", code: -1, message: `${FIRST_REFRESH_TOKEN} of ${SECRET_KEY}` })
      ]
    ])("are in no message, log or span: %s", async (_, prepare) => {
      const more = (await prepare()) ?? {}
      const { text } = await observed(message(1), more)
      expect(text).toContain("ZnsNotifier.send")
      expect(text).not.toMatch(SECRETS)
    })

    it.each([
      [
        "access token",
        async () => {
          store = MemoryTokenStore.make([
            [ZnsNotifier.accountOf(APP_ID), { ...pair(1), accessToken: Redacted.make("access-token-1\nbroken") }]
          ])
          return {}
        }
      ],
      ["secret key", async () => ({ secretKey: Redacted.make(`${SECRET_KEY}\nbroken`) })]
    ])("are not shown when the %s can be no header", async (_, prepare) => {
      const { attempt, text } = await observed(message(1), await prepare())
      expect(attempt._tag).toBe("NeedsOperator")
      expect(text).not.toMatch(SECRETS)
      expect(standIn.calls()).toStrictEqual([])
    })

    it("go nowhere with what traces requests", async () => {
      await observed()
      expect(
        standIn.calls().flatMap(({ headers }) => Object.keys(headers).filter((name) => /b3|trace/.test(name)))
      ).toStrictEqual([])
    })
  })
})
