import { Currency, Money } from "@reckoner/core"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import * as Wire from "./wire.ts"

/** The codes of the fact book, by their classes; those that it names without a class wait for a person. */
const CODES: Readonly<Record<Exclude<Wire.Verdict["_tag"], "Sent" | "Unknown">, ReadonlyArray<number>>> = {
  TokenRefused: [-124],
  TryLater: [-100],
  NotAtNight: [-133],
  Recipient: [-108, -110, -114, -118, -119, -139, -141],
  NeedsOperator: [
    -101, -102, -103, -104, -105, -106, -107, -109, -111, -112, -113, -115, -116, -117, -120, -121, -122, -125, -126,
    -131, -132, -135, -137, -144, -146, -147
  ]
}
const ROWS = Object.entries(CODES).flatMap(([tag, codes]) => codes.map((code) => [code, tag] as const))

const answer = (code: unknown, message: unknown = "as told") => JSON.stringify({ error: code, message })

describe("an answer to a message", () => {
  it.each(ROWS)("with the code %i is %s, and says so", (code, tag) => {
    const verdict = Wire.readAnswer(200, answer(code))
    expect(verdict).toStrictEqual({ _tag: tag, reason: expect.stringContaining(`${code}: `) })
    expect(verdict).toStrictEqual({ _tag: tag, reason: expect.stringMatching(/ \(as told\)$/) })
    expect(Wire.readAnswer(200, answer(String(code)))).toStrictEqual(verdict)
  })

  it("names each code that is known in other words", () => {
    const reasons = ROWS.map(([code]) => Wire.readAnswer(200, answer(code, "")))
      .map((verdict) => ("reason" in verdict ? verdict.reason : "").replace(/^.*?: /, ""))
      .filter((reason) => reason !== "a code that is not known here")
    expect(new Set(reasons).size).toBe(ROWS.length - 2)
  })

  it.each([-1, -107, -125, -999, 1, 400, -123456789])("with the unknown code %i waits for a person", (code) => {
    expect(Wire.readAnswer(200, answer(code))).toStrictEqual({
      _tag: "NeedsOperator",
      reason: `the Zalo service answered ${code}: a code that is not known here (as told)`
    })
  })

  it.each([
    ["its name", { msg_id: "abc" }, "abc"],
    ["its name as a number", { msg_id: 12 }, "12"],
    ["no name", {}, ""],
    ["no data", undefined, ""],
    ["no data but a list", ["x"], ""]
  ])("with the code 0 is Sent: %s", (_, data, receipt) => {
    for (const error of [0, "0"]) {
      expect(Wire.readAnswer(200, JSON.stringify({ error, message: "Success", data }))).toStrictEqual({
        _tag: "Sent",
        receipt
      })
    }
  })

  it.each(["", "<html>", "{", "null", "[]", "0", '"0"', "{}", '{"error":null}', '{"error":0.5}', '{"error":"no"}'])(
    "that cannot be read may be one to a message that was sent: %s",
    (body) => {
      for (const status of [200, 202, 299]) {
        expect(Wire.readAnswer(status, body)).toStrictEqual({
          _tag: "Unknown",
          reason: expect.stringContaining("read")
        })
      }
    }
  )

  it.each([
    [500, "", "TryLater"],
    [502, "<html>", "TryLater"],
    [503, answer(-115), "TryLater"],
    [599, answer(0), "TryLater"],
    [429, "", "TryLater"],
    [429, answer(0), "TryLater"],
    [400, answer(-118), "Recipient"],
    [401, answer(-124), "TokenRefused"],
    [400, "", "NeedsOperator"],
    [404, "<html>", "NeedsOperator"],
    [403, answer(0), "NeedsOperator"],
    [302, "", "NeedsOperator"],
    [307, "", "NeedsOperator"]
  ])("with HTTP %i and the body %s is %s", (status, body, tag) => {
    expect(Wire.readAnswer(status, body)._tag).toBe(tag)
  })

  it("is quoted in one short line", () => {
    const verdict = Wire.readAnswer(200, answer(-100, `first\n\u0007\u2028 second ${"x".repeat(5_000)}`))
    const reason = "reason" in verdict ? verdict.reason : ""
    expect(reason).toMatch(/^[^\p{C}\p{Zl}\p{Zp}]+$/u)
    expect(reason).toContain("(first second xxx")
    expect(reason.length).toBeLessThan(300)
  })

  it.each([undefined, null, "", " \n", {}, true])("is not quoted where it says nothing: %j", (message) => {
    expect(Wire.readAnswer(200, JSON.stringify({ error: -100, message }))).toStrictEqual({
      _tag: "TryLater",
      reason: "the Zalo service answered -100: unknown error, try later"
    })
  })
})

