/** `npm run chaos -- NAME [options]`: the full form of what the chaos suites try in small. */
import { runProgram } from "./programs.ts"

await runProgram("chaos")
