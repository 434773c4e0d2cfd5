/**
 * What every `CommissionStore` must do.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import * as ApprovalState from "../../commission-approval/ApprovalState.ts"
import * as AuditEntry from "../../commission-approval/AuditEntry.ts"
import * as CommissionAction from "../../commission-approval/CommissionAction.ts"
import * as CommissionOrder from "../../commission-approval/CommissionOrder.ts"
import type { CommissionSettings } from "../../commission-approval/CommissionSettings.ts"
import * as Refusal from "../../commission-approval/Refusal.ts"
import {
  type ActionRecord,
  type CommissionChange,
  CommissionStore,
  CommissionUnknown
} from "../../ports/CommissionStore.ts"
import type { KeptCommission } from "../MemoryCommissionStore.ts"
import {
  type Action,
  CHANGES,
  INVOICE,
  invoiceStatus,
  nameOf,
  ORDER,
  orderStatus,
  percent,
  type Target,
  wallet
} from "./CommissionStoreActions.ts"
import { commissionListContract } from "./CommissionStoreListContract.ts"
import {
  ACTIVE_AFFILIATE,
  COMMISSION_SETTINGS,
  commissionAmount,
  commissionRate,
  commissionSample,
  commissionSources,
  REVOKED_AFFILIATE
} from "./CommissionStoreSamples.ts"
import type { CommissionStoreSetup } from "./CommissionStoreSetup.ts"

const AT = 1_774_000_000_123

/**
 * The suite of the store. `setup` is called before each test.
 *
 * @category contracts
 * @since 0.1.0
 */
