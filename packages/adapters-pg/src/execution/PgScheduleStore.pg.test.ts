import { scheduleStoreContract } from "@reckoner/core/testing/contracts"
import * as Layer from "effect/Layer"
import * as Database from "../Database.ts"
import { freshDatabase } from "../testing/freshDatabase.ts"
import * as PgScheduleStore from "./PgScheduleStore.ts"

scheduleStoreContract("PgScheduleStore", async () => {
  const database = await freshDatabase()
  return {
    layer: Layer.provide(PgScheduleStore.layer, Layer.provideMerge(Database.SqlLive, database.layer)),
    close: database.drop
  }
})
