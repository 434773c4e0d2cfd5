import { answerStoreContract } from "./contracts/AnswerStoreContract.ts"
import * as MemoryAnswerStore from "./MemoryAnswerStore.ts"

answerStoreContract("MemoryAnswerStore", async () => ({ layer: MemoryAnswerStore.make().layer, close: async () => {} }))
