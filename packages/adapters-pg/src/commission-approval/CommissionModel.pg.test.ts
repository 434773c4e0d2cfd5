import { type AuditEntry, CommissionAction, CommissionOrder, type CommissionSettings, Rate } from "@reckoner/core"
import { CommissionStore } from "@reckoner/core/ports"
import { CommissionActionArbitrary, CommissionOrderArbitrary } from "@reckoner/core/testing"
import * as Effect from "effect/Effect"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as fc from "fast-check"
import pg from "pg"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { commissionStore } from "../testing/commissionStores.ts"
import { numbered, numberedAction } from "./testing/numbered.ts"

// Random sequences of actions by two clients at once, each step against the pure core: what both were answered, and
// what is stored then, must be what one of the two orders in which they can have happened gives.
// executeIsPlan: where nobody else acts meanwhile, an action does exactly what its dry run showed.

const SEED = 20260306
const SEQUENCES = 2_000
/** Sequences on orders of their own, side by side. */
const LANES = 4
const STEPS_MAX = 6
const TIMEOUT_MS = 300_000

/* oxlint-disable vitest/no-standalone-expect -- steps run inside the test below */

type Order = CommissionOrder.CommissionOrder

const percent = (text: string) => Result.getOrThrow(Rate.parsePercent(text))

const SETTINGS: CommissionSettings.CommissionSettings = {
  rounding: "halfExpand",
  levelDiscounts: new Map([
    [
      "cash",
      new Map([
        ["silver", percent("7.5")],
        ["gold", percent("12.3456")]
      ])
    ],
    ["points", new Map([["silver", percent("33.3333")]])]
  ])
}

/** What one client does in a step; the other may do something else at the same moment. */
interface Deed {
  readonly action: CommissionAction.CommissionAction
  readonly mayApproveRevoked: boolean
}

interface Step {
  readonly deeds: readonly [Deed, Deed]
  /** Both at once, or the second by itself. */
  readonly isAtOnce: boolean
}

interface Model {
  order: Order
  readonly initial: Order
  at: number
}

type Client = ManagedRuntime.ManagedRuntime<CommissionStore, unknown>

let setup: Awaited<ReturnType<typeof commissionStore>>
let clients: readonly [Client, Client]
let sql: pg.Pool
beforeAll(async () => {
  setup = await commissionStore()
  await setup.load({ settings: SETTINGS })
  clients = [ManagedRuntime.make(setup.layer), ManagedRuntime.make(setup.layer)]
  sql = new pg.Pool({ connectionString: setup.url, max: LANES })
})
afterAll(async () => {
  await Promise.all(clients.map((client) => client.dispose()))
  await sql.end()
  await setup.close()
})

const targetOf = (action: CommissionAction.CommissionAction, orderId: string): AuditEntry.Target => {
  if (action._tag === "ChangeInvoiceStatus") return { type: "invoice", id: action.invoiceId }
  return action._tag === "ChangePercent" && "invoiceId" in action.target
    ? { type: "invoice", id: action.target.invoiceId }
    : { type: "order", id: orderId }
}

const nameOf = (action: CommissionAction.CommissionAction): AuditEntry.ActionName => {
  if (action._tag === "ChangePercent") return "changePercent"
  return action._tag === "ChangeWallet" ? "changeWallet" : action.newStatus
}

/** An answer: how it ended, and with what order. */
type Answer =
  | "CommissionUnknown"
  | { readonly refused: string }
  | { readonly revision: number; readonly isChanged: boolean }

interface Performed {
  readonly answer: Answer
  readonly entry?: AuditEntry.AuditEntry
}

