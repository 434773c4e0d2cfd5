/**
 * Decides about shipments, batch by batch: asks who referred their members, and
 * what of earlier runs counts, and leaves the decision to the core.
 *
 * @since 0.1.0
 */
import { type CommissionEstimate, Referral, ReferralOrder, type ShipmentOrder } from "@reckoner/core"
import {
  ReferralDirectory,
  type ReferralDirectoryError,
  ReferralOrderStore,
  type StoreError
} from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import type * as ReferralRun from "./ReferralRun.ts"

/** When the members of earlier batches are forgotten: some 40 MB of them. */
const MEMBERS_KEPT_MAX = 200_000

/**
 * The rules of a flow.
 *
 * @category models
 * @since 0.1.0
 */
export interface Rules {
  readonly source: "daily" | "backfill"
  readonly policy: CommissionEstimate.CashbackPolicy
}

type Choices = Map<Referral.MemberId, Referral.Choice | undefined>

const groupByMember = (
  referrals: ReadonlyArray<Referral.Referral>
): Map<Referral.MemberId, Array<Referral.Referral>> => {
  const byMember = new Map<Referral.MemberId, Array<Referral.Referral>>()
  for (const referral of referrals) {
    const known = byMember.get(referral.memberId)
    if (known === undefined) byMember.set(referral.memberId, [referral])
    else known.push(referral)
  }
  return byMember
}

const membersToAsk = (shipments: ReadonlyArray<ShipmentOrder.ShipmentOrder>, known: Choices): Array<string> => {
  const unknown = new Set<Referral.MemberId>()
  for (const { memberId } of shipments) {
    if (Referral.isMember(memberId) && !known.has(memberId)) unknown.add(memberId)
  }
  return [...unknown]
}

/**
 * Makes the function that decides about the batches of one run. It remembers
 * members for the run, so that each is asked for once, or seldom where there are
 * very many.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (
  rules: Rules
): Effect.Effect<
  (
    shipments: ReadonlyArray<ShipmentOrder.ShipmentOrder>
  ) => Effect.Effect<ReadonlyArray<ReferralRun.Decided>, StoreError | ReferralDirectoryError>,
  never,
  ReferralDirectory | ReferralOrderStore
> =>
  Effect.gen(function* () {
    const directory = yield* ReferralDirectory
    const store = yield* ReferralOrderStore
    const known: Choices = new Map()

    const lookUp = (shipments: ReadonlyArray<ShipmentOrder.ShipmentOrder>) =>
      Effect.gen(function* () {
        if (known.size > MEMBERS_KEPT_MAX) known.clear()
        const asked = membersToAsk(shipments, known)
        if (asked.length === 0) return
        const byMember = groupByMember(yield* directory.referralsOf(asked))
        for (const memberId of asked) known.set(memberId, Referral.choose(byMember.get(memberId) ?? []))
      })

    return (shipments) =>
      Effect.gen(function* () {
        yield* lookUp(shipments)
        const referralOf = ({ memberId }: ShipmentOrder.ShipmentOrder) =>
          memberId === undefined ? undefined : known.get(memberId)
        const inDoubt: Array<string> = []
        for (const shipment of shipments) {
          if (ReferralOrder.needsStored(shipment, referralOf(shipment))) inDoubt.push(shipment.orderNo)
        }
        const stored = yield* store.stored(inDoubt)
        return shipments.map((shipment) => ({
          subject: shipment.orderNo,
          decision: ReferralOrder.fromShipment({
            shipment,
            referral: referralOf(shipment),
            stored: stored.get(shipment.orderNo),
            source: rules.source,
            policy: rules.policy
          })
        }))
      })
  })
