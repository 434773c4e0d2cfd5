import { tokenStoreContract } from "./contracts/TokenStoreContract.ts"
import * as MemoryTokenStore from "./MemoryTokenStore.ts"

tokenStoreContract("MemoryTokenStore", async () => ({ layer: MemoryTokenStore.make().layer, close: async () => {} }))
