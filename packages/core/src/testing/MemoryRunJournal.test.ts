import { runJournalContract } from "./contracts/RunJournalContract.ts"
import * as MemoryRunJournal from "./MemoryRunJournal.ts"

runJournalContract("MemoryRunJournal", async () => {
  const { layer, runs } = MemoryRunJournal.make()
  return { layer, runs: async () => runs(), close: async () => {} }
})
