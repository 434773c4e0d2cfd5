import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import * as ZnsSettings from "./ZnsSettings.ts"

const values: ZnsSettings.Values = {
  znsAppId: Option.some("123"),
  znsSecretKey: Option.some(Redacted.make("s")),
  znsTemplateId: Option.some("7"),
  znsRefreshToken: Option.none(),
  znsUrl: Option.none(),
  znsOauthUrl: Option.none(),
  znsMode: "production"
}

const none: ZnsSettings.Values = {
  ...values,
  znsAppId: Option.none(),
  znsSecretKey: Option.none(),
  znsTemplateId: Option.none()
}

describe("ZnsSettings", () => {
  it.each([
    ["znsAppId", "123", true],
    ["znsAppId", "12a", false],
    ["znsTemplateId", "7895417", true],
    ["znsTemplateId", "", false],
    ["znsSecretKey", "a b", false],
    ["znsUrl", "https://business.openapi.zalo.me", true],
    ["znsUrl", "https://business.openapi.zalo.me/", true],
    ["znsUrl", "https://business.openapi.zalo.me/x", false],
    ["znsUrl", "https://user:word@zalo.me", false],
    ["znsOauthUrl", "ftp://zalo.me", false],
    ["znsMode", "development", true],
    ["znsMode", "test", false]
  ] as const)("takes for %s the text %j: %s", (name, text, isTaken) => {
    expect(Option.isSome(ZnsSettings.settings[name].parse(text) as Option.Option<unknown>)).toBe(isTaken)
  })

  it("drops the slash at the end of an address", () => {
    expect(ZnsSettings.settings.znsUrl.parse("http://127.0.0.1:1/")).toStrictEqual(
      Option.some(Option.some("http://127.0.0.1:1"))
    )
  })

  it("needs the application, its secret key and the template together", async () => {
    const refusal = async (some: ZnsSettings.Values) => {
      const result = await Effect.runPromise(Effect.result(ZnsSettings.checkTogether(some)))
      return Result.isFailure(result) ? `${result.failure.name}: ${result.failure.allowed}` : undefined
    }
    expect(await refusal(values)).toBeUndefined()
    expect(await refusal(none)).toBeUndefined()
    for (const [missing, told] of [
      ["znsAppId", "ZNS_SECRET_KEY: set together with ZNS_APP_ID"],
      ["znsSecretKey", "ZNS_APP_ID: set together with ZNS_SECRET_KEY"],
      ["znsTemplateId", "ZNS_APP_ID: set together with ZNS_TEMPLATE_ID"]
    ] as const) {
      expect(await refusal({ ...values, [missing]: Option.none() })).toBe(told)
    }
  })

  it("knows the application once it is whole", () => {
    expect(Option.map(ZnsSettings.application(values), ({ appId }) => appId)).toStrictEqual(Option.some("123"))
    expect(ZnsSettings.application(none)).toStrictEqual(Option.none())
  })
})
