import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import * as JsonBody from "./JsonBody.ts"

const read = (text: string): unknown =>
  Result.match(JsonBody.parse(text), { onSuccess: (body) => body, onFailure: ({ kind, message }) => [kind, message] })

const NO_OBJECT = ["BadRequest", "The body must be a JSON object."]

describe("JsonBody", () => {
  describe("parse", () => {
    it.each(["", " ", "{", "[]", "null", '"a"', "7", "{a:1}", '{"a":1,}', "[".repeat(60_000), "NaN", '{"a":01}'])(
      "refuses what is no object: %s",
      (text) => {
        expect(read(text)).toStrictEqual(NO_OBJECT)
      }
    )

    it.each([
      ['{"a":1,"a":1}', "a"],
      ['{"a":1,"\\u0061":2}', "a"],
      ['{ "dryRun" : true, "b": {"c": [1]}, "dryRun" :false}', "dryRun"],
      ['{"__proto__":1,"__proto__":2}', "__proto__"],
      ['{"a:":{"b":"\\"}"},"a:":1}', "a:"]
    ])("refuses a member that is named twice: %s", (text, name) => {
      expect(read(text)).toStrictEqual(["BadRequest", `The member ${JSON.stringify(name)} may be given once.`])
    })

    it.each([
      "9007199254740992",
      "9007199254740993",
      "-9007199254740992",
      "0.1234567890123456",
      "5.0000000000000001",
      "1e400"
    ])("refuses a number that would be another one: %s", (number) => {
      expect(read(`{"a":[1,{"b":${number}}]}`)).toStrictEqual([
        "BadRequest",
        `The number ${number} is too long: write it as text.`
      ])
    })

    it("takes names again in inner objects, colons and numbers in texts, and numbers that are exact", () => {
      const text =
        '{"a":{"a":1,"b":[{"a":2}]},"b":"a\\":7 99999999999999999999","c":9007199254740991,"d":-0.0001,"e":1.5E+2,"f":12.50}'
      expect(read(text)).toStrictEqual({
        a: { a: 1, b: [{ a: 2 }] },
        b: 'a":7 99999999999999999999',
        c: 9_007_199_254_740_991,
        d: -0.0001,
        e: 150,
        f: 12.5
      })
    })
  })
})
