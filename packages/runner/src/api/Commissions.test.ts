import { ApprovalState } from "@reckoner/core"
import { StoreError } from "@reckoner/core/ports"
import { commissionSample, commissionSources, REVOKED_AFFILIATE } from "@reckoner/core/testing/contracts"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import * as CommissionGroup from "./CommissionGroup.ts"
import { type Answer, serving } from "./testing/commissionServer.ts"

const { INVOICES_PATH, ORDERS_PATH, PERCENT_PATH, STATUS_PATH, WALLET_PATH } = CommissionGroup

const PENDING = { state: ApprovalState.PENDING }
const SOURCES = commissionSources(commissionSample("5"), commissionSample("6", PENDING))

const APPROVE = { type: "invoice", newStatus: "approve", ids: ["51"] }
const PERCENT = { mode: "order", orderId: "5", percent: "20" }
const WALLET = { orderId: "5", walletType: "points" }

const unreachable = new StoreError({ reason: "Unreachable", message: "nobody answers", isRetryable: true })

/** Status, code and detail of a problem. */
const problemOf = ({ headers, json, status }: Answer) => {
  expect(headers.get("content-type")).toBe("application/problem+json")
  expect(json.status).toBe(status)
  return [status, json.title, json.code, json.detail]
}

const outcomesOf = ({ json, status }: Answer) => [
  status,
  ...json.results.map(({ id, outcome, refusal }: any) => `${id} ${refusal?.code ?? outcome}`)
]

