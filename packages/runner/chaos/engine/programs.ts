/** The programs of a run, as Node is told to run them. */
import { build } from "esbuild"
import { createRequire } from "node:module"
import * as path from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"

/** Their files, and the words that come before them. */
export interface Programs {
  readonly words: ReadonlyArray<string>
  readonly servingProcess: string
  /** The URL of what is loaded before. */
  readonly clockJump: string
  readonly standIn: string
}

const FOLDER = fileURLToPath(new URL(".", import.meta.url))
const SOURCES = /^\.\.\/\.\.\/src\/(.+)\.ts$/

const programsIn = (folder: string, extension: string, words: ReadonlyArray<string>): Programs => {
  const file = (name: string) => path.join(folder, `${name}${extension}`)
  return {
    words,
    servingProcess: file("servingProcess"),
    clockJump: pathToFileURL(file("clockJump")).href,
    standIn: file("StandIn")
  }
}

/** From the sources, for tests: what they run is never older than what they test. */
export const fromSources: Programs = programsIn(FOLDER, ".ts", [
  "--conditions=@reckoner/source",
  "--import",
  pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href
])

/** On the packages as they are built and installed, so that a process starts as fast as the real one. */
export const built = async (): Promise<Programs> => {
  const folder = path.join(FOLDER, "../../../../node_modules/.cache/reckoner-chaos")
  const dist = path.join(FOLDER, "../../dist")
  await build({
    entryPoints: ["servingProcess", "clockJump", "StandIn"].map((name) => path.join(FOLDER, `${name}.ts`)),
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    plugins: [
      {
        name: "as built",
        setup: (plugin) =>
          plugin.onResolve({ filter: SOURCES }, ({ path: wanted }) => ({
            path: pathToFileURL(path.join(dist, `${SOURCES.exec(wanted)![1]}.js`)).href,
            external: true
          }))
      }
    ]
  })
  return programsIn(folder, ".mjs", [])
}
