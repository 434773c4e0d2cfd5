import { noticeOutboxContract } from "./contracts/NoticeOutboxContract.ts"
import * as MemoryNoticeOutbox from "./MemoryNoticeOutbox.ts"

noticeOutboxContract("MemoryNoticeOutbox", async () => {
  const { layer, queue } = MemoryNoticeOutbox.make()
  return { layer, load: async (notices) => queue(...notices), close: async () => {} }
})
