/**
 * One HTTP request over a real socket, for tests.
 *
 * @since 0.1.0
 */
import { type IncomingHttpHeaders, request } from "node:http"

/**
 * What came back.
 *
 * @category testing
 * @since 0.1.0
 */
export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/**
 * Sends a request and reads the answer to its end. A body is sent in chunks,
 * without its length, unless a header gives that.
 *
 * @category testing
 * @since 0.1.0
 */
export const send = (
  url: string,
  options: {
    readonly method?: string
    readonly headers?: Readonly<Record<string, string>>
    readonly body?: string
  } = {}
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const sent = request(
      url,
      { agent: false, method: options.method ?? "GET", headers: { ...options.headers } },
      (response) => {
        let body = ""
        response.setEncoding("utf8")
        response.on("data", (text: string) => (body += text))
        response.on("error", reject)
        response.on("end", () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body })
        })
      }
    ).on("error", reject)
    if (options.body !== undefined) sent.write(options.body)
    sent.end()
  })
