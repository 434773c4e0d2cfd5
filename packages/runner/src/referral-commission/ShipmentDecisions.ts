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
  type StoreError,
  type UnreadShipment
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

/** What is known of a member: who referred them, or that nobody did. */
type Known = Referral.Choice | "nobody"

/** A member's number, as a number where one holds it: those are found faster than texts that were just read. */
type Key = number | Referral.MemberId

const EXACT_DIGITS_MAX = 15
const DIGIT_ZERO = 48
const DECIMAL = 10

const keyOf = (memberId: Referral.MemberId): Key => {
  if (memberId.length > EXACT_DIGITS_MAX) return memberId
  let key = 0
  for (let at = 0; at < memberId.length; at++) key = key * DECIMAL + (memberId.charCodeAt(at) - DIGIT_ZERO)
  return key
}

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
    shipments: ReadonlyArray<UnreadShipment>
  ) => Effect.Effect<ReadonlyArray<ReferralRun.Decided>, StoreError | ReferralDirectoryError>,
  never,
  ReferralDirectory | ReferralOrderStore
> =>
  Effect.gen(function* () {
    const directory = yield* ReferralDirectory
    const store = yield* ReferralOrderStore
    const known = new Map<Key, Known>()
    const look = ({ memberId }: UnreadShipment): Known | undefined =>
      Referral.isMember(memberId) ? known.get(keyOf(memberId)) : "nobody"

    const ask = (members: ReadonlySet<Referral.MemberId>) =>
      Effect.gen(function* () {
        const asked = [...members]
        const byMember = groupByMember(yield* directory.referralsOf(asked))
        const answers = new Map<Key, Known>()
        for (const memberId of asked) {
          answers.set(keyOf(memberId), Referral.choose(byMember.get(memberId) ?? []) ?? "nobody")
        }
        for (const [key, answer] of answers) known.set(key, answer)
        return answers
      })

    /**
     * What is known of the member of each shipment. Who was asked about is taken from the answers themselves: another
     * batch that is decided at the same time may have everything forgotten that is known.
     */
    const membersOf = (shipments: ReadonlyArray<UnreadShipment>) =>
      Effect.gen(function* () {
        if (known.size > MEMBERS_KEPT_MAX) known.clear()
        const found = shipments.map(look)
        const unknown = new Set<Referral.MemberId>()
        for (let at = 0; at < found.length; at++) {
          const { memberId } = shipments[at]!
          if (found[at] === undefined && memberId !== undefined) unknown.add(memberId)
        }
        if (unknown.size === 0) return found as ReadonlyArray<Known>
        const answers = yield* ask(unknown)
        return found.map((one, at) => one ?? answers.get(keyOf(shipments[at]!.memberId!))!)
      })

    return (shipments) =>
      Effect.gen(function* () {
        const members = yield* membersOf(shipments)
        const read = new Array<ShipmentOrder.ShipmentOrder | undefined>(shipments.length)
        const inDoubt: Array<string> = []
        for (let at = 0; at < shipments.length; at++) {
          const member = members[at]!
          const needsStored =
            member === "nobody" || ReferralOrder.needsStored((read[at] = shipments[at]!.read()), member)
          if (needsStored) inDoubt.push(shipments[at]!.orderNo)
        }
        const stored = yield* store.stored(inDoubt)
        return shipments.map((shipment, at) => {
          const before = stored.get(shipment.orderNo)
          const member = members[at]!
          const decision =
            member === "nobody" && before === undefined
              ? ReferralOrder.notReferred(shipment.memberId)
              : ReferralOrder.fromShipment({
                  shipment: read[at] ?? shipment.read(),
                  referral: member === "nobody" ? undefined : member,
                  stored: before,
                  source: rules.source,
                  policy: rules.policy
                })
          return { subject: shipment.orderNo, decision }
        })
      })
  })
