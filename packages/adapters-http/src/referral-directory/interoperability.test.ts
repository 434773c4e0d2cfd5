import { fromBinary, toBinary } from "@bufbuild/protobuf"
import * as grpc from "@grpc/grpc-js"
import * as Effect from "effect/Effect"
import { afterEach, describe, expect, it } from "vitest"
import { everybody, failure, lookUp, members, referralOf, rowOf } from "../testing/directory.ts"
import {
  type GetAffiliatorsByMemberIdsRequest,
  GetAffiliatorsByMemberIdsRequestSchema,
  type GetAffiliatorsByMemberIdsResponse,
  GetAffiliatorsByMemberIdsResponseSchema
} from "./gen/everpro/user/v1/affiliate_service_pb.ts"
import * as StandIn from "./StandIn.ts"

const definition = {
  getAffiliatorsByMemberIds: {
    path: "/everpro.user.v1.AffiliateService/GetAffiliatorsByMemberIds",
    requestStream: false,
    responseStream: false,
    requestSerialize: (message: GetAffiliatorsByMemberIdsRequest) =>
      Buffer.from(toBinary(GetAffiliatorsByMemberIdsRequestSchema, message)),
    requestDeserialize: (bytes: Buffer) => fromBinary(GetAffiliatorsByMemberIdsRequestSchema, bytes),
    responseSerialize: (message: GetAffiliatorsByMemberIdsResponse) =>
      Buffer.from(toBinary(GetAffiliatorsByMemberIdsResponseSchema, message)),
    responseDeserialize: (bytes: Buffer) => fromBinary(GetAffiliatorsByMemberIdsResponseSchema, bytes)
  }
} as const satisfies grpc.ServiceDefinition

type Handler = grpc.handleUnaryCall<GetAffiliatorsByMemberIdsRequest, GetAffiliatorsByMemberIdsResponse>

const TYPE = "everpro.user.v1.GetAffiliatorsByMemberIdsResponse"
const LARGE = 9_007_199_254_740_993n

const closing: Array<() => void | Promise<void>> = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

describe("our client and a server of grpc-js", () => {
  const start = async (handler: Handler): Promise<string> => {
    const server = new grpc.Server()
    server.addService(definition, { getAffiliatorsByMemberIds: handler })
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error)
      )
    )
    closing.push(() => server.forceShutdown())
    return `http://127.0.0.1:${port}`
  }
  const answer: Handler = ({ request }, respond) => {
    const affiliators = request.memberIds.map((memberId) => ({
      $typeName: "everpro.user.v1.Affiliator" as const,
      ...rowOf(memberId)
    }))
    respond(null, { $typeName: TYPE, affiliators })
  }

  it("understand each other, exactly", async () => {
    const url = await start(answer)
    expect(await Effect.runPromise(lookUp({ url }, [`${LARGE}`]))).toStrictEqual([referralOf(LARGE)])
    expect(await Effect.runPromise(lookUp({ url }, members(2_500)))).toHaveLength(2_500)
  })

  it.each([
    [grpc.status.UNAVAILABLE, "Unreachable", true, 4],
    [grpc.status.RESOURCE_EXHAUSTED, "Unreachable", true, 1],
    [grpc.status.INVALID_ARGUMENT, "Refused", false, 1],
    [grpc.status.INTERNAL, "InvalidAnswer", false, 1]
  ])("agree on status %i", async (code, reason, isRetryable, attempts) => {
    let calls = 0
    const url = await start((_, respond) => {
      calls += 1
      respond({ code, details: "größer, as told" })
    })
    const error = await failure({ url })
    expect(error).toMatchObject({ reason, isRetryable })
    expect(error.message).toContain("größer, as told")
    expect(calls).toBe(attempts)
  })

  it("agree on deadlines and on who gives up", async () => {
    const cancelled: Array<boolean> = []
    const url = await start((call) => {
      call.on("cancelled", () => cancelled.push(call.cancelled))
    })
    expect(await failure({ url, deadlineMs: 200, attemptsMax: 2 })).toMatchObject({ reason: "TooSlow" })
    await expect.poll(() => cancelled, { timeout: 4_000 }).toStrictEqual([true, true])
  })
})

describe("a client of grpc-js and our stand-in", () => {
  const start = async () => {
    const standIn = await StandIn.start({ answers: everybody })
    const Client = grpc.makeGenericClientConstructor(definition, "AffiliateService")
    const client = new Client(`127.0.0.1:${standIn.port}`, grpc.credentials.createInsecure())
    closing.push(() => client.close(), standIn.close)
    const ask = (memberIds: Array<bigint>, deadline = Date.now() + 5_000) =>
      new Promise<GetAffiliatorsByMemberIdsResponse>((resolve, reject) => {
        const request = { $typeName: "everpro.user.v1.GetAffiliatorsByMemberIdsRequest", memberIds }
        client.getAffiliatorsByMemberIds!(
          request,
          { deadline },
          (error: grpc.ServiceError | null, response: GetAffiliatorsByMemberIdsResponse) =>
            error === null ? resolve(response) : reject(error)
        )
      })
    return { standIn, ask }
  }

  it("understand each other, exactly", async () => {
    const { ask, standIn } = await start()
    const { affiliators } = await ask([LARGE])
    expect(affiliators).toMatchObject([rowOf(LARGE)])
    expect(standIn.calls()[0]!.deadlineMs).toBeGreaterThan(1_000)
  })

  it("agree on refusals", async () => {
    const { ask } = await start()
    await expect(ask([1n, 1n])).rejects.toMatchObject({
      code: grpc.status.INVALID_ARGUMENT,
      details: "a member_id is given twice"
    })
  })

  it("agree on deadlines", async () => {
    const { ask, standIn } = await start()
    standIn.script({ _tag: "Hang" })
    await expect(ask([1n], Date.now() + 300)).rejects.toMatchObject({ code: grpc.status.DEADLINE_EXCEEDED })
    expect(await standIn.calls()[0]!.ended).toBe("Cancelled")
  })
})
