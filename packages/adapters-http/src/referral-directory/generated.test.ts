import { execFile } from "node:child_process"
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { expect, it } from "vitest"

const PACKAGE = path.resolve(fileURLToPath(import.meta.url), "../../..")
const TEST_MS_MAX = 60_000
const GENERATED = "src/referral-directory/gen"
const PROGRAMS = [path.join(PACKAGE, "node_modules/.bin"), path.join(PACKAGE, "../../node_modules/.bin")]

const buf = (...args: ReadonlyArray<string>) =>
  promisify(execFile)("buf", args, {
    cwd: PACKAGE,
    env: { ...process.env, PATH: [...PROGRAMS, process.env.PATH].join(path.delimiter) }
  })

const filesOf = async (folder: string): Promise<Record<string, string>> => {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".ts")).toSorted()
  const texts = await Promise.all(names.map((name) => readFile(path.join(folder, name), "utf8")))
  return Object.fromEntries(names.map((name, index) => [name, texts[index]!]))
}

it(
  "is what `npm run proto` makes of the .proto files",
  async () => {
    const fresh = await mkdtemp(path.join(tmpdir(), "reckoner-proto-"))
    try {
      await buf("generate", "--output", fresh)
      const expected = await filesOf(path.join(fresh, GENERATED))
      expect(Object.keys(expected)).toHaveLength(1)
      expect(await filesOf(path.join(PACKAGE, GENERATED))).toStrictEqual(expected)
    } finally {
      await rm(fresh, { recursive: true, force: true })
    }
  },
  TEST_MS_MAX
)

it(
  "comes from .proto files without a fault",
  async () => {
    await expect(buf("lint")).resolves.toMatchObject({ stdout: "" })
  },
  TEST_MS_MAX
)
