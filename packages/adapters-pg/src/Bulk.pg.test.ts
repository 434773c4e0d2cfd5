import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import pg from "pg"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import * as Bulk from "./Bulk.ts"
import type { DatabaseError } from "./DatabaseError.ts"
import { type FreshDatabase, freshDatabase } from "./testing/freshDatabase.ts"

let database: FreshDatabase
let observer: pg.Client
beforeAll(async () => {
  database = await freshDatabase({ migrated: false })
  observer = new pg.Client({ connectionString: Redacted.value(database.url), application_name: "observer" })
  await observer.connect()
  await observer.query(`CREATE TABLE pair (id bigint PRIMARY KEY, note text)`)
})
afterEach(() => observer.query("TRUNCATE pair"))
afterAll(async () => {
  await observer.end()
  await database.drop()
})

const run = <A, E>(use: (session: Bulk.Session) => Effect.Effect<A, E>): Promise<A> =>
  Effect.runPromise(Effect.scoped(Effect.flatMap(Bulk.session, use)).pipe(Effect.provide(database.layer)))

const reasonOf = <A>(effect: Effect.Effect<A, DatabaseError>) => Effect.map(Effect.flip(effect), ({ reason }) => reason)

const countPairs = async () => Number((await observer.query("SELECT count(*) FROM pair")).rows[0].count)

/** Waits until the server has no bulk session any more: cutting a connection takes it a moment to notice. */
const noSessionsLeft = async () => {
  for (let attempt = 0; attempt < 100; attempt++) {
    const { rows } = await observer.query(
      "SELECT state, query FROM pg_stat_activity WHERE application_name = 'reckoner-bulk' AND datname = current_database()"
    )
    if (rows.length === 0) return []
    await new Promise((resolve) => setTimeout(resolve, 50))
    if (attempt === 99) return rows
  }
}

