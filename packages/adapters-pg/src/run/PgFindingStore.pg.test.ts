import { findingStoreContract } from "@reckoner/core/testing/contracts"
import { gymStore } from "../testing/gymStore.ts"

findingStoreContract("PgFindingStore", gymStore)
