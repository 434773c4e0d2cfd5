/**
 * The document of the state machines, from their tables: every state with every command is decided about an example,
 * and so is every guard, so that the document says what the code does.
 */
import { CommissionInvoice, CommissionOrder, Currency, Money, Rate } from "@reckoner/core"
import { CommissionOrderArbitrary } from "@reckoner/core/testing"
import * as Result from "effect/Result"

type Command = CommissionOrder.Command
type Decided = Result.Result<ReadonlyArray<{ readonly _tag: string }>, { readonly _tag: string }>
type Draft = CommissionOrderArbitrary.OrderDraft

interface Machine {
  readonly title: string
  readonly about: string
  readonly transitions: ReadonlyArray<CommissionOrder.Transition | CommissionInvoice.Transition>
  /** What is decided about an example in a state, with something in the way of it or nothing. */
  readonly decide: (state: string, command: Command, guard: string | undefined) => Decided
}

/** The document, relative to the root of the repository. */
export const FILE = "docs/STATE-MACHINES.md"

const COMMANDS: Readonly<Record<string, Command>> = {
  Approve: { _tag: "Approve", at: 1, mayApproveRevoked: false },
  CancelApproval: { _tag: "CancelApproval" },
  Reject: { _tag: "Reject" },
  Unreject: { _tag: "Unreject" }
}

const STATES: Readonly<Record<string, CommissionOrder.CommissionOrder["state"]>> = {
  Pending: { _tag: "Pending" },
  Approved: { _tag: "Approved", approvedAt: 0 },
  Rejected: { _tag: "Rejected" }
}

const REVOKED = { affiliate: { isRevoked: true } }

const draft = (state: string, invoiceState: string, more: Partial<Draft> = {}): Draft => ({
  currency: Result.getOrThrow(Currency.parse("VND")),
  state: STATES[state]!,
  items: [{ id: "a", base: 1_000n, rate: Rate.fromPpm(100_000n) }],
  invoices: [{ id: "1", state: STATES[invoiceState]!, items: [{ orderItemId: "a", base: 1_000n }] }],
  ...more
})

const decideOrder: Machine["decide"] = (state, command, guard) => {
  const given: Readonly<Record<string, Draft>> = {
    AffiliateRevoked: draft(state, "Pending", REVOKED),
    OrderHasApprovedInvoice: draft(state, "Approved")
  }
  return CommissionOrder.decide(
    CommissionOrderArbitrary.orderOf(given[guard ?? ""] ?? draft(state, "Pending")),
    command
  )
}

const decideInvoice: Machine["decide"] = (state, command, guard) => {
  const fine = draft("Approved", state)
  const [invoice] = fine.invoices!
  const given: Readonly<Record<string, Draft>> = {
    AffiliateRevoked: { ...fine, ...REVOKED },
    OrderNotApproved: { ...fine, state: STATES["Pending"]! },
    TransactionRequestMissing: { ...fine, invoices: [{ ...invoice!, request: "missing" }] },
    TransactionRequestNotPending: { ...fine, invoices: [{ ...invoice!, request: "failed" }] }
  }
  const order = CommissionOrderArbitrary.orderOf(given[guard ?? ""] ?? fine)
  const [example] = order.invoices
  const settings = {
    walletKind: "cash",
    affiliateLevel: "gold",
    levelDiscount: Rate.zero,
    rounding: "halfExpand"
  } as const
  const isAtOdds = guard === "TransactionAmountMismatch"
  const one = isAtOdds ? { ...example!, commission: Money.zero(example!.commission.currency) } : example!
  return CommissionInvoice.decide(one, { order, settings }, command)
}

const MACHINES: ReadonlyArray<Machine> = [
  {
    title: "An order's commission",
    about: "`CommissionOrder.decide`, from `CommissionOrder.TRANSITIONS`.",
    transitions: CommissionOrder.TRANSITIONS,
    decide: decideOrder
  },
  {
    title: "An invoice's commission",
    about: "`CommissionInvoice.decide`, from `CommissionInvoice.TRANSITIONS`. An approval cannot be undone.",
    transitions: CommissionInvoice.TRANSITIONS,
    decide: decideInvoice
  }
]

/** What the code says must be what the table says; otherwise the document would be about neither. */
const expectSame = (where: string, said: string, expected: string): void => {
  if (said !== expected) throw new Error(`${where}: the table says ${expected}, and the code ${said}`)
}

const rowOf = ({ decide }: Machine, { command, guards, outcome, state }: Machine["transitions"][number]): string => {
  const where = `${state}, ${command}`
  const free = decide(state, COMMANDS[command]!, undefined)
  for (const guard of guards) {
    const inTheWay = decide(state, COMMANDS[command]!, guard)
    expectSame(where, Result.isFailure(inTheWay) ? inTheWay.failure._tag : "nothing", guard)
  }
  const named = Result.isFailure(free) ? `refused: \`${free.failure._tag}\`` : eventsOf(free.success)
  switch (outcome._tag) {
    case "Refused":
      expectSame(where, named, `refused: \`${outcome.refusal}\``)
      return `| ${state} | \`${command}\` | ${named} | | |`
    case "Unchanged":
      expectSame(where, named, "")
      return `| ${state} | \`${command}\` | stays as it is | | |`
    case "Becomes":
      return `| ${state} | \`${command}\` | ${outcome.state} | ${guards.map((guard) => `\`${guard}\``).join(", ")} | ${named} |`
  }
}

const eventsOf = (events: ReadonlyArray<{ readonly _tag: string }>): string =>
  events.map(({ _tag }) => `\`${_tag}\``).join(", ")

const diagramOf = ({ transitions }: Machine): ReadonlyArray<string> => [
  "```mermaid",
  "stateDiagram-v2",
  "  [*] --> Pending",
  ...transitions.flatMap(({ command, guards, outcome, state }) =>
    outcome._tag === "Becomes"
      ? [`  ${state} --> ${outcome.state}: ${command}${guards.length === 0 ? "" : " [guarded]"}`]
      : []
  ),
  "```"
]

const sectionOf = (machine: Machine): ReadonlyArray<string> => [
  `## ${machine.title}`,
  "",
  machine.about,
  "",
  ...diagramOf(machine),
  "",
  "| State | Command | Becomes | Unless, the first that applies | Events |",
  "| --- | --- | --- | --- | --- |",
  ...machine.transitions.map((transition) => rowOf(machine, transition)),
  ""
]

/** The whole document. */
export const documentOf = (): string =>
  [
    "# State machines",
    "",
    "Written by `npm run docs:machines` from the tables of the core, and by deciding about every pair of them; `tools/state-machines.test.ts` fails when it is not up to date. Do not edit it.",
    "",
    "What is refused, and what stays as it is, has no events. The reasons of refusals are in `Refusal.ts`.",
    "",
    ...MACHINES.flatMap(sectionOf)
  ]
    .join("\n")
    .trimEnd()
    .concat("\n")