const perform = (
  client: Client,
  orderId: string,
  { action, mayApproveRevoked }: Deed,
  at: number,
  isDryRun = false
): Promise<Performed> => {
  const record = {
    action: nameOf(action),
    target: targetOf(action, orderId),
    actorId: "model",
    at,
    requestKey: undefined
  }
  const change = Effect.flatMap(CommissionStore, (store) =>
    store.change(
      record,
      (order, settings) => CommissionAction.plan(order, action, { at, mayApproveRevoked, settings }),
      { isDryRun }
    )
  )
  return client.runPromise(
    Effect.match(change, {
      onSuccess: ({ entry, isChanged }): Performed => ({ answer: { revision: entry.revision, isChanged }, entry }),
      onFailure: (error): Performed => {
        if (error._tag === "StoreError") throw error
        // The order of an invoice is looked up by the invoice, so one that no order has is unknown at once.
        return { answer: error._tag === "CommissionUnknown" ? error._tag : { refused: error._tag } }
      }
    })
  )
}

/** Shows what would happen, and then does it. */
const performAsShown = async (client: Client, orderId: string, deed: Deed, at: number): Promise<Performed> => {
  const shown = await perform(client, orderId, deed, at, true)
  const done = await perform(client, orderId, deed, at)
  expect(done).toStrictEqual(shown)
  return done
}

/** What the core answers, and the order after it. */
const expected = (order: Order, { action, mayApproveRevoked }: Deed, at: number): readonly [Answer, Order] => {
  const target = targetOf(action, order.id)
  if (target.type === "invoice" && order.invoices.every(({ id }) => id !== target.id)) {
    return ["CommissionUnknown", order]
  }
  const plan = CommissionAction.plan(order, action, { at, mayApproveRevoked, settings: SETTINGS })
  if (Result.isFailure(plan)) return [{ refused: plan.failure._tag }, order]
  const { after, events } = plan.success
  return [{ revision: after.revision, isChanged: events.length > 0 }, after]
}

const VIOLATIONS = `
  WITH shares AS (
    SELECT transaction_request_id AS id, sum(amount) AS amount, bool_and(status = 'success') AS is_success
    FROM affiliate.transaction_request_user GROUP BY 1)
  SELECT i.id, i.is_approved, i.is_rejected, i.commission_amount, r.amount, r.status, s.amount AS shared
  FROM affiliate.invoice_affiliate i
  JOIN affiliate.order_affiliate o ON o.id = i.order_affiliate_id
  LEFT JOIN affiliate.transaction_request r ON r.id = i.transaction_id
  LEFT JOIN shares s ON s.id = r.id
  WHERE o.id = $1 AND (
    -- transactionEqualsInvoice
    (NOT i.is_rejected AND r.id IS NOT NULL AND (r.amount <> i.commission_amount OR s.amount <> r.amount))
    -- walletNeverSeesUnapproved
    OR ((r.status = 'success' OR s.is_success) AND NOT i.is_approved)
    OR (i.is_approved AND (r.status <> 'success' OR NOT s.is_success))
    -- orderApprovedBeforeInvoice
    OR (i.is_approved AND NOT o.is_approved))
  UNION ALL
  -- totalIsSumOfInvoices
  SELECT o.id, NULL, NULL, o.temp_commission_amount, NULL, 'total', NULL FROM affiliate.order_affiliate o
  WHERE o.id = $1 AND o.temp_commission_amount <> (
    SELECT coalesce(sum(commission_amount) FILTER (WHERE NOT is_rejected), 0) FROM affiliate.invoice_affiliate i
    WHERE i.order_affiliate_id = o.id)
    AND EXISTS (SELECT FROM affiliate.invoice_affiliate i WHERE i.order_affiliate_id = o.id)
  UNION ALL
  -- an approval is logged, and told, once
  SELECT i.id, NULL, NULL, NULL, NULL, 'log', NULL FROM affiliate.invoice_affiliate i
  WHERE i.order_affiliate_id = $1 AND i.approved_at >= to_timestamp($2) AND (
    (SELECT count(*) FROM affiliate.commission_revoke_log l WHERE l.invoice_affiliate_id = i.id) <> 1
    OR (SELECT count(*) FROM affiliate.notice n WHERE n.invoice_affiliate_id = i.id) <> 1)`

