/**
 * The paths there are, and what each of them takes.
 *
 * @since 0.1.0
 */
import * as Actor from "../commission-approval/Actor.ts"
import * as CommissionGroup from "./CommissionGroup.ts"
import * as Health from "./Health.ts"
import * as Operations from "./OperationsGroup.ts"
import type * as Problem from "./Problem.ts"
import * as SyncAffiliateOrder from "./SyncAffiliateOrderGroup.ts"

/**
 * What somebody must be allowed to do for a path that is for people.
 *
 * @category models
 * @since 0.1.0
 */
export interface ActorRole {
  readonly name: Actor.Role
  readonly isHad: (actor: Actor.Actor) => boolean
}

/**
 * A path and what it takes. A part that begins with `:` stands for any one part.
 *
 * @category models
 * @since 0.1.0
 */
export interface Route {
  readonly path: string
  readonly methods: ReadonlyArray<string>
  /** The parameters of its query; without a list they are ignored. */
  readonly parameters?: ReadonlyArray<string>
  /** Its body must be sent as JSON. */
  readonly takesJson?: boolean
  /** A body would be ignored, and may hold what its sender takes for parameters. */
  readonly takesNoBody?: boolean
  /** It is for other services: closed without a token of its own. */
  readonly isPrivate?: boolean
  /** It is for people: closed without an issuer of their tokens. Whoever asks must have this role or more. */
  readonly role?: ActorRole
  /** How it says what went wrong, if not as a problem. */
  readonly refusal?: typeof Problem.response
}

/**
 * How the router reads paths. A part of a path that is too long for what it
 * names is refused by whoever reads it, so the router lets through as much as
 * all headers of a request may hold.
 *
 * @category constants
 * @since 0.1.0
 */
export const ROUTER_CONFIG = { maxParamLength: 16_384 }

const READ = ["GET", "HEAD"]

const READER: ActorRole = { name: "reader", isHad: Actor.mayRead }
const APPROVER: ActorRole = { name: "approver", isHad: Actor.mayChange }

/** What changes commissions, or shows what would change. */
const change = (path: string): Route => ({ path, methods: ["POST"], parameters: [], takesJson: true, role: APPROVER })

const commissionList = (path: string): Route => ({
  path,
  methods: READ,
  parameters: CommissionGroup.LIST_PARAMETERS,
  role: READER
})

/**
 * Every path.
 *
 * @category constants
 * @since 0.1.0
 */
export const ROUTES: ReadonlyArray<Route> = [
  // It runs a job: asking for its headers alone must not, and a parameter that were ignored could start a run that
  // nobody wanted.
  { path: "/sync-quotas", methods: ["GET"], parameters: [] },
  {
    path: SyncAffiliateOrder.PATH,
    methods: ["GET", "POST"],
    parameters: SyncAffiliateOrder.PARAMETERS,
    takesNoBody: true,
    isPrivate: true,
    refusal: SyncAffiliateOrder.refusal
  },
  change(CommissionGroup.STATUS_PATH),
  change(CommissionGroup.PERCENT_PATH),
  change(CommissionGroup.WALLET_PATH),
  commissionList(CommissionGroup.ORDERS_PATH),
  { path: CommissionGroup.ORDER_PATH, methods: READ, parameters: [], role: READER },
  commissionList(CommissionGroup.INVOICES_PATH),
  { path: Operations.LIST_PATH, methods: READ, parameters: Operations.LIST_PARAMETERS },
  { path: Operations.SHOW_PATH, methods: READ, parameters: [] },
  { path: Operations.RETRY_PATH, methods: ["POST"], parameters: [] },
  { path: Operations.CANCEL_PATH, methods: ["POST"], parameters: [] },
  { path: Operations.SIGNAL_PATH, methods: ["POST"], parameters: [], takesJson: true },
  { path: Health.PATH, methods: READ },
  { path: "/metrics", methods: READ },
  { path: "/openapi.json", methods: READ },
  { path: "/docs", methods: READ }
]

const PATTERNS = ROUTES.map((route) => ({ route, parts: route.path.split("/") }))

/**
 * The route of a path as it was sent, if there is one.
 *
 * @category queries
 * @since 0.1.0
 */
export const find = (path: string): Route | undefined => {
  const sent = path.split("/")
  return PATTERNS.find(
    ({ parts }) =>
      parts.length === sent.length &&
      parts.every((part, at) => (part.startsWith(":") ? sent[at] !== "" : part === sent[at]))
  )?.route
}

/**
 * What is wrong with the query of a request, if anything is. A parameter that
 * nobody reads would make a caller believe what is not so.
 *
 * @category queries
 * @since 0.1.0
 */
export const queryProblem = ({ parameters }: Route, query: string): string | undefined => {
  if (parameters === undefined || query === "") return undefined
  if (parameters.length === 0) return "This path takes no parameters."
  const names = [...new URLSearchParams(query).keys()]
  const unknown = names.find((name) => !parameters.includes(name))
  if (unknown !== undefined) {
    return `There is no parameter ${JSON.stringify(unknown)} here; there are ${parameters.join(", ")}.`
  }
  const repeated = names.find((name, at) => names.indexOf(name) !== at)
  return repeated === undefined ? undefined : `The parameter ${repeated} may be given once.`
}
