/** Rewrites the document of the state machines from the tables of the core. */
import * as fs from "node:fs"
import * as path from "node:path"
import { ROOT } from "./repository.ts"
import { documentOf, FILE } from "./state-machines.ts"

const text = documentOf()
fs.writeFileSync(path.join(ROOT, FILE), text)
console.log(`wrote ${FILE}, ${text.split("\n").length - 1} lines`)