/** Approvals of the sequences; those of the generator are earlier. */
const FIRST_AT = Date.UTC(2026, 0, 1)

class Act implements fc.AsyncCommand<Model, null> {
  readonly step: Step
  constructor(step: Step) {
    this.step = step
  }

  check(): boolean {
    return true
  }

  async run(model: Model): Promise<void> {
    const { deeds, isAtOnce } = this.step
    const [first, second] = deeds.map(({ action, ...deed }) => ({
      ...deed,
      action: numberedAction(action, model.initial.id)
    })) as [Deed, Deed]
    const [firstAt, secondAt] = [model.at + 1, model.at + 2]
    model.at += 2
    const before = model.order
    const [one, other] = clients
    const performed = isAtOnce
      ? await Promise.all([perform(one, before.id, first, firstAt), perform(other, before.id, second, secondAt)])
      : [await performAsShown(one, before.id, first, firstAt), await performAsShown(other, before.id, second, secondAt)]
    const answers = performed.map(({ answer }) => answer)

    const forth = expected(before, first, firstAt)
    const forthThen = expected(forth[1], second, secondAt)
    const back = expected(before, second, secondAt)
    const backThen = expected(back[1], first, firstAt)
    const candidates = [
      { answers: [forth[0], forthThen[0]], order: forthThen[1] },
      ...(isAtOnce ? [{ answers: [backThen[0], back[0]], order: backThen[1] }] : [])
    ]
    const file = await one.runPromise(Effect.flatMap(CommissionStore, (store) => store.file(before.id)))
    const { audit, order } = Option.getOrThrow(file)
    expect(candidates).toContainEqual({ answers, order })

    // approvedInvoiceIsFinal
    const isFinal = (invoice: Order["invoices"][number]) => invoice.state._tag === "Approved"
    const after = new Map(order.invoices.map((invoice) => [invoice.id, invoice]))
    for (const invoice of before.invoices.filter(isFinal)) expect(after.get(invoice.id)).toStrictEqual(invoice)
    // The audit trail replays to what is stored.
    expect(
      audit.reduce((replayed, { events }) => CommissionOrder.apply(replayed, events), model.initial)
    ).toStrictEqual(order)
    expect((await sql.query(VIOLATIONS, [before.id, FIRST_AT / 1000])).rows).toStrictEqual([])
    model.order = order
  }

  toString(): string {
    return JSON.stringify(this.step, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value))
  }
}

const deed: fc.Arbitrary<Deed> = fc.record({
  action: CommissionActionArbitrary.action,
  mayApproveRevoked: fc.boolean()
})

const step = fc
  .record({ deeds: fc.tuple(deed, deed), isAtOnce: fc.integer({ min: 0, max: 3 }).map((quarter) => quarter > 0) })
  .map((one) => new Act(one))

let ordersMade = 0

describe("CommissionStore on PostgreSQL, by two clients at once", { timeout: TIMEOUT_MS }, () => {
  const lanes = Array.from({ length: LANES }, (_, lane) => lane)
  it(`does what the core says, in ${SEQUENCES} random sequences`, async () => {
    let steps = 0
    const sequences = (lane: number) =>
      fc.assert(
        fc.asyncProperty(
          CommissionOrderArbitrary.order,
          fc.commands([step], { maxCommands: STEPS_MAX, size: "max" }),
          async (drawn, commands) => {
            ordersMade += 1
            const { affiliate, commission, order } = numbered(drawn, ordersMade)
            await setup.load({ affiliates: [affiliate], commissions: [commission] })
            await fc.asyncModelRun(() => ({ model: { order, initial: order, at: FIRST_AT }, real: null }), commands)
            steps += [...commands].length
          }
        ),
        { seed: SEED + lane, numRuns: SEQUENCES / LANES }
      )
    await Promise.all(lanes.map(sequences))
    expect(ordersMade).toBe(SEQUENCES)
    // Sequences that do nothing would prove nothing.
    expect(steps).toBeGreaterThan(SEQUENCES)
  })
})
