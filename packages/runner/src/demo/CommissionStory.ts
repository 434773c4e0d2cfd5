/**
 * The demo of the commission approvals: an order with two instalments, a change
 * of percentage, an approval, and what the wallets see of it.
 *
 * @since 0.1.0
 */
import { Currency, Money, Rate } from "@reckoner/core"
import { CommissionStore, type StoreError } from "@reckoner/core/ports"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT } from "jose"
import * as ActorToken from "../api/ActorToken.ts"
import * as CommissionText from "../cli/CommissionText.ts"
import * as Output from "../cli/Output.ts"
import * as CommissionActions from "../commission-approval/CommissionActions.ts"
import * as CommissionExplanation from "../commission-approval/CommissionExplanation.ts"
import * as RefusalText from "../commission-approval/RefusalText.ts"
import * as CommissionDay from "./CommissionDay.ts"

const currency = Result.getOrThrow(Currency.parse("VND"))

const ISSUER = "https://login.shop.example"
const AUDIENCE = "reckoner"
const TOKEN_SECONDS = 3_600

const ORDER_ID = String(CommissionDay.order.orderId)
const FIRST_ID = String(CommissionDay.invoices[0].invoiceId)
const LAMP_ID = String(CommissionDay.order.items[1].itemId)

/** The morning of the demo, whatever the time is. */
const morning = (clock: Clock.Clock): Clock.Clock => ({
  currentTimeMillisUnsafe: () => CommissionDay.AT_MS,
  currentTimeMillis: Effect.succeed(CommissionDay.AT_MS),
  currentTimeNanosUnsafe: () => BigInt(CommissionDay.AT_MS) * 1_000_000n,
  currentTimeNanos: Effect.succeed(BigInt(CommissionDay.AT_MS) * 1_000_000n),
  monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe(),
  monotonicTimeNanos: clock.monotonicTimeNanos,
  sleep: (duration) => clock.sleep(duration)
})

/**
 * Who approves, by a token that a key of the demo's own signs and that is
 * checked as `serve` checks those of requests.
 */
const approver = Effect.gen(function* () {
  const token = yield* Effect.promise(async () => {
    const { privateKey, publicKey } = await generateKeyPair("EdDSA")
    const seconds = CommissionDay.AT_MS / 1_000
    const signed = await new SignJWT({ roles: ["approver"] })
      .setProtectedHeader({ alg: "EdDSA" })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setSubject(CommissionDay.APPROVER)
      .setIssuedAt(seconds)
      .setExpirationTime(seconds + TOKEN_SECONDS)
      .sign(privateKey)
    return { signed, keys: createLocalJWKSet({ keys: [await exportJWK(publicKey)] }) }
  })
  const verify = ActorToken.make({ keys: token.keys, issuer: ISSUER, audience: AUDIENCE, rolesClaim: "roles" })
  return yield* Effect.orDie(verify(token.signed)) // the demo's own token is good
})

const indented = (lines: ReadonlyArray<string>): ReadonlyArray<string> => lines.map((line) => `  ${line}`)

const file = Effect.gen(function* () {
  const store = yield* CommissionStore
  return Option.getOrThrow(yield* store.file(ORDER_ID))
})

/** What the wallets count: the parts of the requests that have succeeded. */
const wallets = Effect.map(file, ({ order }) => {
  const counted = new Map<string, bigint>()
  for (const { creditRequest } of order.invoices) {
    for (const { amount, userId } of creditRequest?.shares ?? []) {
      const isCounted = creditRequest?.status === "success"
      counted.set(userId, (counted.get(userId) ?? 0n) + (isCounted ? amount.minor : 0n))
    }
  }
  return [...counted]
    .map(([userId, minor]) => `user ${userId} ${Money.format(Money.make(minor, currency))} VND`)
    .join(", ")
})

const approve = (asked: CommissionActions.Asked, type: "order" | "invoice", id: string) =>
  Effect.map(CommissionActions.changeStatus({ type, newStatus: "approve", ids: [id] }, asked), (outcomes) =>
    CommissionText.outcomes(outcomes, { isDryRun: false, type })
  )

const percent = (asked: CommissionActions.Asked, isDryRun: boolean) =>
  CommissionActions.changePercent(
    {
      orderId: ORDER_ID,
      target: { mode: "orderItem", orderItemId: LAMP_ID },
      percent: Result.getOrThrow(Rate.parsePercent("12.5"))
    },
    { ...asked, isDryRun }
  ).pipe(
    Effect.map((change) => CommissionText.change(change, isDryRun)),
    Effect.catchIf(
      (error) => error._tag !== "StoreError",
      (refusal) => Effect.succeed([RefusalText.sentence(refusal)])
    )
  )

/**
 * Acts on tables that hold the order, and tells what came of it.
 *
 * @category commands
 * @since 0.1.0
 */
export const tell: Effect.Effect<void, StoreError, CommissionStore> = Effect.gen(function* () {
  const { order } = yield* file
  const actor = yield* approver
  const asked: CommissionActions.Asked = { actor, requestKey: undefined, isDryRun: false }
  yield* Output.lines([
    "",
    `COMMISSION OF ORDER ${CommissionDay.order.code}, brought by ${CommissionDay.affiliates[0].name}`,
    "",
    ...indented(CommissionExplanation.orderLines(order)),
    "",
    `The lamp is to bring 12.5 %. First a dry run:`,
    ...indented(yield* percent(asked, true)),
    "Then for good:",
    ...indented(yield* percent(asked, false)),
    "",
    `${actor.id} has shown a token, signed with a key of this demo, that says: ${[...actor.roles].join(", ")}.`,
    "Linh, as we call her, approves the first invoice:",
    ...indented(yield* approve(asked, "invoice", FIRST_ID)),
    "So she approves the order, and then the invoice:",
    ...indented(yield* approve(asked, "order", ORDER_ID)),
    `  wallets before  ${yield* wallets}`,
    ...indented(yield* approve(asked, "invoice", FIRST_ID)),
    `  wallets after   ${yield* wallets}`,
    "A second click books nothing:",
    ...indented(yield* approve(asked, "invoice", FIRST_ID)),
    "",
    ...indented(CommissionExplanation.orderLines((yield* file).order).slice(0, 1))
  ])
}).pipe((story) => Clock.clockWith((clock) => Effect.provideService(story, Clock.Clock, morning(clock))))
