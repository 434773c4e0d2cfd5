/**
 * Instants as people write them.
 *
 * @since 0.1.0
 */
import { PlainDate } from "@reckoner/core"
import * as Option from "effect/Option"
import * as Result from "effect/Result"

/**
 * Reads an instant in ISO form with an offset or `Z`: milliseconds since 1970-01-01T00:00Z.
 *
 * @category decoding
 * @since 0.1.0
 */
export const parse = (text: string): Option.Option<number> => {
  const found =
    /^(\d{4}-\d\d-\d\d)T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/.exec(text)
  if (found === null || Result.isFailure(PlainDate.parse(found[1]!))) return Option.none()
  const atMs = Date.parse(text)
  return Number.isNaN(atMs) ? Option.none() : Option.some(atMs)
}
