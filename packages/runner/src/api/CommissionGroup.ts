/**
 * The contract of `/affiliate/v1`: how people see, approve and change the
 * commissions of affiliates.
 *
 * Parameters of lists are texts here, and bodies are read by
 * `CommissionInput`, so that a refusal names what it is about and says what is
 * allowed.
 *
 * @since 0.1.0
 */
import { Recalculation } from "@reckoner/core"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as OpenApi from "effect/http-api/OpenApi"
import * as Schema from "effect/Schema"
import * as CommissionView from "../commission-approval/CommissionView.ts"
import * as Problem from "./Problem.ts"

/**
 * Where all of it is.
 *
 * @category constants
 * @since 0.1.0
 */
export const PREFIX = "/affiliate/v1/"

/**
 * Where statuses are changed.
 *
 * @category constants
 * @since 0.1.0
 */
export const STATUS_PATH = "/affiliate/v1/status-changes"

/**
 * Where percentages are changed.
 *
 * @category constants
 * @since 0.1.0
 */
export const PERCENT_PATH = "/affiliate/v1/commission-percent-changes"

/**
 * Where wallets are changed.
 *
 * @category constants
 * @since 0.1.0
 */
export const WALLET_PATH = "/affiliate/v1/wallet-type-changes"

/**
 * Where orders are listed.
 *
 * @category constants
 * @since 0.1.0
 */
export const ORDERS_PATH = "/affiliate/v1/orders"

/**
 * Where one order is shown.
 *
 * @category constants
 * @since 0.1.0
 */
export const ORDER_PATH = `${ORDERS_PATH}/:id` as const

/**
 * Where invoices are listed.
 *
 * @category constants
 * @since 0.1.0
 */
export const INVOICES_PATH = "/affiliate/v1/invoices"

/**
 * The header that names a request, so that it is done once however often it is
 * sent.
 *
 * @category constants
 * @since 0.1.0
 */
export const KEY_HEADER = "idempotency-key"

/**
 * The header of an answer that was given before.
 *
 * @category constants
 * @since 0.1.0
 */
export const REPLAYED_HEADER = "idempotency-replayed"

const Id = Schema.Union([Schema.String, Schema.Int]).annotate({
  description: "The number of a record, as text or as a whole number"
})

const WalletType = Schema.String.annotate({ description: "The name that the commission settings give to a wallet" })

const dryRun = Schema.optionalKey(
  Schema.Boolean.annotate({ description: "true shows what would happen, and changes nothing; false without it" })
)

/**
 * What is asked for to change statuses.
 *
 * @category schemas
 * @since 0.1.0
 */
export const StatusChangeInput = Schema.Struct({
  type: Schema.Literals(["order", "invoice"]),
  newStatus: Schema.Literals(CommissionView.NEW_STATUSES).annotate({ description: "cancel is for orders alone" }),
  ids: Schema.Array(Id).annotate({ description: "1 to 1000 of them; each is decided alone" }),
  dryRun
}).annotate({
  identifier: "CommissionStatusChangeInput",
  examples: [{ type: "invoice", newStatus: "approve", ids: ["101", "102"] }]
})

const percent = Schema.Union([Schema.String, Schema.Finite]).annotate({
  description: "0 to 100 with up to four decimals, like 12.5; as text it is never touched by floating point"
})

const percentChange = <Mode extends (typeof Recalculation.MODES)[number], Ids extends Schema.Struct.Fields>(
  mode: Mode,
  ids: Ids
) => Schema.Struct({ mode: Schema.Literal(mode), ...ids, percent, dryRun })

/**
 * What is asked for to change a percentage: of all of an order, of one invoice,
 * of an item wherever the order's invoices bill it, or of an item of one
 * invoice.
 *
 * @category schemas
 * @since 0.1.0
 */
export const PercentChangeInput = Schema.Union([
  percentChange("order", { orderId: Id }),
  percentChange("invoice", { invoiceId: Id }),
  percentChange("orderItem", { orderId: Id, orderItemId: Id }),
  percentChange("invoiceItem", { invoiceId: Id, invoiceItemId: Id })
]).annotate({
  identifier: "CommissionPercentChangeInput",
  examples: [{ mode: "order", orderId: "7", percent: "12.5", dryRun: true }]
})

/**
 * What is asked for to credit another wallet.
 *
 * @category schemas
 * @since 0.1.0
 */
export const WalletChangeInput = Schema.Struct({ orderId: Id, walletType: WalletType, dryRun }).annotate({
  identifier: "CommissionWalletChangeInput",
  examples: [{ orderId: "7", walletType: "cash" }]
})

