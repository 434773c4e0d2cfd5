import * as NodeServices from "@effect/platform-node/NodeServices"
import { AffiliateNotifier } from "@reckoner/core/ports"
import { MemoryCommissionStore, MemoryNoticeOutbox, MemoryTokenStore } from "@reckoner/core/testing"
import {
  ACTIVE_AFFILIATE,
  COMMISSION_SETTINGS,
  type CommissionSample,
  commissionSample,
  REVOKED_AFFILIATE
} from "@reckoner/core/testing/contracts"
import { ApprovalState } from "@reckoner/core"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { TestConsole } from "effect/testing"
import { describe, expect, it } from "vitest"
import * as ExitCode from "../ExitCode.ts"
import * as Commissions from "./Commissions.ts"
import * as Reckoner from "./Reckoner.ts"

/** A command line on commissions in memory. What it printed before it failed is told too. */
const opened = (samples: Readonly<Record<string, CommissionSample>> = { 5: {} }) => {
  const outbox = MemoryNoticeOutbox.make()
  const memory = MemoryCommissionStore.make(
    {
      affiliates: [{ ...ACTIVE_AFFILIATE, phone: "0987654321" }, REVOKED_AFFILIATE],
      settings: COMMISSION_SETTINGS,
      commissions: Object.entries(samples).map(([id, sample]) => commissionSample(id, sample))
    },
    { onNotice: outbox.queue }
  )
  const ports = Layer.mergeAll(memory.layer, outbox.layer, MemoryTokenStore.make().layer)
  const notifier = Layer.succeed(AffiliateNotifier, {
    send: () => Effect.succeed({ _tag: "Sent", receipt: "r1" } as const)
  })
  const run = async (...args: ReadonlyArray<string>): Promise<readonly [exitCode: number, text: string]> =>
    Effect.runPromise(
      Command.runWith(Commissions.command(ports, notifier), { version: "0" })(args).pipe(
        Effect.matchCause({
          onSuccess: () => [0, ""] as const,
          onFailure: (cause) => {
            const { exitCode, message } = ExitCode.ofCause(cause)
            return [exitCode, message] as const
          }
        }),
        Effect.flatMap(([exitCode, message]) =>
          Effect.map(TestConsole.logLines, (lines) => [exitCode, [...lines, message].join("\n").trimEnd()] as const)
        ),
        Effect.provide(Layer.mergeAll(TestConsole.layer, Reckoner.layer, NodeServices.layer))
      )
    )
  return { memory, outbox, run }
}

const PENDING: CommissionSample = { state: ApprovalState.PENDING }

