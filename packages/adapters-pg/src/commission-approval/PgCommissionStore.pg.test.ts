import { CommissionAction, Rate, Refusal } from "@reckoner/core"
import { CommissionStore, type StoreError } from "@reckoner/core/ports"
import {
  ACTIVE_AFFILIATE,
  commissionSample,
  commissionSources,
  commissionStoreContract
} from "@reckoner/core/testing/contracts"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import pg from "pg"
import { afterEach, describe, expect, it } from "vitest"
import { type Around, commissionStore } from "../testing/commissionStores.ts"
import { rowsOf } from "../testing/gymData.ts"

commissionStoreContract("PgCommissionStore", () => commissionStore())

const AT = 1_774_000_000_123
const LONG_MS = 120_000

type Store = CommissionStore["Service"]

const doing = (store: Store, type: "order" | "invoice", id: string, action: CommissionAction.CommissionAction) =>
  store.change(
    { action: "approve", target: { type, id }, actorId: "an", at: AT, requestKey: `${type} ${id}` },
    (order, settings) => CommissionAction.plan(order, action, { at: AT, mayApproveRevoked: false, settings }),
    { isDryRun: false }
  )

const approving = (store: Store, invoiceId = "51") =>
  doing(store, "invoice", invoiceId, { _tag: "ChangeInvoiceStatus", invoiceId, newStatus: "approve" })