export const commissionStoreContract = (name: string, setup: () => Promise<CommissionStoreSetup>): void => {
  describe(`${name} as CommissionStore`, () => {
    let current: CommissionStoreSetup
    beforeEach(async () => {
      current = await setup()
    })
    afterEach(() => current.close())

    const run = <A, E>(use: (store: CommissionStore["Service"]) => Effect.Effect<A, E>): Promise<A> =>
      Effect.runPromise(Effect.provide(Effect.flatMap(CommissionStore, use), current.layer))

    const recordOf = (target: Target, action: Action, change: Partial<ActionRecord> = {}): ActionRecord => ({
      action: nameOf(action),
      target,
      actorId: "an",
      at: AT,
      requestKey: undefined,
      ...change
    })
    const by =
      (action: Action, at = AT) =>
      (order: CommissionOrder.CommissionOrder, settings: CommissionSettings) =>
        CommissionAction.plan(order, action, { at, mayApproveRevoked: false, settings })
    const doing =
      (target: Target, action: Action, change: Partial<ActionRecord> = {}, isDryRun = false) =>
      (store: CommissionStore["Service"]) =>
        store.change(recordOf(target, action, change), by(action, change.at), { isDryRun })
    const act = (...what: Parameters<typeof doing>) => run(doing(...what))
    const failure = (...what: Parameters<typeof doing>) => run((store) => Effect.flip(doing(...what)(store)))
    const file = async (orderId = "5") => Option.getOrThrow(await run((store) => store.file(orderId)))
    const load = (...kept: ReadonlyArray<KeptCommission>) => current.load(commissionSources(...kept))

    /** What an action on an order as it is must answer. */
    const expected = (order: CommissionOrder.CommissionOrder, target: Target, action: Action) => {
      const plan = Result.getOrThrow(by(action)(order, COMMISSION_SETTINGS))
      const entry: AuditEntry.AuditEntry = {
        orderId: order.id,
        target,
        action: nameOf(action),
        actorId: "an",
        at: AT,
        revision: plan.after.revision,
        before: AuditEntry.figuresOf(plan.before),
        after: AuditEntry.figuresOf(plan.after),
        events: plan.events,
        settings: plan.settings
      }
      return { plan, entry }
    }

    describe("change", () => {
      it.each(CHANGES)("stores what is planned, and only that: %s", async (_, target, action, kept) => {
        const other = commissionSample("6")
        await load(kept, other)
        expect((await file()).order).toStrictEqual(kept.order)
        const { entry, plan } = expected(kept.order, target, action)
        expect(plan.events).not.toStrictEqual([])
        expect(await act(target, action)).toStrictEqual<CommissionChange>({ entry, isChanged: true, isRepeat: false })
        const after = await file()
        expect(after.order).toStrictEqual(plan.after)
        expect(after.audit).toStrictEqual([entry])
        expect(after.listed.state).toStrictEqual(plan.after.state)
        expect(after.listed.commission).toStrictEqual(plan.after.commission)
        expect(await file("6")).toMatchObject({ order: other.order, audit: [] })
      })

      it("keeps an audit trail that replays to the order", async () => {
        const kept = commissionSample("5", { state: ApprovalState.PENDING, invoices: 3 })
        await load(kept)
        const steps: ReadonlyArray<readonly [Target, Action]> = [
          [ORDER, percent("11", { mode: "order" })],
          [ORDER, wallet("points")],
          [ORDER, orderStatus("approve")],
          [INVOICE, invoiceStatus("reject")],
          [ORDER, percent("9.5", { mode: "orderItem", orderItemId: "51" })],
          [{ type: "invoice", id: "52" }, invoiceStatus("approve", "52")],
          [INVOICE, invoiceStatus("unreject")],
          [INVOICE, percent("3.0001", { mode: "invoice", invoiceId: "51" })],
          [INVOICE, invoiceStatus("approve")]
        ]
        for (const [at, [target, action]] of steps.entries()) {
          expect((await act(target, action, { at: AT + at })).isChanged).toBe(true)
        }
        const { audit, order } = await file()
        expect(audit.map(({ action, at, revision }) => [revision, action, at])).toStrictEqual(
          steps.map(([, action], at) => [at + 1, nameOf(action), AT + at])
        )
        const replayed = audit.reduce((found, { events }) => CommissionOrder.apply(found, events), kept.order)
        expect(order).toStrictEqual(replayed)
      })

      it.each([
        ["a refusal", INVOICE, invoiceStatus("unreject"), new Refusal.InvoiceNotRejected({ invoiceId: "51" })],
        ["one with amounts", INVOICE, invoiceStatus("cancel"), new Refusal.CancelNotForInvoices({ invoiceId: "51" })],
        ["an unknown part", ORDER, invoiceStatus("approve", "x"), new Refusal.InvoiceUnknown({ invoiceId: "x" })]
      ])("answers %s, and writes nothing", async (_, target, action, refusal) => {
        await load(commissionSample("5"))
        const before = await file()
        expect(await failure(target, action, { requestKey: "k" })).toStrictEqual(refusal)
        expect(await file()).toStrictEqual(before)
        // A refusal is no answer to remember.
        expect(await act(INVOICE, invoiceStatus("approve"), { requestKey: "k" })).toMatchObject({ isRepeat: false })
      })

      it("writes nothing where nothing is different", async () => {
        await load(commissionSample("5"))
        const before = await file()
        const { entry } = expected(before.order, ORDER, orderStatus("approve"))
        const changed = await act(ORDER, orderStatus("approve"), { requestKey: "k" })
        expect(changed).toStrictEqual({ entry, isChanged: false, isRepeat: false })
        expect([entry.events, entry.revision]).toStrictEqual([[], 0])
        expect(await file()).toStrictEqual(before)
      })

      it.each(CHANGES)("shows in a dry run what it would do, and does nothing: %s", async (_, target, action, kept) => {
        await load(kept)
        const before = await file()
        const { entry } = expected(kept.order, target, action)
        const shown = await act(target, action, { requestKey: "k" }, true)
        expect(shown).toStrictEqual({ entry, isChanged: true, isRepeat: false })
        expect(await file()).toStrictEqual(before)
        expect(await act(target, action, { requestKey: "k" })).toStrictEqual(shown)
      })

      it("refuses in a dry run what it would refuse", async () => {
        await load(commissionSample("5", { state: ApprovalState.PENDING }))
        const refusal = new Refusal.OrderNotApproved({ orderId: "5" })
        expect(await failure(INVOICE, invoiceStatus("approve"), {}, true)).toStrictEqual(refusal)
      })

      it("does a request once on a target, and answers the same again", async () => {
        await load(commissionSample("5"))
        const first = await act(INVOICE, invoiceStatus("reject"), { requestKey: "k" })
        await act(INVOICE, invoiceStatus("unreject"), { requestKey: "l" })
        const before = await file()
        const never = () => {
          throw new Error("decided twice")
        }
        const record = recordOf(INVOICE, invoiceStatus("reject"), { requestKey: "k", at: AT + 9, actorId: "bo" })
        for (const isDryRun of [false, true]) {
          const again = await run((store) => store.change(record, never, { isDryRun }))
          expect(again).toStrictEqual({ entry: first.entry, isChanged: true, isRepeat: true })
        }
        expect(await file()).toStrictEqual(before)
      })

      it("takes the same request on another target, and another one without a key, for new", async () => {
        await load(commissionSample("5"), commissionSample("51"))
        await act(INVOICE, invoiceStatus("reject"), { requestKey: "k" })
        const others: ReadonlyArray<readonly [Target, Action]> = [
          [{ type: "invoice", id: "52" }, invoiceStatus("reject", "52")],
          // The same number, of an order.
          [{ type: "order", id: "51" }, orderStatus("cancel")]
        ]
        for (const [target, action] of others) {
          expect(await act(target, action, { requestKey: "k" })).toMatchObject({ isChanged: true, isRepeat: false })
        }
        expect(await act(INVOICE, invoiceStatus("reject"))).toMatchObject({ isChanged: false, isRepeat: false })
        expect(await act(INVOICE, invoiceStatus("unreject"))).toMatchObject({ isChanged: true, isRepeat: false })
      })

      it.each(["6", "", "x", "007", "+5", " 5", "5.0", "1e1", "-5", "5\0", "9223372036854775808", "1".repeat(40)])(
        "knows no order and no invoice %j",
        async (id) => {
          await load(commissionSample("5"))
          for (const type of ["order", "invoice"] as const) {
            for (const isDryRun of [false, true]) {
              const target: Target = { type, id }
              const unknown = await failure(target, orderStatus("approve"), {}, isDryRun)
              expect(unknown).toStrictEqual(new CommissionUnknown({ target }))
            }
          }
          expect(await run((store) => store.file(id))).toStrictEqual(Option.none())
        }
      )

      it("reads the settings and the affiliate as they are at each action", async () => {
        await load(commissionSample("5"))
        expect(await failure(ORDER, wallet("stars"))).toStrictEqual(
          new Refusal.NoLevelDiscount({ walletKind: "stars", affiliateLevel: "gold" })
        )
        const levelDiscounts = new Map([["stars", new Map([["silver", commissionRate("1")]])]])
        const settings = { ...COMMISSION_SETTINGS, levelDiscounts }
        await current.load({ settings, affiliates: [{ ...ACTIVE_AFFILIATE, level: "silver", isRevoked: true }] })
        expect(await run((store) => store.settings)).toStrictEqual(settings)
        const { entry } = await act(ORDER, wallet("stars"))
        expect(entry.after.commission).toStrictEqual(commissionAmount("1500"))
        expect(entry.settings.affiliateLevel).toBe("silver")
        expect(await failure(INVOICE, invoiceStatus("approve"))).toStrictEqual(
          new Refusal.AffiliateRevoked({ affiliateId: "7" })
        )
      })

      it.each([undefined, "k"])("books once what is approved twice at once (request %s)", async (requestKey) => {
        await load(commissionSample("5"))
        const approve = doing(INVOICE, invoiceStatus("approve"), { requestKey })
        const answers = await run((store) =>
          Effect.all(
            Array.from({ length: 8 }, () => approve(store)),
            { concurrency: "unbounded" }
          )
        )
        const isNew = answers.map(({ isChanged, isRepeat }) => isChanged && !isRepeat)
        expect(isNew.filter((one) => one)).toHaveLength(1)
        const { audit, order } = await file()
        expect(audit).toHaveLength(1)
        expect(order.invoices.map(({ state }) => state._tag)).toStrictEqual(["Approved", "Pending"])
        expect(answers.filter(({ isRepeat }) => isRepeat)).toHaveLength(requestKey === undefined ? 0 : 7)
      })
    })

    describe("settings", () => {
      it("are those that are set", async () => {
        await load()
        expect(await run((store) => store.settings)).toStrictEqual(COMMISSION_SETTINGS)
      })

      it("may be none", async () => {
        expect(await run((store) => store.settings)).toStrictEqual({
          ...COMMISSION_SETTINGS,
          levelDiscounts: new Map()
        })
      })
    })

    describe("file", () => {
      it("is an order whole, whatever there is of it", async () => {
        const samples = [
          commissionSample("9007199254740993", {
            affiliate: REVOKED_AFFILIATE,
            code: "a'\"\\\t$1 Śląsk 🚚",
            customerName: ""
          }),
          commissionSample("6", { bases: [], invoices: 1, weights: [] }),
          commissionSample("7", { bases: Array(9).fill("1000.01"), invoices: 9, currency: "USD", percent: "7.7777" })
        ]
        await load(...samples)
        for (const { code, createdAt, customerName, order } of samples) {
          expect(await file(order.id)).toStrictEqual({
            listed: {
              id: order.id,
              code,
              customerName,
              createdAt,
              affiliate: {
                id: order.affiliate.id,
                name: order.affiliate.id === "7" ? "Mai" : "Lan",
                isRevoked: order.affiliate.isRevoked
              },
              state: order.state,
              walletKind: order.walletKind,
              commission: order.commission
            },
            order,
            audit: []
          })
        }
      })
    })

    commissionListContract(() => current)
  })
}
