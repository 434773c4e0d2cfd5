import { describe, expect, it } from "vitest"
import { formatSizes, isTooLarge, namespacesOf } from "./size.ts"

const size = (bytes: number, gzippedBytes: number) => ({ name: "Money.parse", bytes, gzippedBytes })

describe("size", () => {
  it("namespacesOf: finds the concepts of an index", () => {
    const index = '/** Core. */\nexport * as Money from "./money/Money.ts"\nexport * as Rate from "./money/Rate.ts"\n'
    expect(namespacesOf(index)).toStrictEqual([
      ["Money", "money/Money"],
      ["Rate", "money/Rate"]
    ])
  })

  it.each([
    [23_999, 7_999, false],
    [24_000, 1, true],
    [1, 8_000, true]
  ])("isTooLarge: %d bytes, %d gzipped is %s", (bytes, gzippedBytes, expected) => {
    expect(isTooLarge(size(bytes, gzippedBytes))).toBe(expected)
  })

  it("formatSizes: marks what is too large", () => {
    const lines = formatSizes([size(1_500, 700), size(30_000, 700)])
    expect(lines.map((line) => line.endsWith("too large"))).toStrictEqual([false, false, true, false])
    expect(lines[1]).toContain("1.5 kB")
  })
})
