/**
 * Tokens of people, for tests: an issuer with a key of its own.
 *
 * @since 0.1.0
 */
import {
  exportJWK,
  generateKeyPair,
  type JSONWebKeySet,
  type JWTHeaderParameters,
  type JWTPayload,
  SignJWT
} from "jose"

/**
 * Who issues the tokens.
 *
 * @category testing
 * @since 0.1.0
 */
export const ISSUER = "https://login.example.com"

/**
 * Who the tokens are for.
 *
 * @category testing
 * @since 0.1.0
 */
export const AUDIENCE = "reckoner"

/**
 * An issuer: its public keys, and tokens as it makes them, good for an hour
 * unless their claims say otherwise. A claim that is `undefined` is left out.
 *
 * @category testing
 * @since 0.1.0
 */
export interface Issuer {
  readonly keySet: JSONWebKeySet
  readonly token: (claims?: Readonly<Record<string, unknown>>, header?: Partial<JWTHeaderParameters>) => Promise<string>
}

const HOUR_SECONDS = 3_600

/**
 * Makes an issuer with a new key.
 *
 * @category testing
 * @since 0.1.0
 */
export const makeIssuer = async (kid = "key-1", alg = "ES256"): Promise<Issuer> => {
  const { privateKey, publicKey } = await generateKeyPair(alg)
  return {
    keySet: { keys: [{ ...(await exportJWK(publicKey)), kid, alg, use: "sig" }] },
    token: (claims = {}, header = {}) => {
      const now = Math.floor(Date.now() / 1000)
      const payload: JWTPayload = {
        iss: ISSUER,
        aud: AUDIENCE,
        sub: "mai@example.com",
        roles: ["approver"],
        exp: now + HOUR_SECONDS,
        ...claims
      }
      return new SignJWT(payload).setProtectedHeader({ alg, kid, ...header }).sign(privateKey)
    }
  }
}