describe("a phone number", () => {
  it.each([
    "84987654321",
    "+84987654321",
    "0987654321",
    " 0987 654 321 ",
    "0987.654.321",
    "(+84) 987-654-321",
    "+84\u00a0987 65 43 21"
  ])("%s is 84987654321", (phone) => {
    expect(Wire.phoneOf(phone)).toBe("84987654321")
  })

  it.each([
    undefined,
    "",
    " ",
    "no phone",
    "987654321",
    "098765432",
    "09876543210",
    "8498765432",
    "849876543210",
    "840987654321",
    "0087654321",
    "++84987654321",
    "+0987654321",
    "0084987654321",
    "+14155550123",
    "0987654321, 0987654322",
    "0987654321x",
    "٠٩٨٧٦٥٤٣٢١"
  ])("%s cannot be used", (phone) => {
    expect(Wire.phoneOf(phone)).toBeUndefined()
  })
})

describe("a request", () => {
  const currency = (code: string) => Result.getOrThrow(Currency.parse(code))
  const message = {
    id: "notice-1",
    phone: "0987654321",
    affiliateName: 'Nguyễn "Ly"',
    orderCode: "ORD-1",
    invoiceCode: "INV-1",
    amount: Money.make(1_250_000n, currency("VND"))
  }
  const body = {
    phone: "84987654321",
    template_id: "77",
    template_data: {
      affiliate_name: 'Nguyễn "Ly"',
      order_code: "ORD-1",
      invoice_code: "INV-1",
      amount: "1250000 VND"
    },
    tracking_id: "notice-1"
  }
  const options = { phone: "84987654321", templateId: "77", mode: undefined }

  it("holds what the template tells, as text", () => {
    expect(Wire.requestOf(message, options)).toStrictEqual(body)
  })

  it("says that it is for development, where it is", () => {
    expect(Wire.requestOf(message, { ...options, mode: "development" })).toStrictEqual({ mode: "development", ...body })
  })

  it("writes the amount in plain decimals", () => {
    const amount = Money.make(1_234_567_890_123_456_789n, currency("USD"))
    expect(Wire.requestOf({ ...message, amount }, options).template_data.amount).toBe("12345678901234567.89 USD")
  })
})

describe("an answer of the token service", () => {
  const AT = 1_000_000
  const shown = (renewal: Wire.Renewal) =>
    renewal._tag === "Renewed"
      ? [
          Redacted.value(renewal.pair.accessToken),
          Redacted.value(renewal.pair.refreshToken),
          renewal.pair.expiresAt - AT
        ]
      : renewal._tag
  const read = (status: number, body: unknown) =>
    Wire.readTokenAnswer(status, typeof body === "string" ? body : JSON.stringify(body), AT)
  const pair = { access_token: "a", refresh_token: "r" }

  it.each([
    ["a number", { ...pair, expires_in: 90_000 }, 90_000_000],
    ["text", { ...pair, expires_in: "90000" }, 90_000_000],
    ["nothing", pair, 3_600_000],
    ["no number", { ...pair, expires_in: "soon" }, 3_600_000],
    ["less than nothing", { ...pair, expires_in: -1 }, 3_600_000],
    ["no time", { ...pair, expires_in: 0 }, 0],
    ["a number, and an error beside it", { ...pair, expires_in: 90_000, error: -1 }, 90_000_000]
  ])("gives a pair whose life is %s", (_, body, lifeMs) => {
    for (const status of [200, 500]) expect(shown(read(status, body))).toStrictEqual(["a", "r", lifeMs])
  })

  it("says that the token is refused, and what to do", () => {
    expect(read(200, { error: -14_014, error_name: "Invalid refresh token" })).toStrictEqual({
      _tag: "Refused",
      reason:
        "the Zalo token service refused the refresh token (-14014) (Invalid refresh token): set a new refresh token, and check the app id and the secret key"
    })
  })

  it.each([
    [200, { error: "-14014" }, "Refused"],
    [400, { error: -14_014 }, "Refused"],
    [404, "", "Refused"],
    [302, "", "Refused"],
    [500, { error: -14_014 }, "Failed"],
    [503, "", "Failed"],
    [429, "", "Failed"],
    [200, "<html>", "Failed"],
    [200, { error: 0 }, "Failed"],
    [200, { access_token: "a" }, "Failed"],
    [200, { refresh_token: "r" }, "Failed"],
    [200, { access_token: "", refresh_token: "r" }, "Failed"]
  ])("with HTTP %i and %j is %s", (status, body, tag) => {
    expect(read(status, body)._tag).toBe(tag)
  })

  it("is asked for with a form", () => {
    expect(Wire.tokenFormOf("app", Redacted.make("r"))).toStrictEqual({
      app_id: "app",
      grant_type: "refresh_token",
      refresh_token: "r"
    })
  })
})
