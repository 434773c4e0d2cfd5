/**
 * What every `TokenStore` must do.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { StoreError } from "../../ports/StoreError.ts"
import { type TokenPair, TokenStore } from "../../ports/TokenStore.ts"

/**
 * A store that nobody else uses, empty at first. The layer may be built several
 * times, as by several processes: it is one store all the same.
 *
 * @category models
 * @since 0.1.0
 */
export interface TokenSetup {
  readonly layer: Layer.Layer<TokenStore, unknown>
  readonly close: () => Promise<void>
}

const RENEWALS = 8

/** So long an interruption may take that waits for nobody. */
const SOON_MS = 5_000
const EXPIRES_AT = Date.UTC(2026, 2, 6, 9, 30, 0, 123)

class Word extends Context.Service<Word, { readonly text: string }>()("@reckoner/core/testing/contracts/TokenWord") {}

const pairOf = (number: number): TokenPair => ({
  accessToken: Redacted.make(`access ${number}`),
  refreshToken: Redacted.make(`refresh ${number}`),
  expiresAt: EXPIRES_AT + number
})

/** Redacted values hide what they compare: their text is compared. */
const shown = ({ accessToken, expiresAt, refreshToken }: TokenPair) => ({
  accessToken: Redacted.value(accessToken),
  refreshToken: Redacted.value(refreshToken),
  expiresAt
})

/** The pair after the one that is kept. */
const next = (kept: Option.Option<TokenPair>): TokenPair =>
  pairOf(Option.match(kept, { onNone: () => 1, onSome: ({ expiresAt }) => expiresAt - EXPIRES_AT + 1 }))

/**
 * The suite of the store of tokens. `setup` is called before each test.
 *
 * @category contracts
 * @since 0.1.0
 */