describe("Commissions", () => {
  describe("who may do what", () => {
    const CHANGES = [
      [STATUS_PATH, APPROVE],
      [PERCENT_PATH, PERCENT],
      [WALLET_PATH, WALLET]
    ] as const
    const READS = [ORDERS_PATH, INVOICES_PATH, `${ORDERS_PATH}/5`]

    it("lets readers read, and change nothing, not even to see what would happen", () =>
      serving(SOURCES, async ({ ask, store }) => {
        for (const path of READS) {
          for (const token of ["mai:reader", "mai:approver", "mai:approver-revoked"]) {
            expect((await ask("GET", path, { token })).status).toBe(200)
          }
          expect(problemOf(await ask("GET", path, { token: "mai:" }))).toStrictEqual([
            403,
            "Forbidden",
            undefined,
            "This needs the role reader, and the token does not have it."
          ])
        }
        for (const [path, body] of CHANGES) {
          for (const dryRun of [true, false]) {
            const refused = await ask("POST", path, { token: "mai:reader", key: "k", body: { ...body, dryRun } })
            expect(problemOf(refused)).toStrictEqual([
              403,
              "Forbidden",
              undefined,
              "This needs the role approver, and the token does not have it."
            ])
            expect(refused.headers.get("www-authenticate")).toBe('Bearer realm="reckoner", error="insufficient_scope"')
          }
        }
        expect(store.audit()).toStrictEqual([])
      }))

    it("lets only somebody with the role approve what belongs to a revoked affiliate", () =>
      serving(
        commissionSources(commissionSample("5", { ...PENDING, affiliate: REVOKED_AFFILIATE })),
        async ({ ask }) => {
          const body = { type: "order", newStatus: "approve", ids: ["5"] }
          expect(outcomesOf(await ask("POST", STATUS_PATH, { key: "a", body }))).toStrictEqual([
            200,
            "5 AffiliateRevoked"
          ])
          const may = { token: "lan:approver-revoked", key: "a", body }
          expect(outcomesOf(await ask("POST", STATUS_PATH, may))).toStrictEqual([200, "5 changed"])
        }
      ))

    it("names who acted in the audit trail", () =>
      serving(SOURCES, async ({ ask }) => {
        await ask("POST", STATUS_PATH, { token: "lan:approver", key: "a", body: APPROVE })
        const { json } = await ask("GET", `${ORDERS_PATH}/5`)
        expect(
          json.audit.map(({ action, actor, targetId, targetType }: any) => [actor, action, targetType, targetId])
        ).toStrictEqual([["lan", "approve", "invoice", "51"]])
      }))
  })

  describe("status changes", () => {
    it("decide each id alone, once, and tell what became of it", () =>
      serving(SOURCES, async ({ ask, store }) => {
        const body = { type: "invoice", newStatus: "approve", ids: ["51", 52, "61", "99", "51"] }
        const answer = await ask("POST", STATUS_PATH, { key: "a", body })
        expect(outcomesOf(answer)).toStrictEqual([
          200,
          "51 changed",
          "52 changed",
          "61 OrderNotApproved",
          "99 CommissionUnknown"
        ])
        const { changed, dryRun, refused, results, unchanged } = answer.json
        expect([dryRun, changed, unchanged, refused]).toStrictEqual([false, 2, 0, 2])
        expect([
          results[0].orderId,
          results[0].before.invoices[0].status,
          results[0].after.invoices[0].status
        ]).toStrictEqual(["5", "pending", "approved"])
        expect(results[0].after.invoices[0].transaction).toStrictEqual({ status: "success", amount: "7500" })
        expect(results[2]).toMatchObject({ orderId: null, before: null, after: null })
        expect(results[2].refusal.detail).toBe("Commission order 6 is not approved: approve it first.")
        expect(store.releases().map(({ actorId, invoiceId }) => [actorId, invoiceId])).toStrictEqual([
          ["mai", "51"],
          ["mai", "52"]
        ])
      }))

    it("answer 200 even where all of it is refused", () =>
      serving(SOURCES, async ({ ask }) => {
        const body = { type: "invoice", newStatus: "cancel", ids: ["51"] }
        expect(outcomesOf(await ask("POST", STATUS_PATH, { key: "a", body }))).toStrictEqual([
          200,
          "51 CancelNotForInvoices"
        ])
      }))
  })

  describe("changes of one order", () => {
    it("tell the figures before and after", () =>
      serving(SOURCES, async ({ ask }) => {
        const { json, status } = await ask("POST", PERCENT_PATH, { key: "a", body: { ...PERCENT, percent: 20.5 } })
        expect([status, json.outcome, json.dryRun, json.orderId]).toStrictEqual([200, "changed", false, "5"])
        expect([json.before.commission, json.after.commission]).toStrictEqual(["15000", "30750"])
        expect(json.after.invoices.map(({ percent, transaction }: any) => [percent, transaction.amount])).toStrictEqual(
          [
            ["20.5", "15375"],
            ["20.5", "15375"]
          ]
        )
        const again = await ask("POST", PERCENT_PATH, { key: "b", body: { ...PERCENT, percent: "20.50" } })
        expect([again.status, again.json.outcome]).toStrictEqual([200, "unchanged"])
      }))

    it.each([
      [{ mode: "invoice", invoiceId: 51, percent: "0" }, "7500"],
      [{ mode: "orderItem", orderId: "5", orderItemId: "52", percent: "0" }, "10000"],
      [{ mode: "invoiceItem", invoiceId: "52", invoiceItemId: "522", percent: 0 }, "12500"]
    ])("change what is named: %j", (body, commission) =>
      serving(SOURCES, async ({ ask }) => {
        const { json } = await ask("POST", PERCENT_PATH, { key: "a", body })
        expect([json.orderId, json.after.commission]).toStrictEqual(["5", commission])
      })
    )

    it("change the wallet", () =>
      serving(SOURCES, async ({ ask }) => {
        const { json } = await ask("POST", WALLET_PATH, { key: "a", body: WALLET })
        expect([json.before.walletType, json.after.walletType, json.after.commission]).toStrictEqual([
          "cash",
          "points",
          "18518"
        ])
      }))

    it.each([
      [PERCENT_PATH, { ...PERCENT, orderId: "9" }, 404, "Commission Unknown", "CommissionUnknown"],
      [PERCENT_PATH, { mode: "invoice", invoiceId: "9", percent: "1" }, 404, "Commission Unknown", "CommissionUnknown"],
      [PERCENT_PATH, { ...PERCENT, mode: "orderItem", orderItemId: "9" }, 404, "Commission Unknown", "ItemUnknown"],
      [PERCENT_PATH, { ...PERCENT, percent: "100.0001" }, 400, "Bad Request", "PercentOutOfRange"],
      [PERCENT_PATH, { ...PERCENT, percent: -1 }, 400, "Bad Request", "PercentOutOfRange"],
      [
        PERCENT_PATH,
        { mode: "invoice", invoiceId: "72", percent: "1" },
        409,
        "Commission State",
        "InvoiceAlreadyApproved"
      ],
      [PERCENT_PATH, { ...PERCENT, orderId: "8" }, 409, "Commission State", "OrderRejected"],
      [WALLET_PATH, { ...WALLET, orderId: "9" }, 404, "Commission Unknown", "CommissionUnknown"],
      [WALLET_PATH, { ...WALLET, orderId: "7" }, 409, "Commission State", "OrderHasApprovedInvoice"],
      [WALLET_PATH, { ...WALLET, walletType: "gold" }, 409, "Commission State", "NoLevelDiscount"]
    ])("answer a problem with a code: %s %j", (path, body, status, title, code) =>
      serving(
        commissionSources(
          commissionSample("5"),
          commissionSample("7", { approved: [2] }),
          commissionSample("8", { state: ApprovalState.REJECTED })
        ),
        async ({ ask, store }) => {
          const first = await ask("POST", path, { key: "a", body })
          expect(problemOf(first).slice(0, 3)).toStrictEqual([status, title, code])
          expect(Object.keys(first.json)).toStrictEqual(["type", "title", "status", "detail", "code"])
          const plain = status === 400
          expect(first.json.type).toBe(
            plain ? "about:blank" : `urn:reckoner:problem:${title.toLowerCase().replace(" ", "-")}`
          )
          // It was decided, so it is the answer from now on.
          const again = await ask("POST", path, { key: "a", body })
          expect([
            again.text,
            again.headers.get("idempotency-replayed"),
            again.headers.get("content-type")
          ]).toStrictEqual([first.text, "true", "application/problem+json"])
          // A dry run is refused alike.
          expect((await ask("POST", path, { body: { ...body, dryRun: true } })).text).toBe(first.text)
          expect(store.audit()).toStrictEqual([])
        }
      )
    )
  })

  describe("a dry run", () => {
    it.each([
      [STATUS_PATH, APPROVE],
      [STATUS_PATH, { type: "order", newStatus: "approve", ids: ["6"] }],
      [PERCENT_PATH, PERCENT],
      [WALLET_PATH, WALLET]
    ])("shows what %s would do, needs no key and writes nothing: %j", (path, body) =>
      serving(SOURCES, async ({ ask, store }) => {
        const before = store.orders()
        const dry = await ask("POST", path, { body: { ...body, dryRun: true } })
        expect([dry.status, dry.json.dryRun]).toStrictEqual([200, true])
        expect([store.orders(), store.audit(), store.notices()]).toStrictEqual([before, [], []])
        // With a key that is used afterwards, it leaves nothing behind.
        await ask("POST", path, { key: "a", body: { ...body, dryRun: true } })
        const done = await ask("POST", path, { key: "a", body: { ...body, dryRun: false } })
        expect(store.audit().length).toBe(1)
        const withoutTimes = (text: string) => text.replaceAll(/"approvedAt":"[^"]+"/g, '"approvedAt":"then"')
        expect(withoutTimes(done.text)).toBe(withoutTimes(dry.text.replace('"dryRun":true', '"dryRun":false')))
        expect(done.headers.get("idempotency-replayed")).toBe(null)
      })
    )
  })

  describe("a key", () => {
    it.each([
      ["none", {}],
      ["an empty one", { "idempotency-key": "" }],
      ["one with a blank", { "idempotency-key": "a b" }],
      ["two of them", { "idempotency-key": "a, b" }],
      ["one with a letter of no ASCII", { "idempotency-key": "é" }],
      ["one that is too long", { "idempotency-key": "x".repeat(256) }]
    ])("is needed: %s is refused", (_, headers) =>
      serving(SOURCES, async ({ ask, store }) => {
        for (const [path, body] of [
          [STATUS_PATH, APPROVE],
          [PERCENT_PATH, PERCENT],
          [WALLET_PATH, WALLET]
        ] as const) {
          const [status, title, , detail] = problemOf(await ask("POST", path, { headers, body }))
          expect([status, title]).toStrictEqual([400, "Bad Request"])
          expect(detail).toMatch(/Idempotency-Key/)
        }
        expect(store.audit()).toStrictEqual([])
      })
    )

    it("may have 255 characters, of all that can be seen", () =>
      serving(SOURCES, async ({ ask }) => {
        for (const key of ["x".repeat(255), '"8e03978e-40d5"', "!~"]) {
          expect((await ask("POST", STATUS_PATH, { key, body: APPROVE })).status).toBe(200)
        }
      }))

    it("gives the same answer again, byte for byte, however the request is written", () =>
      serving(SOURCES, async ({ ask, store }) => {
        const first = await ask("POST", STATUS_PATH, { key: "a", body: APPROVE })
        const spaced = '{ "ids": [51.0], "newStatus": "approve", "dryRun": false, "type": "invoice" }'
        for (const body of [APPROVE, spaced]) {
          const again = await ask("POST", STATUS_PATH, { key: "a", body })
          expect([again.status, again.text, again.headers.get("idempotency-replayed")]).toStrictEqual([
            200,
            first.text,
            "true"
          ])
          expect(again.headers.get("content-type")).toBe("application/json")
        }
        expect(first.headers.get("idempotency-replayed")).toBe(null)
        expect(store.audit().length).toBe(1)
        // Another key is another request, and there is nothing left to do.
        expect(outcomesOf(await ask("POST", STATUS_PATH, { key: "b", body: APPROVE }))).toStrictEqual([
          200,
          "51 unchanged"
        ])
      }))

    it("is good for one request of one person", () =>
      serving(SOURCES, async ({ ask, store }) => {
        await ask("POST", PERCENT_PATH, { key: "a", body: PERCENT })
        for (const [path, body] of [
          [PERCENT_PATH, { ...PERCENT, percent: "21" }],
          [PERCENT_PATH, { ...PERCENT, orderId: "6" }],
          [WALLET_PATH, WALLET],
          [STATUS_PATH, APPROVE]
        ] as const) {
          const reused = await ask("POST", path, { key: "a", body })
          expect(problemOf(reused).slice(0, 2)).toStrictEqual([422, "Idempotency Key Reused"])
          expect(reused.json.type).toBe("urn:reckoner:problem:idempotency-key-reused")
        }
        expect(store.audit().length).toBe(1)
        // Somebody else's is another one, and their answer is theirs.
        const other = await ask("POST", PERCENT_PATH, { token: "lan:approver", key: "a", body: PERCENT })
        expect([other.status, other.json.outcome, other.headers.get("idempotency-replayed")]).toStrictEqual([
          200,
          "unchanged",
          null
        ])
      }))

    it("tells ids in another order, or other ones, apart", () =>
      serving(SOURCES, async ({ ask }) => {
        await ask("POST", STATUS_PATH, { key: "a", body: { ...APPROVE, ids: ["51", "52"] } })
        for (const ids of [["52", "51"], ["51"], ["5152"]]) {
          expect((await ask("POST", STATUS_PATH, { key: "a", body: { ...APPROVE, ids } })).status).toBe(422)
        }
      }))

    it("gives no answer to somebody who may no longer ask", () =>
      serving(SOURCES, async ({ ask }) => {
        await ask("POST", STATUS_PATH, { key: "a", body: APPROVE })
        expect((await ask("POST", STATUS_PATH, { token: "mai:reader", key: "a", body: APPROVE })).status).toBe(403)
        expect((await ask("POST", STATUS_PATH, { token: "nobody", key: "a", body: APPROVE })).status).toBe(401)
      }))

    it("is not used up by a request that cannot be read", () =>
      serving(SOURCES, async ({ ask }) => {
        expect((await ask("POST", STATUS_PATH, { key: "a", body: { ...APPROVE, ids: [] } })).status).toBe(400)
        expect((await ask("POST", STATUS_PATH, { key: "a", body: APPROVE })).status).toBe(200)
      }))

    it("is answered 409 while the same is being worked on, and the answer is there afterwards", async () => {
      const started = Deferred.makeUnsafe<void>()
      const goOn = Deferred.makeUnsafe<void>()
      await serving(
        SOURCES,
        async ({ ask, store }) => {
          const first = ask("POST", STATUS_PATH, { key: "a", body: APPROVE })
          await Effect.runPromise(Deferred.await(started))
          const second = await ask("POST", STATUS_PATH, { key: "a", body: APPROVE })
          expect(problemOf(second).slice(0, 2)).toStrictEqual([409, "Request In Progress"])
          expect([second.json.type, second.headers.get("retry-after")]).toStrictEqual([
            "urn:reckoner:problem:request-in-progress",
            "5"
          ])
          // Another request with its key is refused for good, not for now.
          expect((await ask("POST", WALLET_PATH, { key: "a", body: WALLET })).status).toBe(422)
          Deferred.doneUnsafe(goOn, Effect.void)
          const done = await first
          expect((await ask("POST", STATUS_PATH, { key: "a", body: APPROVE })).text).toBe(done.text)
          expect(store.audit().length).toBe(1)
        },
        {
          aroundCommissions: (store) => ({
            ...store,
            change: (...args) =>
              Deferred.succeed(started, undefined).pipe(
                Effect.andThen(Deferred.await(goOn)),
                Effect.andThen(store.change(...args))
              )
          })
        }
      )
    })

    it("keeps the answer for a caller who went away", async () => {
      const started = Deferred.makeUnsafe<void>()
      const goOn = Deferred.makeUnsafe<void>()
      const ended = Deferred.makeUnsafe<void>()
      await serving(
        SOURCES,
        async ({ ask, store }) => {
          const leaving = new AbortController()
          const gone = ask("POST", STATUS_PATH, { key: "a", body: APPROVE, signal: leaving.signal }).catch(() => "gone")
          await Effect.runPromise(Deferred.await(started))
          leaving.abort()
          expect(await gone).toBe("gone")
          Deferred.doneUnsafe(goOn, Effect.void)
          await Effect.runPromise(Deferred.await(ended))
          const again = await ask("POST", STATUS_PATH, { key: "a", body: APPROVE })
          expect(outcomesOf(again)).toStrictEqual([200, "51 changed"])
          expect(again.headers.get("idempotency-replayed")).toBe("true")
          expect(store.audit().length).toBe(1)
        },
        {
          aroundCommissions: (store) => ({
            ...store,
            change: (...args) =>
              Deferred.succeed(started, undefined).pipe(
                Effect.andThen(Deferred.await(goOn)),
                Effect.andThen(store.change(...args))
              )
          }),
          aroundAnswers: (store) => ({
            ...store,
            end: (...args) => Effect.ensuring(store.end(...args), Deferred.succeed(ended, undefined))
          })
        }
      )
    })

    it("is free again after the database failed, and what was done is told as it was", async () => {
      let left = 2
      await serving(
        SOURCES,
        async ({ ask, store }) => {
          const body = { type: "invoice", newStatus: "approve", ids: ["51", "52"] }
          left = 1
          const failed = await ask("POST", STATUS_PATH, { key: "a", body })
          expect(problemOf(failed)).toStrictEqual([503, "Store Unavailable", undefined, "nobody answers"])
          expect(failed.headers.get("retry-after")).toBe("10")
          const half = store.audit().length
          expect(half).toBe(1)
          left = Infinity
          const again = await ask("POST", STATUS_PATH, { key: "a", body })
          expect(outcomesOf(again)).toStrictEqual([200, "51 changed", "52 changed"])
          expect(again.headers.get("idempotency-replayed")).toBe(null)
          expect(store.audit().length).toBe(2)
        },
        {
          aroundCommissions: (store) => ({
            ...store,
            change: (...args) => Effect.suspend(() => (left-- > 0 ? store.change(...args) : Effect.fail(unreachable)))
          })
        }
      )
    })

    it("is not answered with what could not be kept", async () => {
      let isAway = true
      await serving(
        SOURCES,
        async ({ ask, store }) => {
          expect((await ask("POST", STATUS_PATH, { key: "a", body: APPROVE })).status).toBe(503)
          expect(store.audit().length).toBe(1)
          isAway = false
          expect(outcomesOf(await ask("POST", STATUS_PATH, { key: "a", body: APPROVE }))).toStrictEqual([
            200,
            "51 changed"
          ])
          expect(store.audit().length).toBe(1)
        },
        {
          aroundAnswers: (store) => ({
            ...store,
            end: (...args) => Effect.suspend(() => (isAway ? Effect.fail(unreachable) : store.end(...args)))
          })
        }
      )
    })

    it("is free again after a bug", async () => {
      let isBroken = true
      await serving(
        SOURCES,
        async ({ ask }) => {
          expect((await ask("POST", STATUS_PATH, { key: "a", body: APPROVE })).status).toBe(500)
          isBroken = false
          expect((await ask("POST", STATUS_PATH, { key: "a", body: APPROVE })).status).toBe(200)
        },
        {
          aroundCommissions: (store) => ({
            ...store,
            change: (...args) => Effect.suspend(() => (isBroken ? Effect.die(new Error("oh")) : store.change(...args)))
          })
        }
      )
    })

    it("is needed for nothing else than answers: while they cannot be kept, nothing is done", () =>
      serving(
        SOURCES,
        async ({ ask, store }) => {
          expect((await ask("POST", STATUS_PATH, { key: "a", body: APPROVE })).status).toBe(503)
          expect(store.audit()).toStrictEqual([])
          expect((await ask("POST", STATUS_PATH, { body: { ...APPROVE, dryRun: true } })).status).toBe(200)
        },
        { aroundAnswers: (store) => ({ ...store, begin: () => Effect.fail(unreachable) }) }
      ))
  })

  describe("bodies", () => {
    it.each([
      [
        STATUS_PATH,
        { ...APPROVE, dryrun: true },
        'There is no member "dryrun" here; there are type, newStatus, ids, dryRun.'
      ],
      [
        STATUS_PATH,
        '{"type":"order","newStatus":"approve","ids":["5"],"dryRun":true,"dryRun":false}',
        'The member "dryRun" may be given once.'
      ],
      [
        PERCENT_PATH,
        { ...PERCENT, dry_run: true },
        'There is no member "dry_run" here; there are mode, orderId, percent, dryRun.'
      ],
      [
        WALLET_PATH,
        { ...WALLET, " dryRun": true },
        'There is no member " dryRun" here; there are orderId, walletType, dryRun.'
      ],
      [STATUS_PATH, { ...APPROVE, dryRun: "true" }, 'The member dryRun is "true": it must be true or false.'],
      [STATUS_PATH, { ...APPROVE, dryRun: null }, "The member dryRun is null: it must be true or false."]
    ])("with a dry run that nobody would read change nothing: %s %j", (path, body, detail) =>
      serving(SOURCES, async ({ ask, store }) => {
        expect(problemOf(await ask("POST", path, { key: "a", body }))).toStrictEqual([
          400,
          "Bad Request",
          undefined,
          detail
        ])
        expect(store.audit()).toStrictEqual([])
      })
    )

    it("may have 64 KiB", () =>
      serving(SOURCES, async ({ ask }) => {
        const text = JSON.stringify(APPROVE)
        const padded = text + " ".repeat(65_536 - text.length)
        expect((await ask("POST", STATUS_PATH, { key: "a", body: padded })).status).toBe(200)
        expect(problemOf(await ask("POST", STATUS_PATH, { key: "b", body: `${padded} ` }))).toStrictEqual([
          413,
          "Content Too Large",
          undefined,
          "The body is larger than 64 KiB."
        ])
      }))

    it("must be sent as JSON", () =>
      serving(SOURCES, async ({ ask, store }) => {
        const headers = { "content-type": "text/plain" }
        for (const path of [STATUS_PATH, PERCENT_PATH, WALLET_PATH]) {
          expect((await ask("POST", path, { key: "a", body: APPROVE, headers })).status).toBe(415)
        }
        expect(store.audit()).toStrictEqual([])
      }))
  })

  describe("lists", () => {
    const many = commissionSources(
      ...["1", "2", "3"].map((id) => commissionSample(id, { createdAt: 1_772_323_200_000 })),
      commissionSample("4", { createdAt: 1_772_323_200_000 + 86_400_000, walletKind: "points", customerName: "Hoa" }),
      commissionSample("5", { ...PENDING, affiliate: REVOKED_AFFILIATE }),
      commissionSample("6", { affiliate: REVOKED_AFFILIATE, approved: [1] })
    )
    const ids = ({ json }: Answer) => json.items.map(({ id }: any) => id)

    it("go from page to page, and miss and repeat nothing", () =>
      serving(many, async ({ ask }) => {
        for (const path of [ORDERS_PATH, INVOICES_PATH]) {
          const whole = await ask("GET", `${path}?limit=200`)
          expect(whole.json.next).toBe(null)
          for (const limit of [1, 2, 3]) {
            const seen: Array<string> = []
            let next: string | null = null
            do {
              const page: Answer = await ask(
                "GET",
                `${path}?limit=${limit}${next === null ? "" : `&cursor=${encodeURIComponent(next)}`}`
              )
              expect(page.json.summary === null).toBe(next !== null)
              expect(page.json.items.length).toBeLessThanOrEqual(limit)
              expect(page.json.items.length).toBeGreaterThan(0)
              seen.push(...ids(page))
              next = page.json.next
            } while (next !== null)
            expect(seen).toStrictEqual(ids(whole))
          }
        }
      }))

    it("have no next page where the last one is full", () =>
      serving(commissionSources(commissionSample("1"), commissionSample("2")), async ({ ask }) => {
        const { json } = await ask("GET", `${ORDERS_PATH}?limit=2`)
        expect([json.items.length, json.next]).toStrictEqual([2, null])
      }))

    it("show what is decided of revoked affiliates, and nothing of them that waits", () =>
      serving(many, async ({ ask }) => {
        const orders = await ask("GET", ORDERS_PATH)
        expect(ids(orders).toSorted()).toStrictEqual(["1", "2", "3", "4", "6"])
        expect(ids(await ask("GET", `${INVOICES_PATH}?affiliateId=8`))).toStrictEqual(["61"])
        expect(orders.json.items.find(({ id }: any) => id === "6")).toStrictEqual({
          id: "6",
          code: "DH-000006",
          createdAt: "2026-03-01T00:00:00.000Z",
          affiliate: { id: "8", name: "Lan", isRevoked: true },
          status: "approved",
          approvedAt: "2026-03-01T00:00:00.000Z",
          walletType: "cash",
          currency: "VND",
          commission: "15000",
          customerName: "Trần Thị Bích"
        })
      }))

    it("are filtered, and counted whatever the page", () =>
      serving(many, async ({ ask }) => {
        for (const [query, expected] of [
          ["status=pending", []],
          ["status=approved,rejected", ["1", "2", "3", "4", "6"]],
          ["affiliateId=8", ["6"]],
          ["walletType=points", ["4"]],
          ["text=hoa", ["4"]],
          // 2026-03-02T00:00Z is in the morning of 2 March there.
          ["from=2026-03-02", ["4"]],
          ["to=2026-03-01", ["1", "2", "3", "6"]],
          ["from=2026-03-01&to=2026-03-02&affiliateId=7", ["1", "2", "3", "4"]]
        ] as const) {
          expect([query, ids(await ask("GET", `${ORDERS_PATH}?${query}`)).toSorted()]).toStrictEqual([query, expected])
        }
        const { json } = await ask("GET", `${ORDERS_PATH}?limit=1`)
        expect(json.summary).toStrictEqual([{ status: "approved", count: 5, currency: "VND", sum: "75000" }])
        expect((await ask("GET", `${ORDERS_PATH}?summary=false`)).json.summary).toBe(null)
        const second = await ask("GET", `${ORDERS_PATH}?limit=1&summary=true&cursor=${json.next}`)
        expect(second.json.summary).toStrictEqual(json.summary)
        const invoices = await ask("GET", `${INVOICES_PATH}?affiliateId=7&limit=1`)
        expect(invoices.json.summary).toStrictEqual([{ status: "pending", count: 8, currency: "VND", sum: "60000" }])
      }))

    it("cut days at the midnights of their zone", () => {
      const midnight = Date.parse("2026-03-02T00:00:00+07:00")
      return serving(
        commissionSources(
          commissionSample("1", { createdAt: midnight - 1 }),
          commissionSample("2", { createdAt: midnight })
        ),
        async ({ ask }) => {
          expect(ids(await ask("GET", `${ORDERS_PATH}?to=2026-03-01`))).toStrictEqual(["1"])
          expect(ids(await ask("GET", `${ORDERS_PATH}?from=2026-03-02`))).toStrictEqual(["2"])
          expect(ids(await ask("GET", `${ORDERS_PATH}?from=2026-03-01&to=2026-03-01`))).toStrictEqual(["1"])
        }
      )
    })

    it("answer 400 for a cursor that is none of theirs", () =>
      serving(many, async ({ ask }) => {
        const { next } = (await ask("GET", `${ORDERS_PATH}?limit=1`)).json
        for (const cursor of [
          "",
          "x",
          "orders.",
          "orders.x",
          `${next}x`,
          `${next}.`,
          `${next}=`,
          next.toUpperCase(),
          `orders.${Buffer.from("1.5 or 1=1").toString("base64url")}`,
          `orders.${Buffer.from("1.99999999999999999999").toString("base64url")}`
        ]) {
          const answer = await ask("GET", `${ORDERS_PATH}?cursor=${encodeURIComponent(cursor)}`)
          expect([cursor, answer.status]).toStrictEqual([cursor, 400])
          expect(answer.json.detail).toContain("it must be `next` of an answer of this list.")
        }
        expect((await ask("GET", `${INVOICES_PATH}?cursor=${next}`)).status).toBe(400)
        expect((await ask("GET", `${ORDERS_PATH}?cursor=${next}`)).status).toBe(200)
      }))

    it.each([
      ["status=new", "status"],
      ["status=", "status"],
      ["status=pending,,approved", "status"],
      ["affiliateId=x", "affiliateId"],
      ["affiliateId=9223372036854775808", "affiliateId"],
      ["from=2026-02-30", "from"],
      ["to=yesterday", "to"],
      ["from=5874897-12-31", "from"],
      ["to=10000-01-01", "to"],
      ["from=2026-03-02&to=2026-03-01", "from is after to"],
      ["walletType=", "walletType"],
      ["walletType=a%00", "walletType"],
      ["text=", "text"],
      ["text=%00", "text"],
      ["text=%0A", "text"],
      ["limit=0", "limit"],
      ["limit=201", "limit"],
      ["limit=1.5", "limit"],
      ["summary=yes", "summary"],
      ["sort=id", '"sort"'],
      ["limit=1&limit=2", "limit"]
    ])("answer 400 for %s, and name what is wrong", (query, named) =>
      serving(many, async ({ ask }) => {
        for (const path of [ORDERS_PATH, INVOICES_PATH]) {
          const [status, title, , detail] = problemOf(await ask("GET", `${path}?${query}`))
          expect([status, title]).toStrictEqual([400, "Bad Request"])
          expect(detail).toContain(named)
        }
      })
    )

    it("take the first and the last day that there are, and the last key", () =>
      serving(many, async ({ ask }) => {
        const query = "from=0001-01-01&to=9999-12-31&affiliateId=9223372036854775807"
        expect((await ask("GET", `${ORDERS_PATH}?${query}`)).json.items).toStrictEqual([])
      }))

    it("answer 503 while the database fails", () =>
      serving(
        many,
        async ({ ask }) => {
          for (const path of [ORDERS_PATH, INVOICES_PATH, `${ORDERS_PATH}/1`]) {
            expect(problemOf(await ask("GET", path)).slice(0, 2)).toStrictEqual([503, "Store Unavailable"])
          }
        },
        {
          aroundCommissions: (store) => ({
            ...store,
            orders: () => Effect.fail(unreachable),
            invoiceSummary: () => Effect.fail(unreachable),
            file: () => Effect.fail(unreachable)
          })
        }
      ))
  })

  describe("one order", () => {
    it("is shown with its items, invoices and all that was done to it", () =>
      serving(SOURCES, async ({ ask }) => {
        await ask("POST", PERCENT_PATH, { key: "a", body: PERCENT })
        await ask("POST", STATUS_PATH, { key: "b", body: APPROVE })
        const { json, status } = await ask("GET", `${ORDERS_PATH}/5`)
        expect(status).toBe(200)
        expect([json.id, json.revision, json.affiliateLevel, json.commission]).toStrictEqual(["5", 2, "gold", "30000"])
        expect(json.items).toStrictEqual([
          { id: "51", base: "100000", percent: "20" },
          { id: "52", base: "50000", percent: "20" }
        ])
        expect(json.invoices[0]).toStrictEqual({
          id: "51",
          status: "approved",
          approvedAt: expect.stringMatching(/Z$/),
          percent: "20",
          commission: "15000",
          items: [
            { id: "511", base: "50000", percent: "20", orderItemId: "51", commission: "10000" },
            { id: "512", base: "25000", percent: "20", orderItemId: "52", commission: "5000" }
          ],
          transaction: {
            id: "517",
            status: "success",
            amount: "15000",
            shares: [
              { userId: "901", weight: "2", amount: "10000" },
              { userId: "902", weight: "1", amount: "5000" }
            ]
          },
          settings: { walletType: "cash", affiliateLevel: "gold", levelDiscount: "10", rounding: "halfExpand" }
        })
        expect(json.audit.map(({ action, revision }: any) => [revision, action])).toStrictEqual([
          [1, "changePercent"],
          [2, "approve"]
        ])
        expect([json.audit[0].before.commission, json.audit[0].after.commission]).toStrictEqual(["15000", "30000"])
      }))

    it("is answered 404 if there is none, and 400 for what is no id", () =>
      serving(SOURCES, async ({ ask }) => {
        expect(problemOf(await ask("GET", `${ORDERS_PATH}/9`))).toStrictEqual([
          404,
          "Commission Unknown",
          "CommissionUnknown",
          "There is no commission order 9."
        ])
        for (const id of ["x", "-1", "0", "007", "5%2F6", "9223372036854775808"]) {
          expect((await ask("GET", `${ORDERS_PATH}/${id}`)).status).toBe(400)
        }
      }))
  })
})
