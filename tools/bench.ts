/** `npm run bench -- NAME [options]`; the figures go into the `BASELINE.md` of the package's `bench`. */
import { runProgram } from "./programs.ts"

await runProgram("bench")