export const tokenStoreContract = (name: string, setup: () => Promise<TokenSetup>): void => {
  describe(`${name} as TokenStore`, () => {
    let current: TokenSetup
    beforeEach(async () => {
      current = await setup()
    })
    afterEach(() => current.close())

    /** Each call builds the layer anew, so each is a process of its own. */
    const use = <A, E, R>(act: (store: TokenStore["Service"]) => Effect.Effect<A, E, R>) =>
      Effect.flatMap(TokenStore, act).pipe(Effect.provide(current.layer, { local: true })) as Effect.Effect<
        A,
        E | StoreError,
        Exclude<R, TokenStore>
      >
    const run = <A, E>(effect: Effect.Effect<A, E>): Promise<A> => Effect.runPromise(effect)
    const keptOf = (account: string) => use((store) => Effect.map(store.current(account), Option.map(shown)))
    const renewNext = (account: string) => use((store) => store.renew(account, (kept) => Effect.succeed(next(kept))))

    it("keeps nothing at first, and says so to the first who renews", async () => {
      const seen: Array<Option.Option<TokenPair>> = []
      const found = await run(keptOf("one"))
      await run(
        use((store) =>
          store.renew("one", (kept) =>
            Effect.sync(() => {
              seen.push(kept)
              return pairOf(1)
            })
          )
        )
      )
      expect([found, seen]).toStrictEqual([Option.none(), [Option.none()]])
    })

    it("keeps the new pair, gives it back, and gives it to whoever renews next", async () => {
      const first = await run(renewNext("one"))
      const second = await run(renewNext("one"))
      expect([shown(first), shown(second)]).toStrictEqual([shown(pairOf(1)), shown(pairOf(2))])
      expect(await run(keptOf("one"))).toStrictEqual(Option.some(shown(pairOf(2))))
    })

    it("gives a new pair back only after it is kept", async () => {
      const kept = await run(
        use((store) =>
          Effect.andThen(
            store.renew("one", () => Effect.succeed(pairOf(4))),
            keptOf("one")
          )
        )
      )
      expect(kept).toStrictEqual(Option.some(shown(pairOf(4))))
    })

    it("shows others the old pair while a new one is got", async () => {
      const meanwhile = await run(
        Effect.andThen(
          renewNext("one"),
          Effect.gen(function* () {
            let seen: Option.Option<ReturnType<typeof shown>> = Option.none()
            yield* use((store) =>
              store.renew("one", () =>
                Effect.gen(function* () {
                  seen = yield* Effect.orDie(keptOf("one"))
                  return pairOf(7)
                })
              )
            )
            return seen
          })
        )
      )
      expect(meanwhile).toStrictEqual(Option.some(shown(pairOf(1))))
    })

    it("leaves the kept pair as it is when it is given back", async () => {
      await run(renewNext("one"))
      const same = await run(use((store) => store.renew("one", (kept) => Effect.succeed(Option.getOrThrow(kept)))))
      expect([shown(same), await run(keptOf("one"))]).toStrictEqual([shown(pairOf(1)), Option.some(shown(pairOf(1)))])
    })

    it("keeps accounts apart, and lets one renew within the other", async () => {
      await run(use((store) => store.renew("one", () => Effect.as(renewNext("two"), pairOf(5)))))
      expect([await run(keptOf("one")), await run(keptOf("two")), await run(keptOf("three"))]).toStrictEqual([
        Option.some(shown(pairOf(5))),
        Option.some(shown(pairOf(1))),
        Option.none()
      ])
    })

    it("runs with the services of its caller", async () => {
      const renewal = use((store) => store.renew("one", () => Effect.map(Word, ({ text }) => pairOf(text.length))))
      expect(shown(await run(Effect.provideService(renewal, Word, { text: "abc" })))).toStrictEqual(shown(pairOf(3)))
    })

    it.each([
      ["an error of its own", "no"],
      ["a store further in", new StoreError({ reason: "StorageFull", message: "full", isRetryable: false })]
    ])("gives the failure to get a pair as it is, and leaves the kept one: %s", async (_, failure) => {
      await run(renewNext("one"))
      const found = await run(Effect.flip(use((store) => store.renew("one", () => Effect.fail(failure)))))
      expect(found).toBe(failure)
      expect(await run(keptOf("one"))).toStrictEqual(Option.some(shown(pairOf(1))))
    })

    it.each([
      ["one of this process", false],
      ["each of its own process", true]
    ])("lets one renew at a time, each from the pair of then: %s", async (_, apart) => {
      let [inside, most] = [0, 0]
      const renewal = (store: TokenStore["Service"]) =>
        store.renew("one", (kept) =>
          Effect.gen(function* () {
            most = Math.max(most, ++inside)
            yield* Effect.sleep(5)
            inside--
            return next(kept)
          })
        )
      const times = Array.from({ length: RENEWALS })
      const pairs = await run(
        apart
          ? Effect.forEach(times, () => use(renewal), { concurrency: "unbounded" })
          : use((store) => Effect.forEach(times, () => renewal(store), { concurrency: "unbounded" }))
      )
      expect(most).toBe(1)
      expect(pairs.map(({ expiresAt }) => expiresAt - EXPIRES_AT).toSorted((one, other) => one - other)).toStrictEqual(
        times.map((__, at) => at + 1)
      )
    })

    it.each([
      ["a failure", Effect.fail("no")],
      ["a defect", Effect.die("oh")],
      ["an interruption from within", Effect.interrupt]
    ] as ReadonlyArray<readonly [string, Effect.Effect<TokenPair, string>]>)(
      "is free again after %s",
      async (_, get) => {
        await run(Effect.exit(use((store) => store.renew("one", () => get))))
        expect(shown(await run(renewNext("one")))).toStrictEqual(shown(pairOf(1)))
      }
    )

    it("keeps what was got though its caller was interrupted meanwhile, and is free again", async () => {
      const found = await run(
        Effect.gen(function* () {
          const [isGetting, isOpen] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
          const get = Effect.andThen(Deferred.succeed(isGetting, undefined), Deferred.await(isOpen))
          const fiber = yield* Effect.forkChild(use((store) => store.renew("one", () => Effect.as(get, pairOf(1)))))
          yield* Deferred.await(isGetting)
          const interrupting = yield* Effect.forkChild(Fiber.interrupt(fiber))
          yield* Effect.yieldNow
          yield* Deferred.succeed(isOpen, undefined)
          yield* Fiber.join(interrupting)
          return [yield* keptOf("one"), shown(yield* renewNext("one"))]
        })
      )
      expect(found).toStrictEqual([Option.some(shown(pairOf(1))), shown(pairOf(2))])
    })

    it.each([
      ["one of this process", false],
      ["each of its own process", true]
    ])(
      "can be interrupted while it waits, and then neither gets a pair nor holds anything up: %s",
      async (_, apart) => {
        let entered = 0
        const found = await run(
          use((shared) =>
            Effect.gen(function* () {
              const using = <A, E>(act: (store: TokenStore["Service"]) => Effect.Effect<A, E>) =>
                apart ? use(act) : act(shared)
              const [isGetting, isOpen] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
              const isAsking = yield* Deferred.make<void>()
              const get = Effect.andThen(Deferred.succeed(isGetting, undefined), Deferred.await(isOpen))
              const first = yield* Effect.forkChild(
                using((store) => store.renew("one", () => Effect.as(get, pairOf(1))))
              )
              yield* Deferred.await(isGetting)
              const second = yield* Effect.forkChild(
                using((store) =>
                  Effect.andThen(
                    Deferred.succeed(isAsking, undefined),
                    store.renew("one", () =>
                      Effect.sync(() => {
                        entered++
                        return pairOf(9)
                      })
                    )
                  )
                )
              )
              yield* Deferred.await(isAsking)
              yield* Effect.sleep(100)
              yield* Effect.timeout(Fiber.interrupt(second), SOON_MS)
              yield* Deferred.succeed(isOpen, undefined)
              yield* Fiber.join(first)
              return shown(yield* renewNext("one"))
            })
          )
        )
        expect([found, entered]).toStrictEqual([shown(pairOf(2)), 0])
      }
    )

    it("shows no token in what it gives", async () => {
      const pair = await run(renewNext("one"))
      const kept = await run(use((store) => store.current("one")))
      expect(JSON.stringify([pair, kept])).not.toMatch(/access \d|refresh \d/)
    })
  })
}
