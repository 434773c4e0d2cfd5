/**
 * One day of a small chain of gyms, made up for the demo: who sells what, who
 * subscribed to what, and the invoices that were paid that day.
 *
 * @since 0.1.0
 */
import { PlainDate } from "@reckoner/core"

const date = PlainDate.parseUnsafe

/**
 * The day.
 *
 * @category constants
 * @since 0.1.0
 */
export const DATE = date("2026-03-05")

/**
 * The instant as of which the demo runs, milliseconds since 1970-01-01T00:00Z:
 * the evening of the day.
 *
 * @category constants
 * @since 0.1.0
 */
export const RUN_AT_MS = Date.UTC(2026, 2, 5, 20, 0)

/**
 * The companies. All of them have bought the membership module.
 *
 * @category constants
 * @since 0.1.0
 */
export const companies = [
  { companyId: 1, name: "Iron Temple", isActive: true },
  { companyId: 2, name: "Harbour Gym", isActive: true },
  { companyId: 3, name: "Old Mill Fitness", isActive: false }
] as const

/**
 * Their departments; `sellsMemberships` is the department's own setting.
 *
 * @category constants
 * @since 0.1.0
 */
export const departments = [
  { departmentId: 10, companyId: 1, name: "Iron Temple Centre", isActive: true, sellsMemberships: true },
  { departmentId: 20, companyId: 2, name: "Harbour Gym Pier", isActive: true, sellsMemberships: true },
  { departmentId: 21, companyId: 2, name: "Harbour Gym Café", isActive: true, sellsMemberships: false },
  { departmentId: 30, companyId: 3, name: "Old Mill Hall", isActive: true, sellsMemberships: true }
] as const

/**
 * What is sold.
 *
 * @category constants
 * @since 0.1.0
 */
export const articles = [
  { articleId: 100, name: "Gym access", isPackage: false },
  { articleId: 101, name: "Sauna visit", isPackage: false },
  { articleId: 102, name: "Towel", isPackage: false },
  { articleId: 103, name: "Training hour", isPackage: false },
  { articleId: 104, name: "Group class", isPackage: false },
  { articleId: 105, name: "Pool visit", isPackage: false },
  { articleId: 106, name: "Day pass", isPackage: false },
  { articleId: 107, name: "Smoothie", isPackage: false },
  { articleId: 108, name: "Nutrition plan", isPackage: false },
  { articleId: 110, name: "Gold package", isPackage: true },
  { articleId: 111, name: "Wellness package", isPackage: true },
  { articleId: 112, name: "Starter package", isPackage: true }
] as const

/**
 * What is in the packages. The gold package has a newer bill, which counts; the
 * starter package has one with nothing in it.
 *
 * @category constants
 * @since 0.1.0
 */
export const bills = [
  { billId: 1, articleId: 110, lines: [{ componentId: 101, quantity: "2" }] },
  {
    billId: 2,
    articleId: 110,
    lines: [
      { componentId: 100, quantity: "1" },
      { componentId: 101, quantity: "4" },
      { componentId: 102, quantity: "4" }
    ]
  },
  {
    billId: 3,
    articleId: 111,
    lines: [
      { componentId: 105, quantity: "3" },
      { componentId: 101, quantity: "1" },
      { componentId: 103, quantity: "0.5" }
    ]
  },
  { billId: 4, articleId: 112, lines: [] }
] as const

/**
 * The members.
 *
 * @category constants
 * @since 0.1.0
 */
export const members = [
  { memberId: 1, name: "Ana" },
  { memberId: 2, name: "Boris" },
  { memberId: 3, name: "Carla" },
  { memberId: 4, name: "Dmitri" },
  { memberId: 5, name: "Elena" },
  { memberId: 6, name: "Farid" },
  { memberId: 7, name: "Greta" },
  { memberId: 8, name: "Hugo" }
] as const

/**
 * Their subscriptions. Weeks are a unit that the rule does not know.
 *
 * @category constants
 * @since 0.1.0
 */