/** Ends when the server cannot send more because nobody takes it. */
const untilServerWaits = async () => {
  for (;;) {
    const { rows } = await observer.query(
      "SELECT 1 FROM pg_stat_activity WHERE application_name = 'reckoner-bulk' AND datname = current_database() AND wait_event = 'ClientWrite'"
    )
    if (rows.length > 0) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const pairs = (from: number, to: number) => {
  let text = ""
  for (let id = from; id < to; id++) text += Bulk.line([id, `note ${id}`])
  return text
}

const terminate = () =>
  observer.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'reckoner-bulk' AND datname = current_database()"
  )
const terminated = Effect.promise(terminate)
const LOST = { _tag: "ConnectionLost" }

describe("Bulk", () => {
  describe("copyIn and copyOut", () => {
    it("carry every value there and back", async () => {
      const notes = ["a\tb", "C:\\N", "\\N", "line\nend", "", null, "Željko 🏋", "\b\f\v\r"]
      const found = await run((session) =>
        Effect.gen(function* () {
          yield* session.copyIn(
            "pair",
            ["id", "note"],
            notes.map((note, id) => Bulk.line([id, note]))
          )
          return yield* Stream.runCollect(Bulk.rows(session.copyOut("SELECT id, note FROM pair ORDER BY id")))
        })
      )
      expect(found.flat()).toStrictEqual(notes.map((note, id) => [String(id), note]))
    })

    it("write to a table in a schema, and nothing for no blocks", async () => {
      await run((session) => session.copyIn(["public", "pair"], ["id"], "1\n2\n"))
      await run((session) => session.copyIn(["public", "pair"], ["id"], []))
      expect(await countPairs()).toBe(2)
    })

    it("read as fast as the reader and no faster: the server waits for a reader that stops", async () => {
      const seen = await run((session) =>
        Effect.gen(function* () {
          let bytes = 0
          let waited = false
          yield* session.copyOut("SELECT repeat('x', 1000) FROM generate_series(1, 80000)").pipe(
            Stream.runForEach((block) => {
              bytes += block.length
              if (waited) return Effect.void
              waited = true
              return Effect.promise(untilServerWaits)
            })
          )
          return bytes
        })
      )
      expect(seen).toBe(80_080_000)
    })

    it("leave the session usable after the server refused a value: InvalidData 22P02", async () => {
      const [reason, after] = await run((session) =>
        Effect.gen(function* () {
          const blocks = [pairs(0, 50_000), "not a number\tx\n", pairs(50_000, 100_000)]
          const reason = yield* reasonOf(session.copyIn("pair", ["id", "note"], blocks))
          return [reason, (yield* session.query("SELECT count(*) AS count FROM pair")).rows] as const
        })
      )
      expect(reason).toStrictEqual({ _tag: "InvalidData", sqlState: "22P02" })
      expect(after).toStrictEqual([{ count: 0n }])
    })

    it("write nothing when the source of the rows throws, which is a defect", async () => {
      const broken = function* () {
        yield pairs(0, 50_000)
        throw new Error("source broke")
      }
      const [exit, after] = await run((session) =>
        Effect.gen(function* () {
          const exit = yield* Effect.exit(session.copyIn("pair", ["id", "note"], broken()))
          return [exit, (yield* session.query("SELECT count(*) AS count FROM pair")).rows] as const
        })
      )
      expect(exit).toStrictEqual(Exit.die(new Error("source broke")))
      expect(after).toStrictEqual([{ count: 0n }])
    })

    it("write nothing when they are interrupted", async () => {
      const endless = function* () {
        for (let id = 0; ; id += 1000) yield pairs(id, id + 1000)
      }
      const start = Date.now()
      await run((session) =>
        Effect.gen(function* () {
          const fiber = yield* Effect.forkChild(session.copyIn("pair", ["id", "note"], endless()))
          yield* Effect.sleep(200)
          yield* Fiber.interrupt(fiber)
        })
      )
      expect(Date.now() - start).toBeLessThan(5_000)
      expect(await noSessionsLeft()).toStrictEqual([])
      expect(await countPairs()).toBe(0)
    })

    it("end the session when a stream is left early", async () => {
      const [first, reason] = await run((session) =>
        Effect.gen(function* () {
          const blocks = session.copyOut("SELECT repeat('x', 1000) FROM generate_series(1, 1000000)")
          const first = yield* Stream.runCollect(Stream.take(blocks, 1))
          return [first.length, yield* reasonOf(session.query("SELECT 1"))] as const
        })
      )
      expect([first, reason]).toStrictEqual([1, LOST])
      expect(await noSessionsLeft()).toStrictEqual([])
    })

    it("refuse a statement behind an open read on the same session, which would wait for ever", async () => {
      const exit = await run((session) =>
        Effect.exit(
          Stream.runForEach(session.copyOut("SELECT generate_series(1, 100000)"), () => session.query("SELECT 1"))
        )
      )
      expect(exit).toStrictEqual(Exit.die(new Error("this bulk session is reading: use a second one to write")))
    })

    it("fail when the query of a read fails, and leave the session usable", async () => {
      const [reason, after] = await run((session) =>
        Effect.gen(function* () {
          const reason = yield* reasonOf(
            Stream.runDrain(session.copyOut("SELECT 1 / (3 - g) FROM generate_series(1, 5) g"))
          )
          return [reason, (yield* session.query("SELECT 1 AS one")).rows] as const
        })
      )
      expect([reason, after]).toStrictEqual([{ _tag: "InvalidData", sqlState: "22012" }, [{ one: 1 }]])
    })
  })

  describe("a terminated backend", () => {
    it.each([
      ["a query", (session: Bulk.Session) => session.query("SELECT pg_sleep(30)")],
      [
        "a read",
        (session: Bulk.Session) =>
          Stream.runForEach(
            session.copyOut("SELECT g, pg_sleep(0.001) FROM generate_series(1, 30000) g"),
            () => Effect.void
          )
      ],
      [
        "a write",
        (session: Bulk.Session) =>
          session.copyIn(
            "pair",
            ["id", "note"],
            (function* () {
              for (let id = 0; ; id += 1000) yield pairs(id, id + 1000)
            })()
          )
      ],
      [
        "an open transaction",
        (session: Bulk.Session) =>
          session.transaction(
            Effect.andThen(session.copyIn("pair", ["id"], "1\n"), Effect.raceFirst(Effect.never, session.lost))
          )
      ],
      [
        "a transaction between two statements",
        (session: Bulk.Session) =>
          session.transaction(
            Effect.andThen(
              session.copyIn("pair", ["id"], "1\n"),
              Effect.andThen(Effect.sleep(700), session.query("SELECT 1"))
            )
          )
      ]
    ])("fails %s with ConnectionLost, and nothing stays", async (_, use) => {
      const reason = await run((session) =>
        Effect.gen(function* () {
          const fiber = yield* Effect.forkChild(reasonOf(use(session) as Effect.Effect<unknown, DatabaseError>))
          yield* Effect.andThen(Effect.sleep(300), terminated)
          return yield* Fiber.join(fiber)
        })
      )
      expect(reason).toStrictEqual(LOST)
      expect(await countPairs()).toBe(0)
    })
  })

  describe("transaction", () => {
    it("keeps everything when it succeeds", async () => {
      const value = await run((session) =>
        session.transaction(Effect.as(session.copyIn("pair", ["id", "note"], pairs(0, 1000)), "done"))
      )
      expect([value, await countPairs()]).toStrictEqual(["done", 1000])
    })

    it("keeps nothing when it fails, and passes the failure on", async () => {
      const failure = await run((session) =>
        Effect.flip(session.transaction(Effect.andThen(session.copyIn("pair", ["id"], "1\n"), Effect.fail("refused"))))
      )
      expect(failure).toBe("refused")
      expect(await noSessionsLeft()).toStrictEqual([])
      expect(await countPairs()).toBe(0)
    })

    it("keeps nothing when it is interrupted, and stops what the server was doing", async () => {
      await run((session) =>
        Effect.gen(function* () {
          const work = Effect.andThen(session.copyIn("pair", ["id"], "1\n"), session.query("SELECT pg_sleep(60)"))
          const fiber = yield* Effect.forkChild(session.transaction(work))
          yield* Effect.sleep(300)
          yield* Fiber.interrupt(fiber)
        })
      )
      expect(await noSessionsLeft()).toStrictEqual([])
      expect(await countPairs()).toBe(0)
    })

    it("fails when a failed statement was swallowed inside", async () => {
      const reason = await run((session) =>
        reasonOf(
          session.transaction(
            Effect.andThen(session.copyIn("pair", ["id"], "1\n"), Effect.ignore(session.query("SELECT 1 / 0")))
          )
        )
      )
      expect(reason).toStrictEqual({ _tag: "Other", sqlState: "25P02" })
      expect(await countPairs()).toBe(0)
    })
  })

  it("reads dates and instants as exact text, and big numbers as they are", async () => {
    const rows = await run((session) =>
      Effect.map(
        session.query(
          "SELECT $1::date AS day, timestamptz '2024-01-01 00:00:00.123456Z' AS at, 9007199254740993 AS big, 1.50 AS exact",
          ["2024-02-29"]
        ),
        ({ rows }) => rows
      )
    )
    const expected = { day: "2024-02-29", at: "2024-01-01 00:00:00.123456+00", big: 9007199254740993n, exact: "1.50" }
    expect(rows).toStrictEqual([expected])
  })
})
