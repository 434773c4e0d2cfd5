/**
 * `npm run chaos -- NAME [options]` disturbs a job as operation does, and
 * checks that nothing is lost, doubled or left half done; without a name it
 * lists what there is. A chaos program is a folder
 * `packages/<package>/chaos/<name>` whose `index.ts` exports `run(args)`.
 */
import { existsSync, readdirSync } from "node:fs"
import path from "node:path"
import { pathToFileURL } from "node:url"

const root = path.resolve(import.meta.dirname, "..")

const programs = (): ReadonlyMap<string, string> => {
  const found = new Map<string, string>()
  for (const name of readdirSync(path.join(root, "packages"))) {
    const folder = path.join(root, "packages", name, "chaos")
    if (!existsSync(folder)) continue
    for (const entry of readdirSync(folder)) {
      const file = path.join(folder, entry, "index.ts")
      if (existsSync(file)) found.set(entry, file)
    }
  }
  return found
}

const [name, ...args] = process.argv.slice(2)
const file = programs().get(name ?? "")
if (file === undefined) {
  console.error(`usage: npm run chaos -- NAME [options]\nchaos programs: ${[...programs().keys()].sort().join(", ")}`)
  process.exitCode = 2
} else {
  const { run } = (await import(pathToFileURL(file).href)) as { run: (args: ReadonlyArray<string>) => Promise<void> }
  await run(args)
}
