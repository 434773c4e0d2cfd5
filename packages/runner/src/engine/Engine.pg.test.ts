import { Database, PgExecutions } from "@reckoner/adapters-pg"
import * as Layer from "effect/Layer"
import { freshDatabase } from "../../../adapters-pg/src/testing/freshDatabase.ts"
import { engineSuite } from "./testing/engineSuite.ts"
import { freePort } from "./testing/freePort.ts"
import * as WorkflowEngine from "./WorkflowEngine.ts"
import * as WorkflowEngineDeployment from "./WorkflowEngineDeployment.ts"

const deployments = {
  "in one process": async () => ({ _tag: "Embedded" }) as const,
  "in a cluster": async () => ({ _tag: "Cluster", host: "127.0.0.1", port: await freePort() }) as const
}

for (const [name, deployment] of Object.entries(deployments)) {
  engineSuite(name, async (jobs, settings) => {
    const database = await freshDatabase()
    return {
      layer: WorkflowEngine.layer(jobs, settings).pipe(
        Layer.provide(WorkflowEngineDeployment.layer(await deployment())),
        Layer.provideMerge(PgExecutions.layer),
        Layer.provide(Layer.provideMerge(Database.SqlLive, database.layer))
      ),
      drop: database.drop
    }
  })
}
