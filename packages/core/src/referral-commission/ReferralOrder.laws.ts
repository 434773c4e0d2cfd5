/**
 * Laws of `ReferralOrder`, as plain predicates, and the table of orders as its
 * store keeps it, in memory.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as CommissionEstimate from "./CommissionEstimate.ts"
import * as Referral from "./Referral.ts"
import * as ReferralOrder from "./ReferralOrder.ts"
import * as ShipmentOrder from "./ShipmentOrder.ts"
import type * as SyncWindow from "./SyncWindow.ts"

/** What is decided about a shipment, or about a row of the old table. */
export type Given =
  | ReferralOrder.FromShipment
  | { readonly old: ShipmentOrder.OldCommission; readonly stored: ReferralOrder.StoredOrder | undefined }

/** Everything that runs read. Shipments have distinct numbers, and so have usable rows of the old table. */
export interface World {
  readonly shipments: ReadonlyArray<ShipmentOrder.ShipmentOrder>
  readonly choices: ReadonlyMap<Referral.MemberId, Referral.Choice>
  readonly oldCommissions: ReadonlyArray<ShipmentOrder.OldCommission>
  readonly policy: CommissionEstimate.CashbackPolicy
}

/** A run of a flow over a window. */
export type WindowRun =
  | { readonly _tag: "Daily"; readonly window: SyncWindow.SyncWindow }
  | {
      readonly _tag: "Backfill"
      readonly window: SyncWindow.SyncWindow
      readonly by: ShipmentOrder.MilestoneFilter
    }

/** A run of any flow. */
export type Run = WindowRun | { readonly _tag: "Import" }

const decide = (given: Given): ReferralOrder.Decision =>
  "old" in given ? ReferralOrder.fromOldCommission(given.old, given.stored) : ReferralOrder.fromShipment(given)

const orderOf = (given: Given): ReferralOrder.ReferralOrder | undefined => {
  const decision = decide(given)
  return decision._tag === "Referred" ? decision.order : undefined
}

const isSame = (one: unknown, other: unknown): boolean => text(one) === text(other)

/** Everything of a value; `bigint` has no JSON. */
const text = (value: unknown): string =>
  JSON.stringify(value, (_, part) =>
    typeof part === "bigint" ? `${part}n` : part === undefined ? "unknown" : (part as unknown)
  ) ?? "nothing"

/** What of an order decides whether its row is written again. */
const content = ({ affiliateId: _a, basis: _b, memberId: _m, source: _s, ...columns }: ReferralOrder.ReferralOrder) =>
  columns

const columnsWithOwner = (order: ReferralOrder.ReferralOrder) => ({
  ...content(order),
  memberId: order.memberId,
  affiliateId: order.affiliateId
})

/**
 * The table of orders: the first write settles member and affiliate; a row of
 * which nothing but the source differs is left; the import touches only what an
 * import wrote.
 */
export class Table {
  readonly rows: Map<string, ReferralOrder.ReferralOrder> = new Map()

  /** Runs a flow over at most so many of its orders, and says how many rows it wrote. */
  run(world: World, run: Run, ordersMax: number = Number.POSITIVE_INFINITY): number {
    const given = run._tag === "Import" ? this.#oldCommissions(world) : this.#shipments(world, run)
    let written = 0
    for (const one of given.slice(0, ordersMax)) {
      const order = orderOf(one)
      if (order !== undefined && this.#record(order)) written += 1
    }
    return written
  }

  #oldCommissions({ oldCommissions }: World): ReadonlyArray<Given> {
    return oldCommissions.map((old) => ({ old, stored: this.rows.get(old.orderNo ?? "") }))
  }

  #shipments({ choices, policy, shipments }: World, run: WindowRun): ReadonlyArray<Given> {
    const by = run._tag === "Daily" ? "any-milestone" : run.by
    return shipments
      .filter((shipment) => ShipmentOrder.isInWindow(shipment, run.window, by))
      .map((shipment) => {
        const referral = choices.get(shipment.memberId ?? "")
        const stored = ReferralOrder.needsStored(shipment, referral) ? this.rows.get(shipment.orderNo) : undefined
        return run._tag === "Daily"
          ? { shipment, referral, stored, source: "daily", policy: CommissionEstimate.NO_POLICY }
          : { shipment, referral, stored, source: "backfill", policy }
      })
  }

  #record(order: ReferralOrder.ReferralOrder): boolean {
    const stored = this.rows.get(order.orderNo)
    if (stored !== undefined) {
      if (order.source === "fct_v2" && stored.source !== "fct_v2") return false
      if (isSame(content(stored), content(order))) return false
    }
    const { affiliateId, memberId } = stored ?? order
    this.rows.set(order.orderNo, { ...order, memberId, affiliateId })
    return true
  }
}

/** Where a cashback of the affiliate is stored, the order made next has one. */
export const unknownNeverErases = (given: Given): boolean => {
  if (given.stored?.affiliateCashback === undefined) return true
  const order = orderOf(given)
  return order === undefined || order.affiliateCashback !== undefined
}

/** Where an order stored before is not needed, it changes at most who member and affiliate are. */
export const storedOnlyWhereNeeded = (given: ReferralOrder.FromShipment): boolean => {
  if (ReferralOrder.needsStored(given.shipment, given.referral)) return true
  const order = orderOf({ ...given, stored: undefined })
  const again = orderOf(given)
  // A member that is not known any more leaves the order as it is.
  if (!Referral.isMember(given.shipment.memberId)) return order === undefined
  return (
    order !== undefined &&
    again !== undefined &&
    isSame(content(order), content(again)) &&
    isSame(order.basis, again.basis)
  )
}