describe("reckoner commissions", () => {
  describe("approve", () => {
    it("tells what changed, by whom, and once", async () => {
      const { memory, run } = opened()
      expect(await run("approve", "invoice", "51", "--as", "linh")).toStrictEqual([
        0,
        [
          "invoice 51: changed",
          "  invoice 51 pending -> approved",
          "  transaction of invoice 51 7500 VND pending -> 7500 VND success"
        ].join("\n")
      ])
      expect(await run("approve", "invoice", "51", "51", "--as", "linh")).toStrictEqual([0, "invoice 51: unchanged"])
      expect(memory.audit().map(({ actorId }) => actorId)).toStrictEqual(["cli:linh"])
    })

    it("decides each alone, and ends with 5 if one is refused", async () => {
      const { memory, run } = opened({ 5: PENDING, 6: {} })
      const [code, text] = await run("approve", "invoice", "51", "61", "99")
      expect(code).toBe(5)
      expect(text).toContain(
        "invoice 51: refused (OrderNotApproved): Commission order 5 is not approved: approve it first."
      )
      expect(text).toContain("invoice 61: changed")
      expect(text).toContain("invoice 99: refused (CommissionUnknown): There is no commission invoice 99.")
      expect(text).toMatch(/\n2 of 3 were refused; what was not refused is done$/)
      expect(memory.audit().map(({ target }) => target.id)).toStrictEqual(["61"])
    })

    it("shows what would happen, and writes nothing", async () => {
      const { memory, run } = opened()
      const before = memory.orders()
      const [code, text] = await run("approve", "invoice", "51", "--dry-run")
      expect([code, text.split("\n")[0]]).toStrictEqual([0, "invoice 51: would change"])
      expect(memory.orders()).toStrictEqual(before)
      expect(memory.audit()).toStrictEqual([])
    })

    it("approves what belongs to a revoked affiliate only when told to", async () => {
      const { run } = opened({ 5: { ...PENDING, affiliate: REVOKED_AFFILIATE } })
      expect((await run("approve", "order", "5"))[1]).toContain("refused (AffiliateRevoked)")
      expect((await run("approve", "order", "5", "--approve-revoked"))[0]).toBe(0)
    })

    it("writes JSON", async () => {
      const { run } = opened()
      const [, text] = await run("approve", "invoice", "51", "--json", "--dry-run")
      const { changed, dryRun, refused, results } = JSON.parse(text)
      expect({ changed, dryRun, refused, results: results.length }).toStrictEqual({
        changed: 1,
        dryRun: true,
        refused: 0,
        results: 1
      })
      expect(results[0].after.invoices[0]).toMatchObject({ id: "51", status: "approved", commission: "7500" })
    })
  })

  it("rejects, takes that back, and cancels an approval", async () => {
    const { run } = opened({ 5: PENDING })
    for (const [args, line] of [
      [["reject", "order", "5"], "  order pending -> rejected"],
      [["unreject", "order", "5"], "  order rejected -> pending"],
      [["approve", "order", "5"], "  order pending -> approved"],
      [["cancel", "order", "5"], "  order approved -> pending"],
      [["reject", "invoice", "51"], "  commission 15000 VND -> 7500 VND"]
    ] as const) {
      const [code, text] = await run(...args)
      expect([code, text.split("\n")[1]]).toStrictEqual([0, line])
    }
    expect((await run("cancel", "invoice", "52"))[1]).toContain("refused (CancelNotForInvoices)")
  })

  describe("percent", () => {
    it.each([
      [
        ["--order", "5"],
        ["order 5: changed", "commission 15000 VND -> 30000 VND"]
      ],
      [
        ["--order", "5", "--item", "52"],
        ["order 5: changed", "commission 15000 VND -> 20000 VND"]
      ],
      [
        ["--invoice", "51"],
        ["invoice 51: changed", "commission 15000 VND -> 22500 VND"]
      ],
      [
        ["--invoice", "51", "--item", "512"],
        ["invoice 51: changed", "commission 15000 VND -> 17500 VND"]
      ]
    ] as const)("changes %j", async (flags, lines) => {
      const { run } = opened()
      const [code, text] = await run("percent", "20", ...flags)
      expect(code).toBe(0)
      for (const line of lines) expect(text).toContain(line)
      expect((await run("percent", "20", ...flags))[1]).toBe(lines[0].replace("changed", "unchanged"))
    })

    it.each([
      [["20"], 2, "give --order or --invoice, one of them"],
      [["20", "--order", "5", "--invoice", "51"], 2, "give --order or --invoice, one of them"],
      [["12,5", "--order", "5"], 2, "Expected a number like 12.5, with at most 4 decimals"],
      [["100.0001", "--order", "5"], 5, "100.0001 % is no commission percentage: it must be from 0 to 100."],
      [["20", "--order", "9"], 5, "There is no commission order 9."],
      [["20", "--order", "5", "--item", "9"], 5, "There is no item 9 there."]
    ] as const)("refuses %j", async (args, code, message) => {
      const { memory, run } = opened()
      const [found, text] = await run("percent", ...args)
      expect(found).toBe(code)
      expect(text).toContain(message)
      expect(memory.audit()).toStrictEqual([])
    })
  })

  it("changes the wallet, at the level discount of the new one", async () => {
    const { run } = opened()
    const [code, text] = await run("wallet", "5", "points")
    expect(code).toBe(0)
    expect(text).toContain("  wallet cash -> points")
    expect(text).toContain("  invoice 51 10 % -> 12.3456 %")
    expect(await run("wallet", "5", "gems")).toStrictEqual([
      5,
      'The commission settings have no level discount for wallet "gems" and level "gold".'
    ])
  })

  describe("list", () => {
    const samples = {
      5: { ...PENDING, createdAt: Date.UTC(2026, 2, 1), code: "DH-5", customerName: "An" },
      6: { createdAt: Date.UTC(2026, 2, 2), code: "DH-6", customerName: "Binh" },
      7: { ...PENDING, affiliate: REVOKED_AFFILIATE, createdAt: Date.UTC(2026, 2, 3) }
    }

    it.each([
      [[], ["6", "5"]],
      [["--status", "pending"], ["5"]],
      [["--status", "pending,approved", "--limit", "1"], ["6"]],
      [["--text", "bi"], ["6"]],
      [["--affiliate", "8"], []],
      [["--from", "2026-03-02"], ["6"]],
      [["--to", "2026-03-01"], ["5"]],
      [["--wallet", "points"], []],
      [
        ["--invoices", "--text", "DH-5"],
        ["52", "51"]
      ]
    ] as const)("shows with %j the records %j", async (flags, ids) => {
      const { run } = opened(samples)
      const [code, text] = await run("list", ...flags, "--json")
      expect(code).toBe(0)
      expect(JSON.parse(text).items.map(({ id }: { readonly id: string }) => id)).toStrictEqual(ids)
    })

    it("goes on where it ended", async () => {
      const { run } = opened(samples)
      const { items, next, summary } = JSON.parse((await run("list", "--limit", "1", "--json"))[1])
      const further = JSON.parse((await run("list", "--limit", "1", "--after", next, "--json"))[1])
      expect([items[0].id, further.items[0].id, further.next]).toStrictEqual(["6", "5", null])
      expect(summary.map(({ count, status }: Readonly<Record<string, unknown>>) => [status, count])).toStrictEqual([
        ["pending", 1],
        ["approved", 1]
      ])
    })

    it("is a table for people", async () => {
      const { run } = opened(samples)
      const [, text] = await run("list", "--limit", "1")
      expect(text.split("\n").slice(0, 3)).toStrictEqual([
        "ID  ORDER  CREATED (UTC)     AFFILIATE  STATUS    WALLET  COMMISSION",
        " 6  DH-6   2026-03-02 00:00  7 Mai      approved  cash     15000 VND",
        expect.stringMatching(/^There are more: --after /)
      ])
      expect(await opened({}).run("list")).toStrictEqual([0, "No commission orders."])
    })
  })

  it("shows an order with its amounts and what was done", async () => {
    const { run } = opened()
    await run("percent", "12.5", "--order", "5", "--item", "52", "--as", "linh")
    const [code, text] = await run("show", "5")
    expect(code).toBe(0)
    for (const line of [
      "  commission 16250 VND: 0 VND of approved invoices as booked, and 16250 VND of those that wait",
      "  invoice 51, pending: 8125 VND at 10.8333 %",
      "    item 512: 3125 VND is 12.5 % of 25000 VND",
      "    transaction request 517: 8125 VND, pending",
      "      user 901 gets 5417 VND (weight 2)",
      "    transaction of invoice 51 7500 VND pending -> 8125 VND pending"
    ]) {
      expect(text.split("\n")).toContain(line)
    }
    expect(text).toContain("cli:linh changed the percentage of order 5")
    expect(await run("show", "9")).toStrictEqual([
      5,
      "there is no commission order 9: `reckoner commissions list` shows those there are"
    ])
    const shown = JSON.parse((await run("show", "5", "--json"))[1])
    expect([shown.revision, shown.audit.length, shown.invoices[0].commission]).toStrictEqual([1, 1, "8125"])
  })

  it("lists notices, sends them and queues them again", async () => {
    const { outbox, run } = opened()
    await run("approve", "invoice", "51")
    expect((await run("notices", "list"))[1]).toContain("release-51")
    expect(await run("notices", "requeue", "nope")).toStrictEqual([
      5,
      'notice "nope" is not there, was sent, or is being sent: nothing has changed'
    ])
    expect(await run("notices", "requeue", "release-51")).toStrictEqual([0, "notice release-51 is queued again"])
    expect(await run("notices", "send")).toStrictEqual([0, "Sent: 1"])
    expect(await run("notices", "send")).toStrictEqual([0, "Nothing is due."])
    expect(outbox.notices()[0]?.state._tag).toBe("Sent")
    const { notices } = JSON.parse((await run("notices", "list", "--state", "Sent", "--json"))[1])
    expect(notices[0]).toMatchObject({ id: "release-51", state: "Sent", receipt: "r1", amount: "7500" })
    expect(notices[0].phone).toBeUndefined()
  })

  it.each([
    [["approve", "invoice"], "Missing required argument: id"],
    [["approve", "invoice", "x"], "Expected a whole number above 0, in digits"],
    [["approve", "thing", "1"], "thing"],
    [["approve", "invoice", "1", "--as", " "], "Expected at most 200 characters"],
    [["approve", "invoice", ...Array.from({ length: 1001 }, (_, at) => String(at + 1))], "name at most 1000 at once"],
    [["list", "--after", "garbage"], "Expected `next` of the answer before"]
  ])("refuses a command line like %j", async (args, message) => {
    const [code, text] = await opened().run(...args)
    expect(code).toBe(2)
    expect(text).toContain(message)
  })
})
