/**
 * Programs that live beside a package's sources: benchmarks and chaos runs. One
 * is a folder `packages/<package>/<kind>/<name>` whose `index.ts` exports
 * `run(args)`.
 */
import { existsSync, readdirSync } from "node:fs"
import path from "node:path"
import { pathToFileURL } from "node:url"
import { ROOT } from "./repository.ts"

const programs = (kind: string): ReadonlyMap<string, string> => {
  const found = new Map<string, string>()
  for (const name of readdirSync(path.join(ROOT, "packages"))) {
    const folder = path.join(ROOT, "packages", name, kind)
    if (!existsSync(folder)) continue
    for (const entry of readdirSync(folder)) {
      const file = path.join(folder, entry, "index.ts")
      if (existsSync(file)) found.set(entry, file)
    }
  }
  return found
}

/** Runs the program that the command line names; without a name, or with a wrong one, lists them all. */
export const runProgram = async (kind: string): Promise<void> => {
  const [name, ...args] = process.argv.slice(2)
  const found = programs(kind)
  const file = found.get(name ?? "")
  if (file === undefined) {
    console.error(`usage: npm run ${kind} -- NAME [options]\nnames: ${[...found.keys()].sort().join(", ")}`)
    process.exitCode = 2
    return
  }
  const { run } = (await import(pathToFileURL(file).href)) as { run: (args: ReadonlyArray<string>) => Promise<void> }
  await run(args)
}
