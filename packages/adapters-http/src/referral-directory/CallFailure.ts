/**
 * Why a call of the user service failed, and whether it helps to call again.
 *
 * Only what the service says itself carries a gRPC status. Everything else is
 * what the transport made of a broken connection or of bytes that it could not
 * read, and its code says little: the cause decides.
 *
 * @since 0.1.0
 */
import { Code, ConnectError } from "@connectrpc/connect"
import { ReferralDirectoryError, type ReferralDirectoryReason } from "@reckoner/core/ports"

/** `isTriedAgain`: the client itself calls again, before it fails. */
interface Verdict {
  readonly reason: ReferralDirectoryReason
  readonly isRetryable: boolean
  readonly isTriedAgain: boolean
}

const UNREACHABLE: Verdict = { reason: "Unreachable", isRetryable: true, isTriedAgain: true }
const OVERLOADED: Verdict = { reason: "Unreachable", isRetryable: true, isTriedAgain: false }
const TOO_SLOW: Verdict = { reason: "TooSlow", isRetryable: true, isTriedAgain: true }
const REFUSED: Verdict = { reason: "Refused", isRetryable: false, isTriedAgain: false }
const INVALID_ANSWER: Verdict = { reason: "InvalidAnswer", isRetryable: false, isTriedAgain: false }

const BY_CODE: Readonly<Record<Code, Verdict>> = {
  [Code.Canceled]: OVERLOADED,
  [Code.Unknown]: INVALID_ANSWER,
  [Code.InvalidArgument]: REFUSED,
  [Code.DeadlineExceeded]: TOO_SLOW,
  [Code.NotFound]: REFUSED,
  [Code.AlreadyExists]: REFUSED,
  [Code.PermissionDenied]: REFUSED,
  [Code.ResourceExhausted]: OVERLOADED,
  [Code.FailedPrecondition]: REFUSED,
  [Code.Aborted]: OVERLOADED,
  [Code.OutOfRange]: REFUSED,
  [Code.Unimplemented]: REFUSED,
  [Code.Internal]: INVALID_ANSWER,
  [Code.Unavailable]: UNREACHABLE,
  [Code.DataLoss]: INVALID_ANSWER,
  [Code.Unauthenticated]: REFUSED
}

/** Codes by which the transport reports that the connection broke, or that time was up. */
const OF_TRANSPORT = new Set([Code.Unavailable, Code.DeadlineExceeded])
const OF_BROKEN_CONNECTION = new Set([Code.Canceled, Code.Aborted])

/** What the transport says when an answer ends before it is whole. */
const CUT_OFF = /^protocol error: (incomplete envelope|promised \d+ bytes)/

const HTTP_STATUS = /^HTTP \d/

/** Codes of Node and of OpenSSL for a handshake that one of the two sides does not accept. */
const TLS_CODE =
  /^(ERR_SSL_|ERR_TLS_|ERR_OSSL_|EPROTO$|CERT_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|HOSTNAME_|INVALID_CA|INVALID_PURPOSE)/

const SAID_CHARACTERS_MAX = 200

/** The codes of the errors below an error, from Node and OpenSSL. */
const nodeCodes = (error: ConnectError): ReadonlyArray<string> => {
  const codes: Array<string> = []
  const seen = new Set<unknown>()
  for (let cause = error.cause; cause instanceof Error && !seen.has(cause); cause = cause.cause) {
    seen.add(cause)
    if ("code" in cause && typeof cause.code === "string") codes.push(cause.code)
  }
  return codes
}

const isTls = (error: ConnectError): boolean => nodeCodes(error).some((code) => TLS_CODE.test(code))

const isSaidByService = ({ metadata, rawMessage }: ConnectError): boolean =>
  metadata.has("grpc-status") || HTTP_STATUS.test(rawMessage)

const verdictOf = (error: ConnectError): Verdict => {
  if (isSaidByService(error) || OF_TRANSPORT.has(error.code)) return BY_CODE[error.code] ?? INVALID_ANSWER
  if (isTls(error)) return REFUSED
  const isBroken = OF_BROKEN_CONNECTION.has(error.code) || nodeCodes(error).length > 0 || CUT_OFF.test(error.rawMessage)
  return isBroken ? UNREACHABLE : INVALID_ANSWER
}

/** One line, without control characters, whatever the other side wrote. */
const oneLine = (text: string): string => {
  // oxlint-disable-next-line no-control-regex -- they are what is taken out
  const line = text.replace(/[\s\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ").trim()
  return line.length > SAID_CHARACTERS_MAX ? `${line.slice(0, SAID_CHARACTERS_MAX)}…` : line
}

const WORD_START = /(?<=[a-z])(?=[A-Z])/g

const said = (error: ConnectError): string => {
  const [code = (Code[error.code] ?? "").replace(WORD_START, " ").toLowerCase()] = nodeCodes(error)
  const text = oneLine(error.rawMessage)
  if (code.startsWith("ERR_SSL_")) return code // what OpenSSL adds are places in its source
  return text.includes(code) ? text : text === "" ? code : `${code}: ${text}`
}

/**
 * Who was called, for messages.
 *
 * @category models
 * @since 0.1.0
 */
export interface Callee {
  /** Host and port, without anything secret. */
  readonly host: string
  readonly deadlineMs: number
}

const messageOf = ({ deadlineMs, host }: Callee, error: ConnectError, reason: ReferralDirectoryReason): string => {
  switch (reason) {
    case "Unreachable":
      return `the user service at ${host} does not serve (${said(error)}): check that it runs, its address and its load`
    case "TooSlow":
      return `the user service at ${host} did not answer within ${deadlineMs} ms: try again later or allow it more time`
    case "Refused":
      return isTls(error)
        ? `no trusted TLS connection to the user service at ${host} (${said(error)}): check certificates and settings`
        : `the user service at ${host} refuses the request (${said(error)}): correct the settings or ask its owners`
    case "InvalidAnswer":
      return invalidAnswer(host, said(error)).message
  }
}

/**
 * An answer that is none to what was asked. `why` is a clause for a person.
 *
 * @category errors
 * @since 0.1.0
 */
export const invalidAnswer = (host: string, why: string): ReferralDirectoryError =>
  new ReferralDirectoryError({
    reason: "InvalidAnswer",
    message: `the answer of the user service at ${host} cannot be used (${oneLine(why)}): report it to its owners`,
    isRetryable: false
  })

/**
 * The error of the port for whatever a call threw.
 *
 * @category errors
 * @since 0.1.0
 */
export const fromThrown = (callee: Callee, thrown: unknown): ReferralDirectoryError => {
  const cause = ConnectError.from(thrown)
  const { isRetryable, reason } = verdictOf(cause)
  return new ReferralDirectoryError({ reason, message: messageOf(callee, cause, reason), isRetryable, cause })
}

/**
 * Whether the client calls again by itself: the service cannot be reached or is
 * too slow, and did not ask to be left alone.
 *
 * @category queries
 * @since 0.1.0
 */
export const isTriedAgain = ({ cause }: ReferralDirectoryError): boolean =>
  cause instanceof ConnectError && verdictOf(cause).isTriedAgain
