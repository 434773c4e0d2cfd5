/**
 * `npm run bench -- NAME [options]` runs a benchmark; without a name it lists
 * them. A benchmark is a folder `packages/<package>/bench/<name>` whose
 * `index.ts` exports `run(args)`; its figures go into the `BASELINE.md` of
 * `bench`.
 */
import { existsSync, readdirSync } from "node:fs"
import path from "node:path"
import { pathToFileURL } from "node:url"

const root = path.resolve(import.meta.dirname, "..")

const benchmarks = (): ReadonlyMap<string, string> => {
  const found = new Map<string, string>()
  for (const name of readdirSync(path.join(root, "packages"))) {
    const folder = path.join(root, "packages", name, "bench")
    if (!existsSync(folder)) continue
    for (const entry of readdirSync(folder)) {
      const file = path.join(folder, entry, "index.ts")
      if (existsSync(file)) found.set(entry, file)
    }
  }
  return found
}

const [name, ...args] = process.argv.slice(2)
const file = benchmarks().get(name ?? "")
if (file === undefined) {
  console.error(`usage: npm run bench -- NAME [options]\nbenchmarks: ${[...benchmarks().keys()].sort().join(", ")}`)
  process.exitCode = 2
} else {
  const { run } = (await import(pathToFileURL(file).href)) as { run: (args: ReadonlyArray<string>) => Promise<void> }
  await run(args)
}
