/**
 * `/affiliate/v1`: commissions for the people who approve them, over HTTP.
 *
 * @since 0.1.0
 */
import type { BusinessZone, Refusal } from "@reckoner/core"
import { type CommissionChange, CommissionStore, CommissionUnknown, type StoreError } from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import type { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as CommissionActions from "../commission-approval/CommissionActions.ts"
import * as CommissionInput from "../commission-approval/CommissionInput.ts"
import * as CommissionView from "../commission-approval/CommissionView.ts"
import * as RefusalText from "../commission-approval/RefusalText.ts"
import * as ActorToken from "./ActorToken.ts"
import * as AnsweredOnce from "./AnsweredOnce.ts"
import { Api } from "./Api.ts"
import * as CommissionBody from "./CommissionBody.ts"
import * as CommissionGroup from "./CommissionGroup.ts"
import * as CommissionQuery from "./CommissionQuery.ts"
import * as JsonBody from "./JsonBody.ts"
import * as PortProblem from "./PortProblem.ts"
import * as Problem from "./Problem.ts"

type Response = HttpServerResponse.HttpServerResponse

const IN_PROGRESS_RETRY_AFTER_SECONDS = "5"

const kindOf = (refusal: Refusal.Refusal | CommissionUnknown): Problem.Kind => {
  switch (refusal._tag) {
    case "CommissionUnknown":
    case "InvoiceUnknown":
    case "ItemUnknown":
      return "CommissionUnknown"
    case "PercentOutOfRange":
      return "BadRequest"
    default:
      return "CommissionState"
  }
}

/** A status and a body, before either is sent or kept. */
interface Answered {
  readonly status: number
  readonly body: string
}

/**
 * The answer for what was refused. Its code is for programs.
 *
 * @category encoding
 * @since 0.1.0
 */
export const refused = (refusal: Refusal.Refusal | CommissionUnknown): Answered => {
  const problem = Problem.body(kindOf(refusal), RefusalText.sentence(refusal))
  return { status: problem.status, body: JSON.stringify({ ...problem, code: refusal._tag }) }
}

const succeeded = (view: unknown): Answered => ({ status: 200, body: JSON.stringify(view) })

const respond = ({ body, status }: Answered, headers: Readonly<Record<string, string>> = {}): Response =>
  HttpServerResponse.text(body, {
    status,
    contentType: status < 400 ? "application/json" : "application/problem+json",
    headers
  })

const failed = (error: JsonBody.InputRefused | AnsweredOnce.KeyTaken | StoreError): Response => {
  switch (error._tag) {
    case "InputRefused":
      return Problem.response(error.kind, error.message)
    case "KeyTaken":
      return error.reason === "InProgress"
        ? Problem.response("RequestInProgress", "The same request is being worked on: send it again for its answer.", {
            "retry-after": IN_PROGRESS_RETRY_AFTER_SECONDS
          })
        : Problem.response("KeyReused", "This Idempotency-Key was used for another request: use a new one.")
    case "StoreError":
      return PortProblem.response(error)
  }
}

const currentActor = Effect.flatMap(ActorToken.CurrentActor, (actor) =>
  // Whoever lets requests in has put it there. Without it nothing may be done.
  actor === undefined ? Effect.die(new Error("nobody is known to act")) : Effect.succeed(actor)
)

const keyOf = (text: string | undefined): Result.Result<string, JsonBody.InputRefused> => {
  if (text === undefined) {
    return JsonBody.refuse("Send an Idempotency-Key, a new one for each change, or dryRun: true.")
  }
  return AnsweredOnce.isKey(text)
    ? Result.succeed(text)
    : JsonBody.refuse(`The header Idempotency-Key must be ${AnsweredOnce.KEY}.`)
}

/** One of the ways to change commissions. */
interface Change<A> {
  readonly path: string
  readonly read: (body: JsonBody.JsonBody) => Result.Result<CommissionBody.Asked<A>, JsonBody.InputRefused>
  readonly answer: (input: A, by: CommissionActions.Asked) => Effect.Effect<Answered, StoreError, CommissionStore>
}

const statusChange: Change<CommissionActions.StatusChange> = {
  path: CommissionGroup.STATUS_PATH,
  read: CommissionBody.statusChange,
  answer: (input, by) =>
    Effect.map(CommissionActions.changeStatus(input, by), (outcomes) =>
      succeeded(CommissionView.statusChange(outcomes, by.isDryRun))
    )
}

/** A change of one order: what it did, or why it was refused. */
const single = <R>(
  change: Effect.Effect<CommissionChange, Refusal.Refusal | CommissionUnknown | StoreError, R>,
  { isDryRun }: CommissionActions.Asked
): Effect.Effect<Answered, StoreError, R> =>
  change.pipe(
    Effect.map((done) => succeeded(CommissionView.change(done, isDryRun))),
    Effect.catch((error) => (error._tag === "StoreError" ? Effect.fail(error) : Effect.succeed(refused(error))))
  )

const percentChange: Change<CommissionActions.PercentChange> = {
  path: CommissionGroup.PERCENT_PATH,
  read: CommissionBody.percentChange,
  answer: (input, by) => single(CommissionActions.changePercent(input, by), by)
}

const walletChange: Change<CommissionBody.WalletChange> = {
  path: CommissionGroup.WALLET_PATH,
  read: CommissionBody.walletChange,
  answer: (input, by) => single(CommissionActions.changeWallet(input, by), by)
}

const changed = Effect.fnUntraced(function* <A>({ answer, path, read }: Change<A>, request: HttpServerRequest) {
  const actor = yield* currentActor
  const store = yield* CommissionStore
  const { input, isDryRun } = yield* Effect.fromResult(read(yield* JsonBody.read(request)))
  const done = (requestKey: string | undefined) =>
    Effect.provideService(answer(input, { actor, isDryRun, requestKey }), CommissionStore, store)
  if (isDryRun) return respond(yield* done(undefined))
  const key = yield* Effect.fromResult(keyOf(request.headers[CommissionGroup.KEY_HEADER]))
  const once = yield* AnsweredOnce.AnsweredOnce
  const fingerprint = AnsweredOnce.fingerprint("POST", path, input)
  const { isReplayed, ...answered } = yield* once.answer({ actorId: actor.id, key, fingerprint }, done)
  return respond(answered, isReplayed ? { [CommissionGroup.REPLAYED_HEADER]: "true" } : {})
})

const list = Effect.fnUntraced(function* (
  listed: CommissionQuery.Listed,
  query: CommissionQuery.Query,
  zone: BusinessZone.BusinessZone
) {
  const store = yield* CommissionStore
  const { after, filter, hasSummary, limit } = yield* Effect.fromResult(CommissionQuery.read(query, { listed, zone }))
  // One more than asked for tells whether there is a next page.
  const page = { limit: limit + 1, ...(after === undefined ? {} : { after }) }
  const found =
    listed === "orders"
      ? (yield* store.orders(filter, page)).map((one) => ({ place: one, view: CommissionView.order(one) }))
      : (yield* store.invoices(filter, page)).map((one) => ({ place: one, view: CommissionView.invoice(one) }))
  const shown = found.slice(0, limit)
  const last = found.length > limit ? shown.at(-1) : undefined
  const summary = hasSummary
    ? yield* listed === "orders" ? store.orderSummary(filter) : store.invoiceSummary(filter)
    : undefined
  return respond(
    succeeded({
      items: shown.map(({ view }) => view),
      next: last === undefined ? null : CommissionQuery.cursorText(listed, last.place),
      summary: summary === undefined ? null : summary.map(CommissionView.summary)
    })
  )
})

const show = Effect.fnUntraced(function* (text: string) {
  const id = Option.getOrUndefined(CommissionInput.id.parse(text))
  if (id === undefined) {
    const message = `The parameter id is ${CommissionBody.quoted(text)}: it must be ${CommissionInput.id.allowed}.`
    return yield* Effect.fromResult(JsonBody.refuse(message))
  }
  const store = yield* CommissionStore
  const file = yield* store.file(id)
  return respond(
    Option.match(file, {
      onNone: () => refused(new CommissionUnknown({ target: { type: "order", id } })),
      onSome: (found) => succeeded(CommissionView.orderDetails(found))
    })
  )
})

type Ports = CommissionStore | AnsweredOnce.AnsweredOnce

/**
 * The endpoints, on the ports. Days are those of the zone.
 *
 * @category layers
 * @since 0.1.0
 */
export const handlers = ({ affiliateZone }: { readonly affiliateZone: BusinessZone.BusinessZone }) =>
  HttpApiBuilder.group(
    Api,
    "commissions",
    Effect.fnUntraced(function* (handlers) {
      const ports = yield* Effect.context<Ports>()
      const answered = (
        effect: Effect.Effect<Response, JsonBody.InputRefused | AnsweredOnce.KeyTaken | StoreError, Ports>
      ) =>
        effect.pipe(
          Effect.provideContext(ports),
          Effect.catch((error) => Effect.succeed(failed(error)))
        )
      return handlers
        .handleRaw("changeCommissionStatus", ({ request }) => answered(changed(statusChange, request)))
        .handleRaw("changeCommissionPercent", ({ request }) => answered(changed(percentChange, request)))
        .handleRaw("changeCommissionWallet", ({ request }) => answered(changed(walletChange, request)))
        .handle("listCommissionOrders", ({ query }) => answered(list("orders", query, affiliateZone)))
        .handle("showCommissionOrder", ({ params }) => answered(show(params.id)))
        .handle("listCommissionInvoices", ({ query }) => answered(list("invoices", query, affiliateZone)))
    })
  )
