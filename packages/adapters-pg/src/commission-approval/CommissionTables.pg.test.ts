import { ApprovalState } from "@reckoner/core"
import { commissionSample, commissionSources } from "@reckoner/core/testing/contracts"
import * as Redacted from "effect/Redacted"
import pg from "pg"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { loadCommissions } from "../testing/commissionStores.ts"
import { type FreshDatabase, freshDatabase } from "../testing/freshDatabase.ts"

const approve = (invoice: number) =>
  `UPDATE affiliate.invoice_affiliate SET is_approved = true, approved_at = now(), commission_paid_date = now()
   WHERE id = ${invoice}`
const succeed = (request: number) => `UPDATE affiliate.transaction_request SET status = 'success' WHERE id = ${request}`
const logEntry = (order: number, revision: number, key: string, type = "order") =>
  `INSERT INTO affiliate.affiliate_action_log (order_affiliate_id, revision, target_type, target_id, action, actor,
     request_key, created_at, before, after, events, settings)
   VALUES (${order}, ${revision}, '${type}', ${order}, 'approve', 'an', ${key}, now(), '{}', '{}', '[]', '{}')`
const release = (invoice: number) =>
  `INSERT INTO affiliate.commission_revoke_log (invoice_affiliate_id, affiliate_id, amount, currency, actor, created_at)
   VALUES (${invoice}, 7, 7500, 'VND', 'an', now())`

/** Order 5 is approved with its invoice 52, order 6 waits. */
const ILLEGAL: ReadonlyArray<readonly [what: string, refusedBy: string, statements: ReadonlyArray<string>]> = [
  [
    "an order both approved and rejected",
    "order_affiliate_one_state",
    ["UPDATE affiliate.order_affiliate SET is_rejected = true WHERE id = 5"]
  ],
  [
    "an order approved at no time",
    "order_affiliate_approved_at",
    ["UPDATE affiliate.order_affiliate SET is_approved = true WHERE id = 6"]
  ],
  [
    "an order that waits and was approved at a time",
    "order_affiliate_approved_at",
    ["UPDATE affiliate.order_affiliate SET approved_at = now() WHERE id = 6"]
  ],
  [
    "an invoice both approved and rejected",
    "invoice_affiliate_one_state",
    ["UPDATE affiliate.invoice_affiliate SET is_rejected = true WHERE id = 51", approve(51)]
  ],
  [
    "an invoice approved at no time",
    "invoice_affiliate_approved_at",
    ["UPDATE affiliate.invoice_affiliate SET is_approved = true, commission_paid_date = now() WHERE id = 51"]
  ],
  [
    "an approved invoice that was never paid",
    "invoice_affiliate_paid_date",
    ["UPDATE affiliate.invoice_affiliate SET is_approved = true, approved_at = now() WHERE id = 51"]
  ],
  [
    "an approved invoice without a request",
    "invoice_affiliate_approved_has_transaction",
    ["UPDATE affiliate.invoice_affiliate SET transaction_id = NULL WHERE id = 51", approve(51)]
  ],
  [
    "an approved invoice of an order that is not approved",
    "invoice_affiliate_order_approved_fkey",
    [approve(61), succeed(617)]
  ],
  [
    "the cancellation of an order with an approved invoice",
    "invoice_affiliate_order_approved_fkey",
    ["UPDATE affiliate.order_affiliate SET is_approved = false, approved_at = NULL WHERE id = 5"]
  ],
  [
    "two requests of one invoice",
    "transaction_request_invoice_key",
    ["INSERT INTO affiliate.transaction_request (invoice_affiliate_id, amount) VALUES (51, 7500)"]
  ],
  [
    "one request of two invoices",
    "invoice_affiliate_transaction_id_key",
    ["UPDATE affiliate.invoice_affiliate SET transaction_id = 617 WHERE id = 51"]
  ],
  [
    "the request of another invoice",
    "invoice_affiliate_transaction_fkey",
    [
      "UPDATE affiliate.invoice_affiliate SET transaction_id = NULL WHERE id = 61",
      "UPDATE affiliate.invoice_affiliate SET transaction_id = 617 WHERE id = 51"
    ]
  ],
  ["a success for an invoice that waits", "transaction_request_invoice_approved_fkey", [succeed(517)]],
  ["an approved invoice whose request waits", "invoice_affiliate_transaction_success_fkey", [approve(51)]],
  [
    "a status that there is not",
    "transaction_request_status_check",
    ["UPDATE affiliate.transaction_request SET status = 'done' WHERE id = 517"]
  ],
  [
    "another wallet of the order alone",
    "order_affiliate_wallet_fkey",
    [`UPDATE affiliate."order" SET wallet_receive_commission = 'points' WHERE id = 5`]
  ],
  [
    "another wallet of its commission alone",
    "order_affiliate_wallet_fkey",
    ["UPDATE affiliate.order_affiliate SET wallet_type = 'points' WHERE id = 5"]
  ],
  [
    "a part of another order's item",
    "invoice_affiliate_item_order_item_fkey",
    ["UPDATE affiliate.invoice_affiliate_item SET order_affiliate_item_id = 61 WHERE id = 511"]
  ],
  [
    "a part in another order's invoice",
    "invoice_affiliate_item_invoice_fkey",
    ["UPDATE affiliate.invoice_affiliate_item SET invoice_affiliate_id = 61 WHERE id = 511"]
  ],
  [
    "a percentage above 100",
    "order_affiliate_item_percent_check",
    ["UPDATE affiliate.order_affiliate_item SET percent = 100.0001 WHERE id = 51"]
  ],
  [
    "a percentage below 0",
    "invoice_affiliate_item_percent_check",
    ["UPDATE affiliate.invoice_affiliate_item SET percent = -0.0001 WHERE id = 511"]
  ],
  [
    "two shares of one beneficiary",
    "transaction_request_user_key",
    ["UPDATE affiliate.transaction_request_user SET user_id = 901 WHERE transaction_request_id = 517"]
  ],
  [
    "a share without weight",
    "transaction_request_user_weight_check",
    ["UPDATE affiliate.transaction_request_user SET weight = 0 WHERE transaction_request_id = 517"]
  ],
  [
    "a record of no time",
    "invoice_affiliate_created_at_check",
    ["UPDATE affiliate.invoice_affiliate SET created_at = 'infinity' WHERE id = 51"]
  ],
  ["a release logged twice", "commission_revoke_log_invoice_key", [release(51), release(51)]],
  [
    "two entries of a revision",
    "affiliate_action_log_revision_key",
    [logEntry(5, 1, "NULL"), logEntry(5, 1, "NULL", "invoice")]
  ],
  [
    "a request done twice on a target",
    "affiliate_action_log_request_key",
    [logEntry(5, 1, "'k'"), logEntry(5, 2, "'k'")]
  ],
  [
    "a change of an approved invoice",
    "row 52 of affiliate.invoice_affiliate is final",
    ["UPDATE affiliate.invoice_affiliate SET commission_amount = 1 WHERE id = 52"]
  ],
  [
    "its end",
    "row 52 of affiliate.invoice_affiliate is final",
    ["UPDATE affiliate.invoice_affiliate SET is_approved = false, approved_at = NULL WHERE id = 52"]
  ],
  [
    "its deletion",
    "row 52 of affiliate.invoice_affiliate is final",
    ["DELETE FROM affiliate.invoice_affiliate WHERE id = 52"]
  ],
  [
    "a change of a request that has succeeded",
    "row 527 of affiliate.transaction_request is final",
    ["UPDATE affiliate.transaction_request SET amount = 1 WHERE id = 527"]
  ],
  [
    "its failure",
    "row 527 of affiliate.transaction_request is final",
    ["UPDATE affiliate.transaction_request SET status = 'failed' WHERE id = 527"]
  ],
  [
    "its deletion",
    "row 527 of affiliate.transaction_request is final",
    ["DELETE FROM affiliate.transaction_request WHERE id = 527"]
  ],
  [
    "a change of what a beneficiary got",
    "of affiliate.transaction_request_user is final",
    ["UPDATE affiliate.transaction_request_user SET amount = 1 WHERE transaction_request_id = 527 AND user_id = 902"]
  ],
  [
    "the deletion of what a beneficiary got",
    "of affiliate.transaction_request_user is final",
    ["DELETE FROM affiliate.transaction_request_user WHERE transaction_request_id = 527 AND user_id = 902"]
  ],
  [
    "a change of the audit log",
    "of affiliate.affiliate_action_log is final",
    [logEntry(5, 1, "NULL"), "UPDATE affiliate.affiliate_action_log SET actor = 'bo'"]
  ],
  [
    "a deletion from the audit log",
    "of affiliate.affiliate_action_log is final",
    [logEntry(5, 1, "NULL"), "DELETE FROM affiliate.affiliate_action_log"]
  ],
  [
    "a change of the log of releases",
    "of affiliate.commission_revoke_log is final",
    [release(51), "UPDATE affiliate.commission_revoke_log SET amount = 1"]
  ],
  [
    "a deletion from the log of releases",
    "of affiliate.commission_revoke_log is final",
    [release(51), "DELETE FROM affiliate.commission_revoke_log"]
  ]
]

