/**
 * How events and figures of commissions are written as JSON: amounts as whole
 * minor units with their currency, rates as parts per million, both as text.
 * What is undefined is written as `null`, so that it survives a database.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import type { Currency as CurrencyCode } from "../money/Currency.ts"
import type { Rate as RatePpm } from "../money/Rate.ts"
import { modes } from "../money/Rounding.ts"
import type * as AuditEntry from "./AuditEntry.ts"
import type * as CommissionOrder from "./CommissionOrder.ts"
import type { SettingsUsed as SettingsUsedType } from "./CommissionSettings.ts"
import { STATUSES } from "./WalletCredit.ts"

const Minor = Schema.BigIntFromString
const Money = Schema.Struct({
  currency: Schema.String as unknown as Schema.Codec<CurrencyCode, string>,
  minor: Minor
})
const Rate = Minor as unknown as Schema.Codec<RatePpm, string>

const State = Schema.Union([
  Schema.TaggedStruct("Pending", {}),
  Schema.TaggedStruct("Approved", { approvedAt: Schema.Int }),
  Schema.TaggedStruct("Rejected", {})
])

const Settings = Schema.Struct({
  walletKind: Schema.String,
  affiliateLevel: Schema.String,
  levelDiscount: Schema.UndefinedOr(Rate),
  rounding: Schema.Literals(modes)
})

/**
 * The settings that an action used.
 *
 * @category codecs
 * @since 0.1.0
 */
export const SettingsUsed = Schema.toCodecJson(Settings)

const NamedRate = { rate: Rate, rateRevision: Schema.Int }
const invoiceId = Schema.String

/**
 * An event.
 *
 * @category codecs
 * @since 0.1.0
 */
export const Event = Schema.toCodecJson(
  Schema.Union([
    Schema.TaggedStruct("OrderApproved", { at: Schema.Int }),
    Schema.TaggedStruct("OrderApprovalCancelled", {}),
    Schema.TaggedStruct("OrderRejected", {}),
    Schema.TaggedStruct("OrderUnrejected", {}),
    Schema.TaggedStruct("OrderRatesChanged", {
      items: Schema.Array(Schema.Struct({ id: Schema.String, ...NamedRate }))
    }),
    Schema.TaggedStruct("WalletChanged", { walletKind: Schema.String, settings: Settings }),
    Schema.TaggedStruct("OrderCommissionChanged", { commission: Money }),
    Schema.TaggedStruct("InvoiceApproved", { invoiceId, at: Schema.Int }),
    Schema.TaggedStruct("InvoiceRejected", { invoiceId }),
    Schema.TaggedStruct("InvoiceUnrejected", { invoiceId }),
    Schema.TaggedStruct("InvoiceRecalculated", {
      invoiceId,
      rate: Rate,
      commission: Money,
      items: Schema.Array(
        Schema.Struct({ id: Schema.String, orderItemId: Schema.String, base: Money, commission: Money, ...NamedRate })
      ),
      settings: Settings
    }),
    Schema.TaggedStruct("CreditRequestChanged", { invoiceId, requestId: Schema.String, amount: Money }),
    Schema.TaggedStruct("CreditReleased", { invoiceId, requestId: Schema.String, amount: Money }),
    Schema.TaggedStruct("ReleaseLogged", { invoiceId, amount: Money }),
    Schema.TaggedStruct("NotificationQueued", { invoiceId, affiliateId: Schema.String, amount: Money })
  ])
)

/**
 * The figures of an order.
 *
 * @category codecs
 * @since 0.1.0
 */
export const Figures = Schema.toCodecJson(
  Schema.Struct({
    state: State,
    walletKind: Schema.String,
    commission: Money,
    invoices: Schema.Array(
      Schema.Struct({
        id: Schema.String,
        state: State,
        rate: Rate,
        commission: Money,
        request: Schema.UndefinedOr(Schema.Struct({ status: Schema.Literals(STATUSES), amount: Money }))
      })
    )
  })
)

// The codecs give the models of the core, and nothing else.
const _event: Schema.Codec<CommissionOrder.Event, unknown> = Event
const _figures: Schema.Codec<AuditEntry.Figures, unknown> = Figures
const _settings: Schema.Codec<SettingsUsedType, unknown> = SettingsUsed
void [_event, _figures, _settings]
