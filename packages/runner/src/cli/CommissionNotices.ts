/**
 * `reckoner commissions notices`: what affiliates are told about released
 * commissions, and what became of it.
 *
 * @since 0.1.0
 */
import { CommissionNotice } from "@reckoner/core"
import { type AffiliateNotifier, NoticeOutbox, type TokenStore } from "@reckoner/core/ports"
import * as Clock from "effect/Clock"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as NoticeRelay from "../commission-approval/NoticeRelay.ts"
import * as NoticeView from "../commission-approval/NoticeView.ts"
import * as Config from "../Config.ts"
import { ActionRefused } from "../ExitCode.ts"
import * as CommissionText from "./CommissionText.ts"
import * as Flags from "./Flags.ts"
import * as Output from "./Output.ts"

const list = Command.make(
  "list",
  {
    state: Flag.Literals("state", CommissionNotice.STATE_NAMES).pipe(
      Flag.withDescription(`Only these: ${CommissionNotice.STATE_NAMES.join(", ")}`),
      Flag.optional
    ),
    limit: Flags.limit,
    json: Flags.json
  },
  Effect.fnUntraced(function* ({ json, limit, state }) {
    const outbox = yield* NoticeOutbox
    const notices = yield* outbox.list({ states: Option.toArray(state), limit })
    yield* json
      ? Output.json({ notices: notices.map(NoticeView.notice) })
      : Output.lines(CommissionText.notices(notices))
  })
).pipe(Command.withDescription("List notices, the newest first"))

const requeue = Command.make(
  "requeue",
  {
    id: Argument.String("id").pipe(Argument.withMetavar("ID"), Argument.withDescription("Which notice")),
    json: Flags.json
  },
  Effect.fnUntraced(function* ({ id, json }) {
    const outbox = yield* NoticeOutbox
    const isQueued = yield* outbox.requeue(id, yield* Clock.currentTimeMillis)
    if (!isQueued) {
      const message = `notice ${JSON.stringify(id)} is not there, was sent, or is being sent: nothing has changed`
      return yield* new ActionRefused({ code: "NoticeNotQueued", message })
    }
    yield* json ? Output.json({ id, state: "Queued" }) : Output.lines([`notice ${id} is queued again`])
  })
).pipe(
  Command.withDescription(
    "Send a notice again that was held, was undeliverable, or may have been sent: look at the service first"
  )
)

type NotifierLayer = Layer.Layer<AffiliateNotifier, Config.SettingRefused, TokenStore>

const send = (notifier: NotifierLayer) =>
  Command.make(
    "send",
    { json: Flags.json },
    Effect.fnUntraced(function* ({ json }) {
      const { affiliateZone } = yield* Config.load
      const relayed = yield* Effect.provide(NoticeRelay.drain(affiliateZone), notifier)
      const rows = Object.entries(relayed).filter(([, count]) => count > 0)
      yield* json
        ? Output.json(relayed)
        : Output.lines(rows.length === 0 ? ["Nothing is due."] : rows.map(([state, count]) => `${state}: ${count}`))
    })
  ).pipe(Command.withDescription("Send what is due now, as `serve` does by itself"))

/**
 * The group, with whoever sends the notices.
 *
 * @category commands
 * @since 0.1.0
 */
export const command = (notifier: NotifierLayer) =>
  Command.make("notices").pipe(
    Command.withDescription("What affiliates are told about released commissions"),
    Command.withSubcommands([list, requeue, send(notifier)])
  )
