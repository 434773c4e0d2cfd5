/**
 * The demo of the referral commissions: a day's shipments, what their
 * affiliates are expected to get, and where each figure comes from.
 *
 * The user service is the stand-in, asked over gRPC as the real one is; it
 * answers from the demo's own tables.
 *
 * @since 0.1.0
 */
import { GrpcReferralDirectory } from "@reckoner/adapters-http"
import { ReferralDirectoryStandIn } from "@reckoner/adapters-http/stand-ins"
import { PgReferralOrderStore, PgShipmentStore } from "@reckoner/adapters-pg"
import {
  BusinessZone,
  CommissionEstimate,
  Currency,
  Money,
  type ReferralOrder,
  type ShipmentOrder,
  SyncWindow
} from "@reckoner/core"
import { type FindingStore, ReferralOrderStore, type RunJournal, ShipmentStore } from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { SqlClient } from "effect/sql"
import * as Stream from "effect/Stream"
import * as Output from "../cli/Output.ts"
import * as BackfillReferralOrders from "../referral-commission/BackfillReferralOrders.ts"
import * as CashbackPolicyText from "../referral-commission/CashbackPolicyText.ts"
import * as Explanation from "../referral-commission/Explanation.ts"
import type * as ReferralRun from "../referral-commission/ReferralRun.ts"
import * as ShipmentDecisions from "../referral-commission/ShipmentDecisions.ts"
import * as SyncReferralOrders from "../referral-commission/SyncReferralOrders.ts"
import type { Connection } from "../Stores.ts"
import * as ShipmentDay from "./ShipmentDay.ts"

const LINE_WIDTH = 100
const LOCK_WAIT_MS = 60_000
const OVERLAP_DAYS = 3
const DAYS_MAX = 31

const zone = Result.getOrThrow(BusinessZone.parse("Asia/Jakarta"))
const currency = Result.getOrThrow(Currency.parse("IDR"))
const policy = Result.getOrThrow(CashbackPolicyText.parse(ShipmentDay.POLICY, currency))
const window = SyncWindow.yesterday({ now: ShipmentDay.RUN_AT_MS, zone })

const request: ReferralRun.Request = {
  atMs: ShipmentDay.RUN_AT_MS,
  zone,
  dryRun: false,
  lockWaitMs: LOCK_WAIT_MS,
  onLockWait: Effect.void,
  onProgress: () => Effect.void
}

/** The user service: the stand-in, which looks into the demo's tables. */
const directory = Layer.unwrap(
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const services = yield* Effect.context()
    const answers = (memberIds: ReadonlyArray<bigint>) =>
      Effect.runPromiseWith(services)(
        sql.unsafe<ReferralDirectoryStandIn.AffiliatorRow>(ReferralDirectoryStandIn.answersSql, [
          `{${memberIds.join(",")}}`
        ])
      )
    const { url } = yield* ReferralDirectoryStandIn.make({ answers })
    return GrpcReferralDirectory.layer({ url })
  })
)

type Decisions = ReadonlyMap<string, ReferralOrder.Decision>

/** What the core answers for the day's shipments: the same answers that the run writes. */
const decisions = Effect.gen(function* () {
  const store = yield* ShipmentStore
  const decide = yield* ShipmentDecisions.make({ source: "daily", policy: CommissionEstimate.NO_POLICY })
  const blocks = yield* Stream.runCollect(store.shipments({ window, by: "any-milestone" }))
  const decided = yield* decide(blocks.flat())
  return new Map(decided.map(({ decision, subject }) => [subject, decision]))
})

type Shipment = (typeof ShipmentDay.shipments)[number]

const user = (userId: string | number): string =>
  ShipmentDay.users.find((one) => one.userId === Number(userId))?.name ?? "nobody"

const title = ({ memberId, orderNo, shippingPrice, statusId }: Shipment): string => {
  const status = ShipmentDay.statuses.find((one) => one.statusId === statusId)?.name.toLowerCase()
  return `Shipment ${orderNo} of ${user(memberId)}, ${status}, shipped for ${shippingPrice} IDR`
}

