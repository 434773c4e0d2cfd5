import { afterEach, beforeEach, describe, expect, it } from "vitest"
import * as StandIn from "./StandIn.ts"

const NOW = 1_000_000
const DATA = { name: "Ly", amount: "1 VND" }
const BODY = { phone: "84900000001", template_id: "77", template_data: DATA, tracking_id: "notice-1" }
const JSON_TYPE = { "content-type": "application/json" }
const FORM = { app_id: "4711", grant_type: "refresh_token", refresh_token: "first" }

describe("the stand-in of Zalo", () => {
  let standIn: StandIn.StandIn
  let now: number
  beforeEach(async () => {
    now = NOW
    standIn = await StandIn.start({
      appId: "4711",
      secretKey: "secret",
      templateId: "77",
      parameters: ["name", "amount"],
      refreshToken: "first",
      lifeSeconds: 60,
      quota: 2,
      now: () => now
    })
  })
  afterEach(() => standIn.close())

  const post = async (path: string, headers: Record<string, string>, body: string) => {
    const response = await fetch(`${standIn.url}${path}`, { method: "POST", headers, body })
    const text = await response.text()
    return { status: response.status, fields: (text === "" ? {} : JSON.parse(text)) as Record<string, unknown> }
  }
  const renew = (form: Record<string, string> = FORM, headers: Record<string, string> = { secret_key: "secret" }) =>
    post(
      StandIn.TOKEN_PATH,
      { "content-type": "application/x-www-form-urlencoded", ...headers },
      new URLSearchParams(form).toString()
    )
  const accessToken = async (): Promise<string> => (await renew()).fields["access_token"] as string
  const send = (token: string, body: unknown = BODY, headers: Record<string, string> = JSON_TYPE) =>
    post(
      StandIn.MESSAGE_PATH,
      { access_token: token, ...headers },
      typeof body === "string" ? body : JSON.stringify(body)
    )
  const { template_data: _, ...withoutData } = BODY

  it("sends a message, and says so", async () => {
    expect(await send(await accessToken())).toStrictEqual({
      status: 200,
      fields: {
        error: 0,
        message: "Success",
        data: { msg_id: "message-1", sent_time: "1000000", quota: { dailyQuota: "2", remainingQuota: "1" } }
      }
    })
    expect(standIn.sent()).toStrictEqual([
      {
        receipt: "message-1",
        phone: "84900000001",
        templateId: "77",
        templateData: DATA,
        trackingId: "notice-1",
        mode: undefined
      }
    ])
  })

  it.each<readonly [string, number, unknown]>([
    ["no body", -121, ""],
    ["no JSON", -122, "{"],
    ["a list", -122, [BODY]],
    ["a field too many", -122, { ...BODY, more: "" }],
    ["another mode", -122, { ...BODY, mode: "test" }],
    ["a phone with a plus", -108, { ...BODY, phone: "+84900000001" }],
    ["a phone with a blank", -108, { ...BODY, phone: "84 900000001" }],
    ["a phone that is a number", -108, { ...BODY, phone: 84_900_000_001 }],
    ["a short phone", -108, { ...BODY, phone: "8490000000" }],
    ["another template", -109, { ...BODY, template_id: "78" }],
    ["a template that is a number", -109, { ...BODY, template_id: 77 }],
    ["no data", -111, withoutData],
    ["empty data", -111, { ...BODY, template_data: {} }],
    ["a parameter missing", -112, { ...BODY, template_data: { name: "Ly" } }],
    ["an empty parameter", -112, { ...BODY, template_data: { ...DATA, name: "" } }],
    ["a parameter that is a number", -112, { ...BODY, template_data: { ...DATA, amount: 1 } }],
    ["a parameter too many", -112, { ...BODY, template_data: { ...DATA, more: "" } }],
    ["no tracking id", -122, { ...BODY, tracking_id: undefined }],
    ["a long tracking id", -122, { ...BODY, tracking_id: "x".repeat(49) }],
    ["the development mode", -120, { ...BODY, mode: "development" }]
  ])("refuses %s with %i, in HTTP 200", async (__, code, body) => {
    const { fields, status } = await send(await accessToken(), body)
    expect([status, fields["error"], standIn.sent()]).toStrictEqual([200, code, []])
  })

  it("refuses another content type", async () => {
    const { fields } = await send(await accessToken(), BODY, { "content-type": "text/plain" })
    expect(fields["error"]).toBe(-122)
  })

  it.each(["84900000001", "0900000001", "900000001"])(
    "knows the phone %s, and whom it must not tell",
    async (phone) => {
      standIn.refusePhone("84900000001", -118)
      const token = await accessToken()
      expect((await send(token, { ...BODY, phone })).fields["error"]).toBe(-118)
      expect((await send(token, { ...BODY, phone: "84900000002" })).fields["error"]).toBe(0)
    }
  )

  it("sends nothing at night, and no more than its quota", async () => {
    const token = await accessToken()
    standIn.setNight(true)
    expect((await send(token)).fields["error"]).toBe(-133)
    standIn.setNight(false)
    const codes = [await send(token), await send(token), await send(token)].map(({ fields }) => fields["error"])
    expect(codes).toStrictEqual([0, 0, -115])
  })

  it("knows its access tokens, until they expire", async () => {
    expect((await send("another")).fields["error"]).toBe(-124)
    const token = await accessToken()
    now = NOW + 59_999
    expect((await send(token)).fields["error"]).toBe(0)
    now = NOW + 60_000
    expect((await send(token)).fields["error"]).toBe(-124)
    now = NOW
    standIn.expireTokens()
    expect((await send(token)).fields["error"]).toBe(-124)
  })

  it("gives a new pair for each refresh token, once", async () => {
    const first = await renew()
    expect(first.fields).toStrictEqual({
      access_token: expect.any(String),
      refresh_token: expect.any(String),
      expires_in: "60"
    })
    expect((await renew()).fields["error"]).toBe(-14_014)
    const second = await renew({ ...FORM, refresh_token: first.fields["refresh_token"] as string })
    expect(second.fields["access_token"]).not.toBe(first.fields["access_token"])
    expect(standIn.refreshes()).toBe(2)
  })

  it.each<readonly [string, number, Record<string, string>, Record<string, string>]>([
    ["another secret key", -14_004, FORM, { secret_key: "another" }],
    ["no secret key", -14_004, FORM, {}],
    ["another content type", -14_001, FORM, { secret_key: "secret", "content-type": "application/json" }],
    ["another app id", -14_002, { ...FORM, app_id: "1" }, { secret_key: "secret" }],
    ["another grant type", -14_003, { ...FORM, grant_type: "code" }, { secret_key: "secret" }],
    ["another refresh token", -14_014, { ...FORM, refresh_token: "another" }, { secret_key: "secret" }],
    ["no refresh token", -14_014, { app_id: "4711", grant_type: "refresh_token" }, { secret_key: "secret" }]
  ])("gives no tokens to %s, and uses none up", async (__, code, form, headers) => {
    const { fields, status } = await renew(form, headers)
    expect([status, fields["error"], standIn.refreshes()]).toStrictEqual([200, code, 0])
    expect(await accessToken()).toMatch(/^access-token-1/)
  })

  it("uses a refresh token up though its answer is lost", async () => {
    standIn.scriptTokens({ _tag: "DropAfter" })
    await expect(renew()).rejects.toThrow("fetch failed")
    expect((await renew()).fields["error"]).toBe(-14_014)
  })

  it("has no other address, and takes nothing but POST", async () => {
    expect((await post("/message", JSON_TYPE, "{}")).status).toBe(404)
    expect((await fetch(`${standIn.url}${StandIn.MESSAGE_PATH}`)).status).toBe(404)
  })

  it("takes faults in turn, each for one request", async () => {
    const token = await accessToken()
    standIn.script({ _tag: "Refuse", code: -100 }, { _tag: "Status", status: 503 })
    expect((await send(token)).fields["error"]).toBe(-100)
    expect((await send(token)).status).toBe(503)
    expect((await send(token)).fields["error"]).toBe(0)
  })
})
