/**
 * Certificates for tests, made when they are needed: Node signs, and the few
 * lines of DER around that are written here, so no key lies in the repository.
 *
 * @since 0.1.0
 */
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto"

/**
 * A certificate with its key.
 *
 * @category models
 * @since 0.1.0
 */
export interface Certificate {
  readonly name: string
  readonly certPem: string
  readonly keyPem: string
  readonly key: KeyObject
}

const length = (bytes: number): ReadonlyArray<number> =>
  bytes < 128 ? [bytes] : bytes < 256 ? [129, bytes] : [130, bytes >> 8, bytes & 255]

const der = (tag: number, ...parts: ReadonlyArray<Uint8Array>): Uint8Array => {
  const content = Buffer.concat(parts)
  return Buffer.concat([Uint8Array.of(tag, ...length(content.length)), content])
}
const sequence = (...parts: ReadonlyArray<Uint8Array>) => der(0x30, ...parts)
const integer = (value: number) => der(0x02, Uint8Array.of(value))
const oid = (...bytes: ReadonlyArray<number>) => der(0x06, Uint8Array.from(bytes))
const text = (tag: number, value: string) => der(tag, Buffer.from(value))
const isTrue = der(0x01, Uint8Array.of(255))

const COMMON_NAME = oid(0x55, 0x04, 0x03)
const SUBJECT_ALT_NAME = oid(0x55, 0x1d, 0x11)
const BASIC_CONSTRAINTS = oid(0x55, 0x1d, 0x13)
const ECDSA_WITH_SHA256 = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02))
const VALIDITY = sequence(text(0x17, "200101000000Z"), text(0x17, "491231235959Z"))
const LOOPBACK = Uint8Array.of(127, 0, 0, 1)

const nameOf = (name: string) => sequence(der(0x31, sequence(COMMON_NAME, text(0x0c, name))))

const pem = (bytes: Uint8Array): string => {
  const lines =
    Buffer.from(bytes)
      .toString("base64")
      .match(/.{1,64}/g) ?? []
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n")
}

let serial = 0

/**
 * A certificate for 127.0.0.1, or of an authority when it has no issuer.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (name: string, issuer?: Certificate): Certificate => {
  const { privateKey: key, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const extension =
    issuer === undefined
      ? sequence(BASIC_CONSTRAINTS, isTrue, der(0x04, sequence(isTrue)))
      : sequence(SUBJECT_ALT_NAME, der(0x04, sequence(der(0x87, LOOPBACK))))
  const body = sequence(
    der(0xa0, integer(2)),
    integer((serial += 1)),
    ECDSA_WITH_SHA256,
    nameOf(issuer?.name ?? name),
    VALIDITY,
    nameOf(name),
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(extension))
  )
  const signature = sign("sha256", body, issuer?.key ?? key)
  const certificate = sequence(body, ECDSA_WITH_SHA256, der(0x03, Uint8Array.of(0), signature))
  return { name, key, certPem: pem(certificate), keyPem: key.export({ type: "pkcs8", format: "pem" }).toString() }
}
