import { describe, expect, it } from "vitest"
import * as Actor from "./Actor.ts"

const actor = (...roles: ReadonlyArray<Actor.Role>): Actor.Actor => ({ id: "linh", roles: new Set(roles) })

describe("Actor", () => {
  it.each([
    [[], false, false, false],
    [["reader"], true, false, false],
    [["approver"], true, true, false],
    [["approver-revoked"], true, true, true],
    [["reader", "approver"], true, true, false],
    [["approver", "approver-revoked"], true, true, true]
  ] as ReadonlyArray<[ReadonlyArray<Actor.Role>, boolean, boolean, boolean]>)(
    "with the roles %j may read: %s, change: %s, approve what is revoked: %s",
    (roles, mayRead, mayChange, mayApproveRevoked) => {
      const self = actor(...roles)
      expect([Actor.mayRead(self), Actor.mayChange(self), Actor.mayApproveRevoked(self)]).toStrictEqual([
        mayRead,
        mayChange,
        mayApproveRevoked
      ])
    }
  )
})
