import { MemoryExecutions } from "@reckoner/core/testing"
import * as Layer from "effect/Layer"
import { engineSuite } from "./testing/engineSuite.ts"
import * as WorkflowEngine from "./WorkflowEngine.ts"
import * as WorkflowEngineDeployment from "./WorkflowEngineDeployment.ts"

engineSuite("in memory", async (jobs, settings) => ({
  layer: WorkflowEngine.layer(jobs, settings).pipe(
    Layer.provide(WorkflowEngineDeployment.layerMemory),
    Layer.provideMerge(MemoryExecutions.make().layer)
  ),
  drop: async () => {}
}))
