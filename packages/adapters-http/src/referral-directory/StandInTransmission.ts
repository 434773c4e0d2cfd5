/**
 * How the stand-in breaks a connection: below gRPC, where a real one breaks.
 *
 * @since 0.1.0
 */
import { toBinary } from "@bufbuild/protobuf"
import type { ServerHttp2Stream } from "node:http2"
import type { Socket } from "node:net"
import {
  type GetAffiliatorsByMemberIdsResponse,
  GetAffiliatorsByMemberIdsResponseSchema
} from "./gen/everpro/user/v1/affiliate_service_pb.ts"

/** A gRPC message is preceded by a byte of flags and its length. */
const ENVELOPE_BYTES = 5

const sockets = new Map<string, Socket>()

const nameOf = ({ localPort, remotePort }: Pick<Socket, "localPort" | "remotePort">): string =>
  `${localPort} ${remotePort}`

/**
 * Remembers a connection. A session guards its socket against being cut off, so
 * the socket is found by its ports.
 *
 * @category commands
 * @since 0.1.0
 */
export const remember = (socket: Socket): void => {
  const name = nameOf(socket)
  sockets.set(name, socket)
  socket.once("close", () => sockets.delete(name))
}

/**
 * Cuts off the connection of a stream, without a word.
 *
 * @category commands
 * @since 0.1.0
 */
export const drop = (stream: ServerHttp2Stream | undefined): void => {
  const socket = stream?.session?.socket
  if (socket !== undefined) sockets.get(nameOf(socket))?.destroy()
}

/**
 * Sends the first half of an answer.
 *
 * @category commands
 * @since 0.1.0
 */
export const sendHalf = (
  stream: ServerHttp2Stream | undefined,
  message: GetAffiliatorsByMemberIdsResponse
): Promise<void> => {
  const body = toBinary(GetAffiliatorsByMemberIdsResponseSchema, message)
  const envelope = Buffer.alloc(ENVELOPE_BYTES + body.length)
  envelope.writeUInt32BE(body.length, 1)
  envelope.set(body, ENVELOPE_BYTES)
  return new Promise((resolve) => {
    stream?.respond({ ":status": 200, "content-type": "application/grpc+proto" }, { waitForTrailers: true })
    stream?.write(envelope.subarray(0, ENVELOPE_BYTES + (body.length >> 1)), () => resolve())
  })
}
