/**
 * What a user pays for one function of the core: a bundle of that function
 * alone, minified, with what it needs of `effect` inside.
 */
import { readFileSync } from "node:fs"
import path from "node:path"
import { pathToFileURL } from "node:url"
import { gzipSync } from "node:zlib"
import { build } from "esbuild"
import { ROOT } from "./repository.ts"

const BUNDLE_BYTES_MAX = 24_000
const BUNDLE_GZIPPED_BYTES_MAX = 8_000

/** What stands on most of the core and so costs more than one of its functions: see ADR 0008. */
const AGGREGATES: Readonly<Record<string, { readonly bytesMax: number; readonly gzippedBytesMax: number }>> = {
  "Entitlement.fromInvoice": { bytesMax: 25_000, gzippedBytesMax: 9_000 }
}

/** The function that stands for a concept; another concept is not measured. */
const REPRESENTATIVES: Readonly<Record<string, string>> = {
  PlainDate: "parse",
  BusinessZone: "dayWindow",
  Money: "parse",
  Rate: "parsePercent",
  Allocation: "allocate",
  Quantity: "parse",
  BillingCycle: "periodContaining",
  BillOfMaterials: "explode",
  Entitlement: "fromInvoice",
  CommissionEstimate: "estimate",
  CommissionInvoice: "decide",
  SellerPayout: "decide",
  RankingSettlement: "settle"
}

export interface Size {
  readonly name: string
  readonly bytes: number
  readonly gzippedBytes: number
}

export const isTooLarge = ({ bytes, gzippedBytes, name }: Size): boolean => {
  const { bytesMax, gzippedBytesMax } = AGGREGATES[name] ?? {
    bytesMax: BUNDLE_BYTES_MAX,
    gzippedBytesMax: BUNDLE_GZIPPED_BYTES_MAX
  }
  return bytes >= bytesMax || gzippedBytes >= gzippedBytesMax
}

/** The concepts that `index.ts` exports as namespaces, and the module of each: `billing-cycle/BillingCycle`. */
export const namespacesOf = (index: string): ReadonlyArray<readonly [concept: string, module: string]> =>
  [...index.matchAll(/^export \* as (\w+) from "\.\/(.+)\.ts"/gm)].map(([, name = "", module = ""]) => [name, module])

const bundleSize = async (concept: string, module: string, name: string): Promise<Size> => {
  const bundle = await build({
    stdin: {
      contents: `import * as ${concept} from "@reckoner/core/${module}"\nexport const used = ${concept}.${name}\n`,
      resolveDir: ROOT
    },
    bundle: true,
    minify: true,
    treeShaking: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    write: false,
    logLevel: "silent"
  })
  const contents = bundle.outputFiles[0]?.contents ?? new Uint8Array()
  return { name: `${concept}.${name}`, bytes: contents.length, gzippedBytes: gzipSync(contents).length }
}

/** Measures the built core; fails when it is not built. */
export const measure = async (): Promise<ReadonlyArray<Size>> => {
  const core = path.join(ROOT, "packages/core")
  const index = readFileSync(path.join(core, "src/index.ts"), "utf8")
  const built = (await import(pathToFileURL(path.join(core, "dist/index.js")).href)) as Record<string, object>
  const sizes: Array<Size> = []
  for (const [concept, module] of namespacesOf(index)) {
    const functions = Object.entries(built[concept] ?? {}).filter(
      ([name, value]) => typeof value === "function" && /^[a-z]/.test(name) // no classes: those are errors
    )
    const wanted = REPRESENTATIVES[concept]
    const known = functions.find(([name]) => name === wanted) ?? (wanted === undefined ? undefined : functions[0])
    if (known !== undefined) sizes.push(await bundleSize(concept, module, known[0]))
  }
  return sizes
}

const kilobytes = (bytes: number): string => `${(bytes / 1_000).toFixed(1)} kB`

/** The table that the check prints. */
export const formatSizes = (sizes: ReadonlyArray<Size>): ReadonlyArray<string> => [
  `${"function".padEnd(36)}${"minified".padStart(10)}${"gzipped".padStart(10)}`,
  ...sizes.map(
    (size) =>
      size.name.padEnd(36) +
      kilobytes(size.bytes).padStart(10) +
      kilobytes(size.gzippedBytes).padStart(10) +
      (isTooLarge(size) ? "  too large" : "")
  ),
  `limits: ${kilobytes(BUNDLE_BYTES_MAX)} minified, ${kilobytes(BUNDLE_GZIPPED_BYTES_MAX)} gzipped`
]