/** Deciding about the order that was just stored gives it again, but for what its cashback rests on. */
export const decidesOnce = (given: Given): boolean => {
  const order = orderOf(given)
  if (order === undefined) return true
  const again = orderOf({ ...given, stored: order })
  return (
    again !== undefined && again.source === order.source && isSame(columnsWithOwner(again), columnsWithOwner(order))
  )
}

/** A known commission is the affiliate's cashback less the member's; it is unknown only where there is none. */
export const commissionIsDifference = (given: Given): boolean => {
  const order = orderOf(given)
  if (order === undefined) return true
  const { affiliateCashback, estimatedCommission, memberCashback } = order
  if (affiliateCashback === undefined || memberCashback === undefined) return estimatedCommission === undefined
  const difference = CommissionEstimate.fromCashback({ affiliateCashback, memberCashback })
  if (Result.isFailure(difference)) return estimatedCommission === undefined
  if (estimatedCommission !== undefined) return isSame(estimatedCommission, difference.success)
  return decide(given).findings.some(({ _tag }) => _tag === "AmountTooLarge")
}

/** In whichever order the two flows see an order, and however often, it ends the same. */
export const backfillAndDailyAgree = (given: ReferralOrder.FromShipment): boolean => {
  const after = (sources: ReadonlyArray<"daily" | "backfill">) =>
    sources.reduce<ReferralOrder.StoredOrder | undefined>(
      (stored, source) =>
        orderOf({
          ...given,
          stored,
          source,
          policy: source === "daily" ? CommissionEstimate.NO_POLICY : given.policy
        }) ?? stored,
      given.stored
    )
  const owned = (order: ReferralOrder.StoredOrder | undefined) =>
    order === undefined || !("orderNo" in order) ? order : columnsWithOwner(order as ReferralOrder.ReferralOrder)
  const expected = owned(after(["daily", "backfill"]))
  return (
    isSame(owned(after(["backfill", "daily"])), expected) &&
    isSame(owned(after(["backfill", "daily", "backfill", "backfill", "daily"])), expected)
  )
}

const NAME_FINDINGS: ReadonlyArray<ReferralOrder.Finding["_tag"]> = [
  "StatusNameMissing",
  "CourierMissing",
  "RateMissing"
]

const withNames = (given: Given, name: string | undefined): Given => {
  const names = { statusName: name, courierName: name, rateName: name }
  if (!("old" in given)) return { ...given, shipment: { ...given.shipment, ...names } }
  const { old } = given
  const shipment = old.shipment === undefined ? undefined : { ...old.shipment, statusName: name }
  return { ...given, old: { ...old, courierName: name, rateName: name, shipment } }
}

/** Names that are missing change nothing but the names, and each is reported. */
export const joinsKeepOrders = (given: Given): boolean => {
  const named = decide(withNames(given, "name"))
  const nameless = decide(withNames(given, undefined))
  if (named._tag !== "Referred" || nameless._tag !== "Referred") return isSame(named, nameless)
  const isOfName = ({ _tag }: ReferralOrder.Finding) => NAME_FINDINGS.includes(_tag)
  const hasStatus = !("old" in given) || given.old.shipment !== undefined
  return (
    isSame(
      { ...nameless.order, statusName: hasStatus ? "name" : undefined, courierName: "name", rateName: "name" },
      named.order
    ) &&
    !named.findings.some(isOfName) &&
    isSame(
      nameless.findings.filter(isOfName).map(({ _tag }) => _tag),
      hasStatus ? NAME_FINDINGS : NAME_FINDINGS.slice(1)
    ) &&
    isSame(
      nameless.findings.filter((one) => !isOfName(one)),
      named.findings
    )
  )
}

const tableOf = (table: Table) =>
  [...table.rows.values()]
    .toSorted((one, other) => (one.orderNo < other.orderNo ? -1 : 1))
    .map((order) => columnsWithOwner(order))

/**
 * Each run once, in whichever order, and then the import, end in the table of
 * the same in order of time; and so do all of them twice, after some that were
 * cut short. When every run has been done, none writes any more, and a second
 * import does not either.
 */
export const anyOrderSameTable = (
  world: World,
  runs: ReadonlyArray<WindowRun>,
  cutShort: ReadonlyArray<readonly [run: number, ordersMax: number]>
): boolean => {
  const after = (sequence: ReadonlyArray<readonly [run: WindowRun, ordersMax?: number]>) => {
    const table = new Table()
    for (const [run, ordersMax] of sequence) table.run(world, run, ordersMax)
    const isSettled = runs.every((run) => table.run(world, run) === 0)
    table.run(world, { _tag: "Import" })
    return { isSettled, isImported: table.run(world, { _tag: "Import" }) === 0, rows: tableOf(table) }
  }
  const once = (of: ReadonlyArray<WindowRun>) => of.map((run) => [run] as const)
  const inTime = runs.toSorted((one, other) => one.window.untilEpochSeconds - other.window.untilEpochSeconds)
  const expected = after(once(inTime))
  const interrupted = cutShort.flatMap(([at, ordersMax]) => {
    const run = runs[at]
    return run === undefined ? [] : [[run, ordersMax] as const]
  })
  return (
    expected.isSettled &&
    expected.isImported &&
    isSame(after(once(runs)), expected) &&
    isSame(after([...interrupted, ...once(runs), ...once(runs.toReversed())]), expected)
  )
}
