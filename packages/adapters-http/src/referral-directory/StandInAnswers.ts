/**
 * Where the stand-in of the user service takes its answers from: tables in
 * memory, or a database of the caller.
 *
 * @since 0.1.0
 */

/**
 * One row of an answer: a referral of a member, in the words of the service.
 *
 * @category models
 * @since 0.1.0
 */
export interface AffiliatorRow {
  readonly memberId: bigint
  readonly affiliatorId: bigint
  readonly referralId: bigint
  readonly userReferralId: bigint
}

/**
 * Finds the rows of these members. Ids come as they were asked for, each once.
 *
 * @category models
 * @since 0.1.0
 */
export type Answers = (memberIds: ReadonlyArray<bigint>) => Promise<ReadonlyArray<AffiliatorRow>>

/**
 * The two tables of the service: `referral` holds affiliates, `user_referral`
 * the members whom they brought. `referralId` refers to `entityId`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Tables {
  readonly referrals: ReadonlyArray<{ readonly id: bigint; readonly entityId: bigint; readonly userId: bigint }>
  readonly userReferrals: ReadonlyArray<{ readonly id: bigint; readonly userId: bigint; readonly referralId: bigint }>
}

const grouped = <Row>(rows: ReadonlyArray<Row>, key: (row: Row) => bigint): ReadonlyMap<bigint, ReadonlyArray<Row>> => {
  const groups = new Map<bigint, Array<Row>>()
  for (const row of rows) {
    const group = groups.get(key(row))
    if (group === undefined) groups.set(key(row), [row])
    else group.push(row)
  }
  return groups
}

/**
 * Answers from tables, as the service's query does.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromTables = ({ referrals, userReferrals }: Tables): Answers => {
  const byEntity = grouped(referrals, ({ entityId }) => entityId)
  const byMember = grouped(userReferrals, ({ userId }) => userId)
  return async (memberIds) =>
    memberIds.flatMap((memberId) =>
      (byMember.get(memberId) ?? []).flatMap((member) =>
        (byEntity.get(member.referralId) ?? []).map((referral) => ({
          memberId,
          affiliatorId: referral.userId,
          referralId: referral.id,
          userReferralId: member.id
        }))
      )
    )
}

/**
 * The service's query on its schema `everpro_user`, for a caller that answers
 * from PostgreSQL: `$1` is a `bigint[]`, and each column is a field of
 * `AffiliatorRow`, to be read as a `bigint`.
 *
 * @category queries
 * @since 0.1.0
 */
export const answersSql = `
  SELECT member.user_id AS "memberId", referral.user_id AS "affiliatorId",
    referral.id AS "referralId", member.id AS "userReferralId"
  FROM everpro_user.user_referral AS member
  JOIN everpro_user.referral AS referral ON member.referral_id = referral.entity_id
  WHERE member.user_id = ANY ($1::bigint[])`
