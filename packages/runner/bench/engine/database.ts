/** A database per run, on the server of all runs. */

import { madeAnew } from "../../src/testing/onServer.ts"

const NAME = "bench_engine"

/** A fresh database with our tables and those of the statements. Gives its URL. */
export const prepare = (adminUrl: string, statements: ReadonlyArray<string>): Promise<string> =>
  madeAnew(adminUrl, NAME, statements)
