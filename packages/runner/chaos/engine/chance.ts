/** Numbers that look random and are the same for the same seed. */
import { createHash } from "node:crypto"

/** Numbers from 0 to 1, without 1, that depend on a text. */
export const chanceOf = (text: string): (() => number) => {
  let drawn = 0
  return () => createHash("sha256").update(`${text} ${drawn++}`).digest().readUInt32BE(0) / 2 ** 32
}