export const subscriptions = [
  { subscriptionId: 1, memberId: 1, articleId: 100, anchorDate: date("2025-09-12"), unit: "month", intervalCount: 1 },
  { subscriptionId: 2, memberId: 2, articleId: 100, anchorDate: date("2026-01-31"), unit: "month", intervalCount: 1 },
  { subscriptionId: 3, memberId: 3, articleId: 104, anchorDate: date("2025-11-15"), unit: "month", intervalCount: 3 },
  { subscriptionId: 4, memberId: 4, articleId: 106, anchorDate: date("2026-03-01"), unit: "day", intervalCount: 1 },
  { subscriptionId: 5, memberId: 5, articleId: 110, anchorDate: date("2026-02-20"), unit: "month", intervalCount: 1 },
  { subscriptionId: 6, memberId: 6, articleId: 101, anchorDate: date("2026-01-01"), unit: "month", intervalCount: 1 },
  { subscriptionId: 7, memberId: 7, articleId: 103, anchorDate: date("2026-03-10"), unit: "month", intervalCount: 1 },
  { subscriptionId: 8, memberId: 8, articleId: 108, anchorDate: date("2026-01-05"), unit: "week", intervalCount: 2 },
  { subscriptionId: 9, memberId: 1, articleId: 105, anchorDate: date("2025-01-10"), unit: "month", intervalCount: 1 },
  { subscriptionId: 10, memberId: 1, articleId: 105, anchorDate: date("2026-02-01"), unit: "month", intervalCount: 1 },
  { subscriptionId: 11, memberId: 1, articleId: 105, anchorDate: date("2026-04-01"), unit: "month", intervalCount: 1 },
  { subscriptionId: 12, memberId: 2, articleId: 112, anchorDate: date("2026-03-01"), unit: "month", intervalCount: 1 },
  { subscriptionId: 13, memberId: 6, articleId: 111, anchorDate: date("2026-02-28"), unit: "month", intervalCount: 1 },
  { subscriptionId: 14, memberId: 3, articleId: 100, anchorDate: date("2025-06-01"), unit: "month", intervalCount: 1 }
] as const

/**
 * The invoices of the day, all of them paid.
 *
 * @category constants
 * @since 0.1.0
 */
export const invoices = [
  { invoiceId: 1001, departmentId: 10, memberId: 1, lines: [{ articleId: 100, quantity: "1" }] },
  { invoiceId: 1002, departmentId: 10, memberId: 2, lines: [{ articleId: 100, quantity: "1" }] },
  { invoiceId: 1003, departmentId: 20, memberId: 3, lines: [{ articleId: 104, quantity: "10" }] },
  { invoiceId: 1004, departmentId: 20, memberId: 4, lines: [{ articleId: 106, quantity: "1" }] },
  { invoiceId: 1005, departmentId: 10, memberId: 5, lines: [{ articleId: 110, quantity: "2" }] },
  {
    invoiceId: 1006,
    departmentId: 10,
    memberId: 6,
    lines: [
      { articleId: 101, quantity: "3" },
      { articleId: 101, quantity: "2" }
    ]
  },
  { invoiceId: 1007, departmentId: 20, memberId: 7, lines: [{ articleId: 103, quantity: "4" }] },
  { invoiceId: 1008, departmentId: 20, memberId: 8, lines: [{ articleId: 108, quantity: "1" }] },
  {
    invoiceId: 1009,
    departmentId: 10,
    memberId: 1,
    lines: [
      { articleId: 105, quantity: "5" },
      { articleId: 107, quantity: "1" }
    ]
  },
  { invoiceId: 1010, departmentId: 10, memberId: 2, lines: [{ articleId: 112, quantity: "1" }] },
  { invoiceId: 1011, departmentId: 30, memberId: 3, lines: [{ articleId: 100, quantity: "1" }] },
  { invoiceId: 1012, departmentId: 10, memberId: 6, lines: [{ articleId: 111, quantity: "1" }] },
  { invoiceId: 1013, departmentId: 21, memberId: 4, lines: [{ articleId: 107, quantity: "2" }] }
] as const