const optionalText = (description: string) => Schema.optionalKey(Schema.String.annotate({ description }))

const listQuery = {
  status: optionalText("Only in these states: one or more of pending, approved, rejected, with commas between them"),
  affiliateId: optionalText("Only of this affiliate"),
  from: optionalText("Only those created on this day or later, like 2026-01-31, in the zone of the affiliates"),
  to: optionalText("Only those created on this day or earlier"),
  walletType: optionalText("Only those credited to this wallet"),
  text: optionalText("Only where a word of the order's code or of its customer's name begins so"),
  limit: optionalText("At most so many: a whole number from 1 to 200; 50 without it"),
  cursor: optionalText("Only those after this place: `next` of the answer before"),
  summary: optionalText("Whether to count and add up all of them: true or false; without it, on the first page alone")
}

/**
 * The names of the parameters of a list.
 *
 * @category constants
 * @since 0.1.0
 */
export const LIST_PARAMETERS: ReadonlyArray<string> = Object.keys(listQuery)

const readErrors = [
  Problem.BadRequest,
  Problem.Unauthorized,
  Problem.Forbidden,
  Problem.InternalError,
  Problem.StoreUnavailable,
  Problem.IssuerUnavailable
] as const

const changeErrors = [
  ...readErrors,
  Problem.RequestInProgress,
  Problem.ContentTooLarge,
  Problem.UnsupportedMediaType,
  Problem.KeyReused
] as const

const oneErrors = [...changeErrors, Problem.CommissionUnknown, Problem.CommissionState] as const

const headers = {
  [KEY_HEADER]: Schema.optionalKey(
    Schema.String.annotate({
      description:
        "The caller's name for this request, 1 to 255 visible ASCII characters; needed unless it is a dry run. Sent " +
        "again with the same key, a request is done once, and answered as it was, for seven days."
    })
  )
}

const KEYED = "The same request with the same Idempotency-Key is done once."

/**
 * The endpoints.
 *
 * @category contracts
 * @since 0.1.0
 */
export const Group = HttpApiGroup.make("commissions").add(
  HttpApiEndpoint.post("changeCommissionStatus", STATUS_PATH, {
    headers,
    payload: StatusChangeInput,
    success: CommissionView.StatusChangeView,
    error: changeErrors
  }).annotateMerge(
    OpenApi.annotations({
      summary: "Approve, cancel, reject or unreject orders or invoices",
      description:
        "Each record is decided alone, and has a result of its own: one that is refused does not undo the others. " +
        `${KEYED} It asks for the role approver.`
    })
  ),
  HttpApiEndpoint.post("changeCommissionPercent", PERCENT_PATH, {
    headers,
    payload: PercentChangeInput,
    success: CommissionView.ChangeView,
    error: oneErrors
  }).annotateMerge(
    OpenApi.annotations({
      summary: "Give a percentage to what waits for approval",
      description:
        "Everything that depends on it is worked out anew, but for approved invoices, which keep what was booked. " +
        `${KEYED} It asks for the role approver.`
    })
  ),
  HttpApiEndpoint.post("changeCommissionWallet", WALLET_PATH, {
    headers,
    payload: WalletChangeInput,
    success: CommissionView.ChangeView,
    error: oneErrors
  }).annotateMerge(
    OpenApi.annotations({
      summary: "Credit another wallet with the commission of an order",
      description:
        "Its items get the level discount of that wallet. It is refused once an invoice of the order is approved. " +
        `${KEYED} It asks for the role approver.`
    })
  ),
  HttpApiEndpoint.get("listCommissionOrders", ORDERS_PATH, {
    query: listQuery,
    success: CommissionView.OrderListView,
    error: readErrors
  }).annotateMerge(
    OpenApi.annotations({
      summary: "Commissions of orders, the newest first",
      description:
        "Those that wait for approval are listed for active affiliates alone, all others for revoked ones too."
    })
  ),
  HttpApiEndpoint.get("showCommissionOrder", ORDER_PATH, {
    params: { id: Schema.String.annotate({ description: "Which order: its number" }) },
    success: CommissionView.OrderDetailsView,
    error: [...readErrors, Problem.CommissionUnknown]
  }).annotateMerge(OpenApi.annotations({ summary: "The commission of an order, with all that was done to it" })),
  HttpApiEndpoint.get("listCommissionInvoices", INVOICES_PATH, {
    query: listQuery,
    success: CommissionView.InvoiceListView,
    error: readErrors
  }).annotateMerge(
    OpenApi.annotations({
      summary: "Commissions of invoices, the newest first",
      description:
        "Those that wait for approval are listed for active affiliates alone, all others for revoked ones too."
    })
  )
)
