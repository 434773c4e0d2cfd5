/**
 * A program that uses the embedded server of a folder until its input ends, for tests that need several processes.
 *
 * It prints `up <url> <dataDir>` when the server is there, answers each line
 * `sql` by the result of a query, and prints `failed <reason> <message>` when it cannot start.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import pg from "pg"
import * as readline from "node:readline"
import * as EmbeddedServer from "../EmbeddedServer.ts"

const say = (text: string) => Effect.sync(() => console.log(text))

const program = Effect.gen(function* () {
  const { dataDir, url } = yield* EmbeddedServer.start({ dataDir: process.argv[2] ?? "", settings: { fsync: "off" } })
  yield* say(`up ${Redacted.value(url)} ${dataDir}`)
  yield* Effect.promise(async () => {
    for await (const sql of readline.createInterface({ input: process.stdin })) {
      const client = new pg.Client({ connectionString: Redacted.value(url) })
      await client.connect()
      console.log(JSON.stringify((await client.query(sql)).rows))
      await client.end()
    }
  })
}).pipe(
  Effect.scoped,
  Effect.catch((error) => say(`failed ${error.reason._tag} ${error.message}`))
)

await Effect.runPromise(program)
