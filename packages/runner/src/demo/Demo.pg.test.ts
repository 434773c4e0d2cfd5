import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { reckoner } from "../testing/childProcess.ts"

let folder: string
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "reckoner-demo-"))
  // As root the embedded server runs as another user, who must get in.
  fs.chmodSync(folder, 0o711)
})
afterEach(() => {
  fs.rmSync(folder, { recursive: true, force: true })
})

describe("reckoner demo", () => {
  it("tells who gets what, until when and why, and leaves DATABASE_URL alone", async () => {
    const env = { RECKONER_DATA: path.join(folder, "data"), DATABASE_URL: "postgres://127.0.0.1:1/never-touched" }
    const { code, stderr, stdout } = await reckoner(["demo"], env)
    expect([code, stderr]).toStrictEqual([0, ""])
    expect(stdout).toContain("DATABASE_URL is set: the demo leaves that server alone.")
    expect(stdout).toContain(
      [
        "Invoice 1002, Boris, paid for 1 × Gym access",
        "  gets  1 × Gym access",
        "  from  2026-02-28 through 2026-03-30 (2026-03-31 is the first day not covered)",
        "  why   The subscription renews every month on the 31st, counted from 2026-01-31; the latest renewal",
        "        on or before the invoice date is 2026-02-28, the last day of a month without a 31st. Gym"
      ].join("\n")
    )
    expect(stdout).toContain("  gets  2 × Gym access, 8 × Sauna visit, 8 × Towel\n")
    expect(stdout).toContain("  gets  5 × Sauna visit\n")
    expect(stdout).toContain("  note  Smoothie: the member has no subscription for it, so the line grants nothing\n")
    expect(stdout).toContain(
      "Invoice 1010, Boris, paid for 1 × Starter package\n" +
        "  why   Starter package is a package with nothing in it: give it a bill of materials\n"
    )
    expect(stdout).toContain("  why   Old Mill Fitness is no longer active\n")
    expect(stdout).toContain(
      [
        "Shipment SO-1002 of Citra, returned, shipped for 31000.00 IDR",
        "  gets  Ayu: 155.00 IDR",
        "  why   155.00 IDR is the affiliate's cashback of 775.00 (by the newest cashback row of the order)",
        "        less the member's of 620.00"
      ].join("\n")
    )
    expect(stdout).toContain("  gets  Raka: not known yet\n")
    expect(stdout).toContain("  why   nobody referred the member, so nobody gets a commission\n")
    expect(stdout).toMatch(/\n {2}orders inserted +4 +0\n {2}orders changed +0 +0\n {2}orders unchanged +0 +4\n/)
    expect(stdout).toContain("fills in SO-1004: 350.00 IDR.")
    expect(stdout).toContain("    item 402: 13334 VND is 10 % of 133335 VND, rounded, a half away from zero\n")
    expect(stdout).toContain("  order 9001: would change\n    commission 165001 VND -> 175001 VND\n")
    expect(stdout).toContain(
      "linh@shop.example has shown a token, signed with a key of this demo, that says: approver.\n"
    )
    expect(stdout).toContain("  invoice 301: refused (OrderNotApproved)")
    expect(stdout).toContain("  wallets before  user 71 0 VND, user 72 0 VND\n")
    expect(stdout).toContain("  wallets after   user 71 113334 VND, user 72 28333 VND\n")
    expect(stdout).toContain("A second click books nothing:\n  invoice 301: unchanged\n")
    expect(stdout).toMatch(/\n {2}entitlements written +10 +0\n/)
    expect(stdout).toContain("The second run found nothing new")
    expect(stdout).toMatch(/--help +all commands and exit codes\n$/)

    const again = await reckoner(["demo"], env)
    expect(again).toStrictEqual({ code, stderr, stdout })
  })
})
