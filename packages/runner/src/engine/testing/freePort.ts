/**
 * A TCP port that nobody listens on, for tests.
 *
 * @since 0.1.0
 */
import { once } from "node:events"
import { type AddressInfo, createServer } from "node:net"

/**
 * Finds a free port of this machine.
 *
 * @category testing
 * @since 0.1.0
 */
export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, "close")
  return port
}
