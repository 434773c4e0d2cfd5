/**
 * `reckoner commissions`: commissions that wait for approval, and what operators
 * do to them.
 *
 * @since 0.1.0
 */
import type { AffiliateNotifier, CommissionStore, NoticeOutbox, TokenStore } from "@reckoner/core/ports"
import * as Command from "effect/cli/Command"
import type * as Layer from "effect/Layer"
import type * as Config from "../Config.ts"
import * as CommissionChange from "./CommissionChange.ts"
import * as CommissionList from "./CommissionList.ts"
import * as CommissionNotices from "./CommissionNotices.ts"
import * as ExplainCommissionOrder from "./ExplainCommissionOrder.ts"

/**
 * The group, on the ports.
 *
 * @category commands
 * @since 0.1.0
 */
export const command = <E>(
  ports: Layer.Layer<CommissionStore | NoticeOutbox | TokenStore, E>,
  notifier: Layer.Layer<AffiliateNotifier, Config.SettingRefused, TokenStore>
) =>
  Command.make("commissions").pipe(
    Command.withDescription("Commissions that wait for approval: list, show, approve, reject and change them"),
    Command.withSubcommands([
      Command.provide(CommissionList.list, ports),
      Command.provide(ExplainCommissionOrder.show, ports),
      ...CommissionChange.statuses.map((command) => Command.provide(command, ports)),
      Command.provide(CommissionChange.percent, ports),
      Command.provide(CommissionChange.wallet, ports),
      Command.provide(CommissionNotices.command(notifier), ports)
    ])
  )
