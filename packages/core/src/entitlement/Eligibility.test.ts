import { describe, expect, it } from "vitest"
import * as Eligibility from "./Eligibility.ts"

const department: Eligibility.Department = {
  departmentId: 1,
  isActive: true,
  companyIsActive: true,
  companyModuleIds: new Set([40, 50]),
  membershipSettings: new Set(["F"])
}

describe("Eligibility", () => {
  it.each<[string, Partial<Eligibility.Department>, boolean]>([
    ["everything in order", {}, true],
    ["department not active", { isActive: false }, false],
    ["company not active", { companyIsActive: false }, false],
    ["no module at all", { companyModuleIds: new Set() }, false],
    ["another module only", { companyModuleIds: new Set([40, 5, 500]) }, false],
    ["no setting", { membershipSettings: new Set() }, false],
    ["another value of the setting", { membershipSettings: new Set(["T", "f", "F "]) }, false],
    ["the value beside another one", { membershipSettings: new Set(["T", "F"]) }, true]
  ])("%s: %s", (_, change, expected) => {
    expect(Eligibility.isInScope({ ...department, ...change })).toBe(expected)
  })
})