describe("PgCommissionStore on its tables", () => {
  let store: Awaited<ReturnType<typeof commissionStore>>
  afterEach(() => store.close())

  const begin = async (around?: Around) => {
    store = await commissionStore(around)
    await store.load(commissionSources(commissionSample("5")))
  }
  const rows = (statement: string) => rowsOf(store.url, statement)
  const run = <A, E>(use: (found: Store) => Effect.Effect<A, E>): Promise<A> =>
    Effect.runPromise(Effect.provide(Effect.flatMap(CommissionStore, use), store.layer))
  const file = async (id = "5") => Option.getOrThrow(await run((found) => found.file(id)))
  const failure = (use: (found: Store) => Effect.Effect<unknown, unknown>) =>
    run((found) => Effect.flip(use(found))) as Promise<StoreError>
  const booked = () =>
    rows(`SELECT
      (SELECT count(*)::int FROM affiliate.invoice_affiliate WHERE is_approved) AS approved,
      (SELECT count(*)::int FROM affiliate.transaction_request WHERE status = 'success') AS requests,
      (SELECT count(*)::int FROM affiliate.transaction_request_user WHERE status = 'success') AS shares,
      (SELECT count(*)::int FROM affiliate.commission_revoke_log) AS releases,
      (SELECT count(*)::int FROM affiliate.affiliate_action_log) AS entries,
      (SELECT count(*)::int FROM affiliate.notice) AS notices`)
  const NOTHING = [{ approved: 0, requests: 0, shares: 0, releases: 0, entries: 0, notices: 0 }]
  const ONCE = [{ approved: 1, requests: 1, shares: 2, releases: 1, entries: 1, notices: 1 }]

  it("writes every table of an approval as it is meant", async () => {
    await begin()
    await run(approving)
    const one = async (table: string, where: string) =>
      (await rows(`SELECT to_jsonb(t) AS stored FROM affiliate.${table} t WHERE ${where}`)).map((row) => row["stored"])
    const at = "2026-03-20T09:46:40.123+00:00"
    expect(await one("invoice_affiliate", "id = 51")).toStrictEqual([
      {
        id: 51,
        order_affiliate_id: 5,
        invoice_code: "HD-51",
        transaction_id: 517,
        commission_amount: 7500,
        current_sale_percent: 10,
        is_approved: true,
        approved_at: at,
        is_rejected: false,
        commission_paid_date: at,
        settings_used: null,
        created_at: "2026-03-01T00:01:00+00:00",
        approved: true
      }
    ])
    expect(await one("commission_revoke_log", "true")).toStrictEqual([
      { id: 1, invoice_affiliate_id: 51, affiliate_id: 7, amount: 7500, currency: "VND", actor: "an", created_at: at }
    ])
    expect(await one("notice", "true")).toStrictEqual([
      {
        id: "release-51",
        invoice_affiliate_id: 51,
        affiliate_id: 7,
        amount: 7500,
        currency: "VND",
        queued_at: at,
        attempts: 0,
        state: "Queued",
        state_at: at,
        receipt: null,
        reason: null
      }
    ])
    expect(
      await rows(`SELECT transaction_request_id::int AS request, user_id::int AS user, amount::text, status
        FROM affiliate.transaction_request_user ORDER BY id`)
    ).toStrictEqual([
      { request: 517, user: 901, amount: "5000", status: "success" },
      { request: 517, user: 902, amount: "2500", status: "success" },
      { request: 527, user: 901, amount: "5000", status: "pending" },
      { request: 527, user: 902, amount: "2500", status: "pending" }
    ])
    expect(await one("affiliate_action_log", "true")).toMatchObject([
      {
        order_affiliate_id: 5,
        revision: 1,
        target_type: "invoice",
        target_id: 51,
        actor: "an",
        request_key: "invoice 51",
        created_at: at,
        before: { invoices: [{ request: { status: "pending" } }, {}] },
        after: { invoices: [{ request: { amount: { currency: "VND", minor: "7500" }, status: "success" } }, {}] },
        settings: { walletKind: "cash", affiliateLevel: "gold", levelDiscount: "100000", rounding: "halfExpand" }
      }
    ])
  })

  it("moves the wallet of the order and of its commission together", async () => {
    await begin()
    await run((found) => doing(found, "order", "5", { _tag: "ChangeWallet", walletKind: "points" }))
    expect(
      await rows(`SELECT c.wallet_receive_commission AS one, o.wallet_type AS other, o.settings_used->>'walletKind' AS used
        FROM affiliate.order_affiliate o JOIN affiliate."order" c ON c.id = o.order_id`)
    ).toStrictEqual([{ one: "points", other: "points", used: "points" }])
  })

  it("needs three statements for an approval, and one to ask about it again", async () => {
    const seen: Array<string> = []
    await begin((statement, effect) =>
      Effect.andThen(
        Effect.sync(() => seen.push(statement)),
        effect
      )
    )
    await run(approving)
    expect(seen).toHaveLength(3)
    await run(approving)
    expect(seen).toHaveLength(5)
  })

  it("takes no lock and writes no row in a dry run, even of an order that somebody holds", async () => {
    await begin()
    const client = new pg.Client({ connectionString: store.url })
    await client.connect()
    await client.query("BEGIN")
    for (const table of ["order_affiliate", "invoice_affiliate", "transaction_request", "transaction_request_user"]) {
      await client.query(`SELECT 1 FROM affiliate.${table} FOR UPDATE`)
    }
    const places = `SELECT ctid::text, xmin::text FROM affiliate.order_affiliate`
    const before = await rows(places)
    const shown = await run((found) =>
      found.change(
        { action: "approve", target: { type: "invoice", id: "51" }, actorId: "an", at: AT, requestKey: undefined },
        (order, settings) =>
          CommissionAction.plan(
            order,
            { _tag: "ChangeInvoiceStatus", invoiceId: "51", newStatus: "approve" },
            { at: AT, mayApproveRevoked: false, settings }
          ),
        { isDryRun: true }
      )
    )
    await client.end()
    expect(shown.isChanged).toBe(true)
    expect(await rows(places)).toStrictEqual(before)
    expect(await booked()).toStrictEqual(NOTHING)
  })

  it.each([0, 1, 2, 3])(
    "keeps nothing of an approval whose connection dies after %i of its statements, and does it the next time",
    { timeout: LONG_MS },
    async (survived) => {
      let done = 0
      let isArmed = true
      const kill = Effect.promise(() =>
        rows(`SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
          WHERE datname = current_database() AND state = 'idle in transaction'`)
      )
      await begin((_, effect) =>
        Effect.gen(function* () {
          if (isArmed && done === survived) yield* kill
          const result = yield* effect
          done += 1
          if (isArmed && done === 3 && survived === 3) yield* kill
          return result
        })
      )
      const before = await rows("SELECT * FROM affiliate.invoice_affiliate ORDER BY id")
      const lost = await failure(approving)
      expect([lost._tag, lost.reason, lost.isRetryable]).toStrictEqual(["StoreError", "ConnectionLost", true])
      isArmed = false
      expect(await booked()).toStrictEqual(NOTHING)
      expect(await rows("SELECT * FROM affiliate.invoice_affiliate ORDER BY id")).toStrictEqual(before)
      expect(await run(approving)).toMatchObject({ isChanged: true, isRepeat: false })
      expect(await booked()).toStrictEqual(ONCE)
    }
  )

  it("books once what two processes approve at once", async () => {
    await begin()
    const answers = await Promise.all([run(approving), run(approving)])
    expect(answers.filter(({ isRepeat }) => isRepeat)).toHaveLength(1)
    expect(await booked()).toStrictEqual(ONCE)
  })

  it("does crossing actions on the same orders without a deadlock", { timeout: LONG_MS }, async () => {
    const failures: Array<unknown> = []
    store = await commissionStore((_, effect) =>
      Effect.tapError(effect, (error) => Effect.sync(() => failures.push(error)))
    )
    const ids = Array.from({ length: 10 }, (_, at) => String(11 + at))
    await store.load(commissionSources(...ids.map((id) => commissionSample(id, { invoices: 5 }))))
    // A fixed sequence of numbers that look like chance.
    let seed = 42
    const random = (below: number) => (seed = (seed * 16_807) % 2_147_483_647) % below
    const pairs = Array.from({ length: 200 }, () => {
      const id = ids[random(ids.length)]!
      return { id, invoiceId: `${id}${1 + random(5)}`, percent: Rate.fromPpm(BigInt(random(1_000_000))) }
    })
    await run((found) =>
      Effect.forEach(
        pairs,
        ({ id, invoiceId, percent }, at) =>
          Effect.all(
            [
              found.change(
                { action: "changePercent", target: { type: "order", id }, actorId: "an", at: AT, requestKey: `p${at}` },
                (order, settings) =>
                  CommissionAction.plan(
                    order,
                    { _tag: "ChangePercent", target: { mode: "order" }, percent },
                    { at: AT, mayApproveRevoked: false, settings }
                  ),
                { isDryRun: false }
              ),
              approving(found, invoiceId)
            ],
            { concurrency: 2 }
          ),
        { concurrency: 8 }
      )
    )
    expect(failures).toStrictEqual([])
    for (const id of ids) {
      const { audit, order } = await file(id)
      expect(order.revision).toBe(audit.length)
      for (const { commission, creditRequest } of order.invoices) {
        expect(creditRequest!.amount).toStrictEqual(commission)
      }
    }
  })

  it("refuses an approval whose request a wallet fails meanwhile", async () => {
    await begin()
    const client = new pg.Client({ connectionString: store.url })
    await client.connect()
    await client.query("BEGIN")
    await client.query("UPDATE affiliate.transaction_request SET status = 'failed' WHERE id = 517")
    const refusal = await run((found) =>
      Effect.gen(function* () {
        const approval = yield* Effect.forkChild(Effect.flip(approving(found)))
        yield* Effect.promise(() => untilSomebodyWaits(store.url))
        yield* Effect.promise(() => client.query("COMMIT"))
        return yield* Fiber.join(approval)
      })
    )
    await client.end()
    const expected = new Refusal.TransactionRequestNotPending({ invoiceId: "51", requestId: "517", status: "failed" })
    expect(refusal).toStrictEqual(expected)
    expect(await booked()).toStrictEqual(NOTHING)
  })

  it.each([
    ["request", "UPDATE affiliate.transaction_request SET status = 'failed' WHERE id = 517"],
    [
      "share",
      "UPDATE affiliate.transaction_request_user SET amount = 1 WHERE transaction_request_id = 517 AND user_id = 901"
    ],
    ["invoice", "UPDATE affiliate.invoice_affiliate SET is_rejected = true WHERE id = 51"],
    ["order", "UPDATE affiliate.order_affiliate SET temp_commission_amount = 1 WHERE id = 5"]
  ])("lets nobody change the %s between its reading and its end", async (what, statement) => {
    let meanwhile: Promise<unknown> | undefined
    await begin((text, effect) =>
      Effect.gen(function* () {
        if (text.startsWith("WITH") && text.includes("INSERT") && meanwhile === undefined) {
          meanwhile = rows(statement).catch((error: unknown) => error)
          yield* Effect.promise(() => untilSomebodyWaits(store.url))
        }
        return yield* effect
      })
    )
    await run(approving)
    const outcome = await meanwhile
    if (what === "order") expect(outcome).toStrictEqual([])
    else expect((outcome as Error).message).toContain("is final")
    expect(await booked()).toStrictEqual(ONCE)
  })

  it("lets nobody change an order that an action is on between its reading and its end", async () => {
    let meanwhile: Promise<unknown> | undefined
    await begin((text, effect) =>
      Effect.gen(function* () {
        if (text.startsWith("WITH") && text.includes("INSERT") && meanwhile === undefined) {
          meanwhile = rows(
            "UPDATE affiliate.order_affiliate SET temp_commission_amount = 1 WHERE id = 5 RETURNING revision"
          )
          yield* Effect.promise(() => untilSomebodyWaits(store.url))
        }
        return yield* effect
      })
    )
    await run((found) => doing(found, "order", "5", { _tag: "ChangeOrderStatus", newStatus: "cancel" }))
    expect(await meanwhile).toStrictEqual([{ revision: 1 }])
  })

  it("gives way in a deadlock with others, and tries again", { timeout: LONG_MS }, async () => {
    const failures: Array<string> = []
    await begin((_, effect) =>
      Effect.tapError(effect, (error) =>
        Effect.sync(() => failures.push((error as { reason: { _tag: string } }).reason._tag))
      )
    )
    const client = new pg.Client({ connectionString: store.url })
    await client.connect()
    await client.query("SET deadlock_timeout = '1min'")
    await client.query("BEGIN")
    await client.query("UPDATE affiliate.transaction_request SET status = 'failed' WHERE id = 527")
    const change = await run((found) =>
      Effect.gen(function* () {
        const approval = yield* Effect.forkChild(approving(found))
        yield* Effect.promise(() => untilSomebodyWaits(store.url))
        yield* Effect.promise(() =>
          client.query("SELECT 1 FROM affiliate.transaction_request WHERE id = 517 FOR UPDATE")
        )
        yield* Effect.promise(() => client.query("COMMIT"))
        return yield* Fiber.join(approval)
      })
    )
    await client.end()
    expect(failures).toStrictEqual(["DeadlockError"])
    expect(change.isChanged).toBe(true)
    expect(await booked()).toStrictEqual(ONCE)
  })

  it("gives up against a revision that is there already, and says that it may be tried again", async () => {
    let statements = 0
    await begin((_, effect) =>
      Effect.andThen(
        Effect.sync(() => (statements += 1)),
        effect
      )
    )
    await rows(`INSERT INTO affiliate.affiliate_action_log (order_affiliate_id, revision, target_type, target_id, action,
      actor, created_at, before, after, events, settings)
      VALUES (5, 1, 'order', 5, 'approve', 'an', now(), '{}', '{}', '[]', '{}')`)
    const conflict = await failure(approving)
    expect([conflict.reason, conflict.isRetryable]).toStrictEqual(["Conflict", true])
    expect(conflict.message).toContain("affiliate_action_log_revision_key")
    expect(statements).toBe(3 * 6)
    expect(await booked()).toMatchObject([{ approved: 0, notices: 0, entries: 1 }])
  })

  it("names the constraint that refuses what it writes, and tries no more", async () => {
    await begin()
    await rows(`INSERT INTO affiliate.notice (id, invoice_affiliate_id, affiliate_id, amount, currency, queued_at, state_at)
      VALUES ('release-51', 52, 7, 1, 'VND', now(), now())`)
    const other = await failure(approving)
    expect([other.reason, other.isRetryable]).toStrictEqual(["Other", false])
    expect(other.message).toContain("notice_pkey")
    expect(await booked()).toMatchObject([{ approved: 0, entries: 0, releases: 0 }])
  })

  it.each([
    ["UPDATE affiliate.transaction_request SET amount = 7500.5 WHERE id = 517", "the amount of the request 517"],
    [
      "UPDATE affiliate.invoice_affiliate SET current_sale_percent = 9.90991 WHERE id = 51",
      "the percentage of the invoice 51"
    ],
    ["UPDATE affiliate.order_affiliate SET currency = 'XXX' WHERE id = 5", "a currency"],
    ["UPDATE affiliate.order_affiliate_item SET base_amount = 'NaN' WHERE id = 52", "the base of the order item 52"],
    [`UPDATE affiliate.invoice_affiliate SET settings_used = '{"walletKind": 7}' WHERE id = 51`, "walletKind"]
  ])("says what it cannot read, and changes nothing: %s", async (statement, what) => {
    await begin()
    await rows(statement)
    const unreadable = await failure(approving)
    expect([unreadable._tag, unreadable.reason, unreadable.isRetryable]).toStrictEqual(["StoreError", "Other", false])
    expect(unreadable.message).toContain(what)
    expect(await booked()).toStrictEqual(NOTHING)
  })

  it("reads amounts that others wrote with more decimals than there are", async () => {
    await begin()
    const before = await file()
    await rows("UPDATE affiliate.transaction_request SET amount = 7500.0000")
    await rows("UPDATE affiliate.invoice_affiliate SET current_sale_percent = 10.000000")
    expect(await file()).toStrictEqual(before)
  })

  it("takes no instant finer than it can tell", async () => {
    await begin()
    await rows("UPDATE affiliate.order_affiliate SET created_at = '2026-03-01T00:00:00.0004999Z'")
    const [order] = await run((found) => found.orders({}, { limit: 1 }))
    const after = { createdAt: order!.createdAt, id: "99" }
    expect(await run((found) => found.orders({}, { limit: 1, after }))).toStrictEqual([order])
  })

  it("lists and files as before where an affiliate has no name", async () => {
    await begin()
    await store.load({ affiliates: [{ ...ACTIVE_AFFILIATE, name: "" }] })
    expect((await file()).listed.affiliate.name).toBe("")
  })
})

/** Somebody waits for a lock. */
const untilSomebodyWaits = async (url: string): Promise<void> => {
  const waiting = `SELECT 1 FROM pg_stat_activity
    WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0`
  while ((await rowsOf(url, waiting)).length === 0);
}