describe("the tables of the commission approvals", () => {
  let database: FreshDatabase
  let client: pg.Client
  beforeAll(async () => {
    database = await freshDatabase()
    const url = Redacted.value(database.url)
    await loadCommissions(
      url,
      commissionSources(
        commissionSample("5", { approved: [2] }),
        commissionSample("6", { state: ApprovalState.PENDING })
      )
    )
    client = new pg.Client({ connectionString: url })
    await client.connect()
  })
  afterAll(async () => {
    await client.end()
    await database.drop()
  })

  it.each(ILLEGAL)("refuse %s (%s)", async (_, refusedBy, statements) => {
    await client.query("BEGIN")
    let refusal: unknown
    try {
      for (const statement of statements) await client.query(statement)
      await client.query("COMMIT")
    } catch (error) {
      refusal = error
    }
    await client.query("ROLLBACK")
    const { constraint, message } = refusal as { readonly constraint?: string; readonly message: string }
    expect(`${constraint ?? ""} ${message}`).toContain(refusedBy)
  })

  it("take an approval that is whole, in any order of its parts", async () => {
    for (const statements of [
      [approve(51), succeed(517)],
      [succeed(517), approve(51)]
    ]) {
      await client.query("BEGIN")
      for (const statement of statements) await client.query(statement)
      expect((await client.query("SET CONSTRAINTS ALL IMMEDIATE")).command).toBe("SET")
      await client.query("ROLLBACK")
    }
  })
})
