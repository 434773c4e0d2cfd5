import * as OpenApi from "effect/http-api/OpenApi"
import { describe, expect, it } from "vitest"
import { Api } from "./Api.ts"
import * as CommissionGroup from "./CommissionGroup.ts"
import * as Routes from "./Routes.ts"

const spec = OpenApi.fromApi(Api) as any

describe("Api", () => {
  it("has a route for every path and method that it describes", () => {
    for (const [path, operations] of Object.entries<Record<string, unknown>>(spec.paths)) {
      const route = Routes.find(path.replaceAll(/\{\w+\}/g, "1"))
      for (const method of Object.keys(operations)) {
        expect([path, route?.methods.includes(method.toUpperCase())]).toStrictEqual([path, true])
      }
    }
  })

  it("says which token each path asks for, as its route does", () => {
    for (const [path, operations] of Object.entries<Record<string, any>>(spec.paths)) {
      const route = Routes.find(path.replaceAll(/\{\w+\}/g, "1"))!
      const scheme = route.role === undefined ? (route.isPrivate === true ? "privateBearer" : "bearer") : "actorBearer"
      for (const { security } of Object.values(operations)) {
        expect([path, security]).toStrictEqual([path, path === "/healthz" ? [] : [{ [scheme]: [] }]])
      }
    }
    expect(Object.keys(spec.components.securitySchemes)).toStrictEqual(["bearer", "privateBearer", "actorBearer"])
    expect(spec.components.securitySchemes.actorBearer).toMatchObject({ scheme: "bearer", bearerFormat: "JWT" })
  })

  it("describes the changes of commissions, with their key, their body and every problem", () => {
    for (const [path, statuses] of [
      [CommissionGroup.STATUS_PATH, ["200", "400", "401", "403", "409", "413", "415", "422", "500", "503"]],
      [CommissionGroup.PERCENT_PATH, ["200", "400", "401", "403", "404", "409", "413", "415", "422", "500", "503"]],
      [CommissionGroup.WALLET_PATH, ["200", "400", "401", "403", "404", "409", "413", "415", "422", "500", "503"]]
    ] as const) {
      const { description, parameters, requestBody, responses, summary } = spec.paths[path].post
      expect([typeof summary, typeof description]).toStrictEqual(["string", "string"])
      expect(parameters.map(({ in: place, name, required }: any) => [place, name, required])).toStrictEqual([
        ["header", "idempotency-key", false]
      ])
      expect(Object.keys(requestBody.content)).toStrictEqual(["application/json"])
      expect(Object.keys(responses)).toStrictEqual(statuses)
      expect(Object.keys(responses["409"].content)).toStrictEqual(["application/problem+json"])
    }
    const { CommissionStatusChangeInput } = spec.components.schemas
    expect(CommissionStatusChangeInput.examples).toStrictEqual([
      { type: "invoice", newStatus: "approve", ids: ["101", "102"] }
    ])
  })

  it("describes the lists with all that their routes take", () => {
    for (const path of [CommissionGroup.ORDERS_PATH, CommissionGroup.INVOICES_PATH]) {
      const { parameters } = spec.paths[path].get
      expect(parameters.map(({ name }: any) => name)).toStrictEqual(CommissionGroup.LIST_PARAMETERS)
      expect(Routes.find(path)?.parameters).toStrictEqual(CommissionGroup.LIST_PARAMETERS)
      for (const { description, schema } of parameters) expect(description ?? schema.description).toMatch(/\w/)
    }
  })
})