const wrapped = (text: string): ReadonlyArray<string> => Output.wrap(text, LINE_WIDTH, "  ")

const gets = ({ affiliateId, estimatedCommission }: ReferralOrder.ReferralOrder): string =>
  estimatedCommission === undefined
    ? `gets  ${user(affiliateId)}: not known yet`
    : `gets  ${user(affiliateId)}: ${Money.format(estimatedCommission)} ${estimatedCommission.currency}`

const paragraph = (shipment: Shipment, decision: ReferralOrder.Decision | undefined): ReadonlyArray<string> => {
  if (decision === undefined) {
    return [
      title(shipment),
      ...wrapped("why   nothing happened to it that day: it arrived at midnight, on the next"),
      ""
    ]
  }
  const notes = decision.findings.flatMap((finding) => wrapped(`note  ${Explanation.explainFinding(finding)}`))
  if (decision._tag !== "Referred") {
    return [title(shipment), ...wrapped("why   nobody referred the member, so nobody gets a commission"), ...notes, ""]
  }
  const { order } = decision
  return [title(shipment), ...wrapped(gets(order)), ...wrapped(`why   ${Explanation.explain(order)}`), ...notes, ""]
}

const decided = (decisions: Decisions): ReadonlyArray<string> => [
  `SHIPMENTS OF ${ShipmentDay.DATE}, by the clocks of Jakarta`,
  "",
  ...ShipmentDay.shipments.flatMap((shipment) => paragraph(shipment, decisions.get(shipment.orderNo)))
]

const runs = (first: ReferralRun.Report, second: ReferralRun.Report): ReadonlyArray<string> => {
  const row = (name: string, of: (report: ReferralRun.Report) => number) => [
    name,
    String(of(first)),
    String(of(second))
  ]
  return [
    "RUNS",
    "",
    ...Output.table(
      [
        ["", "first run", "second run"],
        row("shipments read", ({ read }) => read),
        row("not referred", ({ notReferred }) => notReferred),
        row("orders inserted", ({ inserted }) => inserted),
        row("orders changed", ({ changed }) => changed),
        row("orders unchanged", ({ unchanged }) => unchanged)
      ],
      { right: [1, 2], indent: "  " }
    ),
    ""
  ]
}

const filledIn = (filled: Option.Option<Omit<ReferralOrder.ReferralOrder, "basis">>, orderNo: string) => {
  const commission = Option.getOrUndefined(filled)?.estimatedCommission
  return commission === undefined
    ? `  The backfill left ${orderNo} as it was, which must not happen: please report it.`
    : `  A backfill of ${ShipmentDay.MONTH} with the policy "${ShipmentDay.POLICY}" fills in ${orderNo}: ` +
        `${Money.format(commission)} ${commission.currency}.`
}

const UNKNOWN_AT_FIRST: ShipmentOrder.ShipmentOrder["orderNo"] = "SO-1004"

/**
 * Runs the day on tables that hold it, and tells what came of it.
 *
 * @category commands
 * @since 0.1.0
 */
export const tell: Effect.Effect<void, ReferralRun.RunError, Connection | RunJournal | FindingStore> = Effect.gen(
  function* () {
    const store = yield* ReferralOrderStore
    const answers = yield* decisions
    const sync = SyncReferralOrders.run({ ...request, overlapDays: OVERLAP_DAYS, daysMax: DAYS_MAX })
    const [first] = yield* sync
    const [second] = yield* sync
    yield* BackfillReferralOrders.run({ ...request, month: ShipmentDay.MONTH, by: "any-milestone", policy }).pipe(
      Effect.catchTag("InvalidMonth", Effect.die) // the demo's month is one
    )
    const filled = yield* store.order(UNKNOWN_AT_FIRST)
    yield* Output.lines([...decided(answers), ...runs(first!, second!), filledIn(filled, UNKNOWN_AT_FIRST)])
  }
).pipe(
  Effect.provide(
    Layer.mergeAll(directory, PgShipmentStore.layer({ currency }), PgReferralOrderStore.layer({ currency }))
  )
)
