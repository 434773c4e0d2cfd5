/**
 * `npm run bench -- approvals [--approvals N] [--clients N] [--runs N]`
 *
 * Approves invoices, one by one, by so many clients at once: ours, and the same
 * statements sent by plain SQL, each approval in one transaction (the limit).
 * The parameters of the limit are worked out beforehand, so that it does nothing
 * but send. Both take turns on the same server, on invoices of their own, and
 * must leave the same.
 */
import { Database, PgCommissionStore } from "@reckoner/adapters-pg"
import { AuditEntry, CommissionAction } from "@reckoner/core"
import { CommissionStore } from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { parseArgs } from "node:util"
import pg from "pg"
import * as CommissionSql from "../../../adapters-pg/src/commission-approval/CommissionSql.ts"
import * as WrittenRows from "../../../adapters-pg/src/commission-approval/WrittenRows.ts"
import type { Actor, Role } from "../../src/commission-approval/Actor.ts"
import * as CommissionActions from "../../src/commission-approval/CommissionActions.ts"
import { digestSql, generateSql } from "./generate.ts"
import { madeAnew, onServer, withClient } from "../../src/testing/onServer.ts"

type Range = readonly [from: number, before: number]

const actor: Actor = { id: "bench", roles: new Set<Role>(["approver"]) }
const say = (text: string) => console.log(text)

const median = (values: ReadonlyArray<number>): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!

const timed = async (run: () => Promise<unknown>): Promise<number> => {
  const startedAt = performance.now()
  await run()
  return (performance.now() - startedAt) / 1000
}

/** Whoever is free takes the next. */
const byClients = async (
  clients: number,
  [from, before]: Range,
  one: (id: number, client: number) => Promise<void>
) => {
  let next = from
  const client = async (at: number) => {
    while (next < before) await one(next++, at)
  }
  await Promise.all(Array.from({ length: clients }, (_, at) => client(at)))
}

type Store = ManagedRuntime.ManagedRuntime<CommissionStore, unknown>

const ours = (store: Store, clients: number, range: Range): Promise<number> =>
  timed(() =>
    byClients(clients, range, async (id) => {
      const [outcome] = await store.runPromise(
        CommissionActions.changeStatus(
          { type: "invoice", newStatus: "approve", ids: [String(id)] },
          { actor, requestKey: undefined, isDryRun: false }
        )
      )
      if (outcome?._tag !== "Changed") throw new Error(`invoice ${id}: ${JSON.stringify(outcome)}`)
    })
  )

type Statement = readonly [name: string, text: string, values: ReadonlyArray<string | null>]

/** What ours would send for an approval. */
const statementsOf = (store: Store, id: string): Promise<ReadonlyArray<Statement>> =>
  store.runPromise(
    Effect.gen(function* () {
      const commissions = yield* CommissionStore
      const at = Date.now()
      const settings = yield* commissions.settings
      const { order } = Option.getOrThrow(yield* commissions.file(id))
      const action = { _tag: "ChangeInvoiceStatus", invoiceId: id, newStatus: "approve" } as const
      const plan = Result.getOrThrow(CommissionAction.plan(order, action, { at, mayApproveRevoked: false, settings }))
      const target: AuditEntry.Target = { type: "invoice", id }
      const record = { action: "approve", target, actorId: actor.id, at, requestKey: undefined } as const
      const entry = {
        ...record,
        orderId: order.id,
        revision: plan.after.revision,
        before: AuditEntry.figuresOf(plan.before),
        after: AuditEntry.figuresOf(plan.after),
        events: plan.events,
        settings: plan.settings
      }
      const [text, values] = CommissionSql.write(WrittenRows.of(plan, entry, record))
      return [
        ["lock", CommissionSql.LOCK.invoice, [id]],
        ["subject", CommissionSql.SUBJECT, [order.id, null, "invoice", id]],
        ["write", text, values]
      ]
    })
  )

const plainSql = async (url: string, store: Store, clients: number, range: Range): Promise<number> => {
  const statements = new Map<number, ReadonlyArray<Statement>>()
  await byClients(clients, range, async (id) => void statements.set(id, await statementsOf(store, String(id))))
  const connections = Array.from({ length: clients }, () => new pg.Client({ connectionString: url }))
  await Promise.all(connections.map((client) => client.connect()))
  try {
    return await timed(() =>
      byClients(clients, range, async (id, at) => {
        const client = connections[at]!
        await client.query("BEGIN")
        for (const [name, text, values] of statements.get(id)!) await client.query({ name, text, values: [...values] })
        await client.query("COMMIT")
      })
    )
  } finally {
    await Promise.all(connections.map((client) => client.end()))
  }
}

const digest = (url: string, range: Range): Promise<unknown> =>
  withClient(url, async (client) => {
    const { amount: _, ...counts } = (await client.query(digestSql, [...range])).rows[0]
    return counts
  })

const compare = async (adminUrl: string, approvals: number, clients: number, runs: number): Promise<void> => {
  // One more turn of each warms both up and is not counted.
  const turns = 2 * (runs + 1)
  say(`generating ${turns * approvals} orders …`)
  const url = await madeAnew(adminUrl, "bench_approvals", generateSql(turns * approvals))
  const database = Layer.effect(Database.Database, Database.fromUrl(Redacted.make(url)))
  const store: Store = ManagedRuntime.make(
    Layer.provide(PgCommissionStore.layer, Layer.provideMerge(Database.SqlLive, database))
  )
  const ratios: Array<number> = []
  const perSecond: Array<readonly [limit: number, own: number]> = []
  try {
    for (let round = 0; round <= runs; round++) {
      const first = 1 + 2 * round * approvals
      const limitRange: Range = [first, first + approvals]
      const ownRange: Range = [first + approvals, first + 2 * approvals]
      const limit = approvals / (await plainSql(url, store, clients, limitRange))
      const own = approvals / (await ours(store, clients, ownRange))
      const left = [await digest(url, limitRange), await digest(url, ownRange)].map((one) => JSON.stringify(one))
      if (left[0] !== left[1]) throw new Error(`not the same: plain SQL ${left[0]}, ours ${left[1]}`)
      if (round === 0) continue
      perSecond.push([limit, own])
      ratios.push(own / limit)
      say(
        `round ${round}: plain SQL ${limit.toFixed(0)}/s, ours ${own.toFixed(0)}/s (${(own / limit).toFixed(2)} of it); ${left[1]}`
      )
    }
  } finally {
    await store.dispose()
  }
  const of = (at: 0 | 1) => median(perSecond.map((one) => one[at])).toFixed(0)
  say(`\n| ${approvals} approvals, ${clients} clients | per second | of the limit |\n| --- | --- | --- |`)
  say(`| the same statements by plain SQL, one transaction each (the limit) | ${of(0)} | 1 |`)
  say(`| ours | ${of(1)} | ${median(ratios).toFixed(2)} |`)
}

export const run = async (args: ReadonlyArray<string>): Promise<void> => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      approvals: { type: "string", default: "5000" },
      clients: { type: "string", default: "8" },
      runs: { type: "string", default: "3" }
    }
  })
  await onServer((adminUrl) => compare(adminUrl, Number(values.approvals), Number(values.clients), Number(values.runs)))
}
