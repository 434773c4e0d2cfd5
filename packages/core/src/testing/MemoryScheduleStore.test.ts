import { scheduleStoreContract } from "./contracts/ScheduleStoreContract.ts"
import * as MemoryScheduleStore from "./MemoryScheduleStore.ts"

scheduleStoreContract("MemoryScheduleStore", async () => ({
  layer: MemoryScheduleStore.make().layer,
  close: async () => {}
}))
