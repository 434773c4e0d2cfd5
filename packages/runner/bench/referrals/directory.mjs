/**
 * The user service in a process of its own: real gRPC over HTTP/2 from tables in
 * memory, which it loads first. It refuses what the real one refuses, and costs
 * as little as one that is not written in JavaScript: the part that each member
 * has in an answer is worked out beforehand. Prints its address, and ends with
 * its standard input.
 */
import { ReferralDirectoryStandIn } from "@reckoner/adapters-http/stand-ins"
import * as http2 from "node:http2"
import pg from "pg"

const PATH = "/everpro.user.v1.AffiliateService/GetAffiliatorsByMemberIds"
const PREFIX_BYTES = 5
const STATUS = { OK: "0", INVALID_ARGUMENT: "3", UNIMPLEMENTED: "12" }

// The two messages of affiliate_service.proto: `repeated int64 = 1`, and `repeated Affiliator = 1` of four int64.
const LIST_TAG = 0x0a
const INT64_TAGS = [0x08, 0x10, 0x18, 0x20]

/** Whole numbers from 0 in groups of seven bits, the lowest first; ids are below 2^53 here. */
const varint = (value) => (value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))])

const affiliator = (ids) => {
  const fields = ids.flatMap((id, at) => [INT64_TAGS[at], ...varint(Number(id))])
  return Buffer.from([LIST_TAG, ...varint(fields.length), ...fields])
}

/** The ids that a request asks for; nothing where it is no list of ids from 1. */
const idsOf = (message) => {
  const values = []
  let value = 0
  let unit = 1
  for (const byte of message) {
    value += (byte % 128) * unit
    unit *= 128
    if (byte >= 128) continue
    values.push(value)
    value = 0
    unit = 1
  }
  const [tag, length, ...ids] = values
  const isList = tag === LIST_TAG && length + varint(length).length + 1 === message.length && unit === 1
  return isList && ids.every((id) => id > 0 && Number.isSafeInteger(id)) ? ids : undefined
}

const load = async () => {
  const client = new pg.Client({ connectionString: process.env["DATABASE_URL"] })
  await client.connect()
  const all = await client.query("SELECT array_agg(DISTINCT user_id) AS members FROM everpro_user.user_referral")
  const { rows } = await client.query(ReferralDirectoryStandIn.answersSql, [all.rows[0].members])
  await client.end()
  const parts = new Map()
  for (const { affiliatorId, memberId, referralId, userReferralId } of rows) {
    const part = affiliator([memberId, affiliatorId, referralId, userReferralId])
    const others = parts.get(Number(memberId))
    parts.set(Number(memberId), others === undefined ? part : Buffer.concat([others, part]))
  }
  return parts
}

const parts = await load()

const answer = (message) => {
  const ids = idsOf(message)
  const isAccepted =
    ids !== undefined &&
    ids.length <= ReferralDirectoryStandIn.MEMBERS_PER_REQUEST_MAX &&
    new Set(ids).size === ids.length
  if (!isAccepted) return undefined
  const found = ids.flatMap((id) => parts.get(id) ?? [])
  const prefix = Buffer.alloc(PREFIX_BYTES)
  prefix.writeUInt32BE(
    found.reduce((sum, { length }) => sum + length, 0),
    1
  )
  return Buffer.concat([prefix, ...found])
}

const server = http2.createServer()
server.on("stream", (stream, headers) => {
  const blocks = []
  stream.on("error", () => {})
  stream.on("data", (block) => blocks.push(block))
  stream.on("end", () => {
    const isKnown = headers[":path"] === PATH
    const answered = isKnown ? answer(Buffer.concat(blocks).subarray(PREFIX_BYTES)) : undefined
    const status = answered !== undefined ? STATUS.OK : isKnown ? STATUS.INVALID_ARGUMENT : STATUS.UNIMPLEMENTED
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": status }))
    stream.respond({ ":status": 200, "content-type": "application/grpc+proto" }, { waitForTrailers: true })
    stream.end(answered)
  })
})
const sessions = new Set()
server.on("session", (session) => sessions.add(session.once("close", () => sessions.delete(session))))
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`))
process.stdin.resume().once("end", () => {
  server.close()
  for (const session of sessions) session.destroy()
})
