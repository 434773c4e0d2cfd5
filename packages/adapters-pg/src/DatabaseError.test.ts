import { ConnectionError, SqlError, UniqueViolation } from "effect/sql/SqlError"
import { describe, expect, it } from "vitest"
import * as DatabaseError from "./DatabaseError.ts"

const server = "db.example:5432/reckoner"
const coded = (code: string, fields = {}) => Object.assign(new Error("said so"), { code, ...fields })
const of = (cause: unknown, connecting = false) => DatabaseError.from(cause, { server, connecting })

describe("DatabaseError", () => {
  describe("from", () => {
    // Columns: what happened, code, expected reason, may it be tried again.
    it.each([
      ["nobody listens", "ECONNREFUSED", { _tag: "Unreachable" }, true],
      ["the host is unknown", "ENOTFOUND", { _tag: "Unreachable" }, true],
      ["the server is starting", "57P03", { _tag: "Unreachable" }, true],
      ["wrong password", "28P01", { _tag: "AuthenticationFailed" }, false],
      ["no line in pg_hba.conf", "28000", { _tag: "AuthenticationFailed" }, false],
      ["no such database", "3D000", { _tag: "DatabaseMissing" }, false],
      ["too many connections", "53300", { _tag: "TooManyConnections" }, true],
      ["no right", "42501", { _tag: "PermissionDenied" }, false],
      ["no such table", "42P01", { _tag: "SchemaMissing" }, false],
      ["a terminated backend", "57P01", { _tag: "ConnectionLost" }, true],
      ["a reset socket", "ECONNRESET", { _tag: "ConnectionLost" }, true],
      ["a failed connection", "08006", { _tag: "ConnectionLost" }, true],
      ["a full disk", "53100", { _tag: "DiskFull" }, false],
      ["a bad value", "22P02", { _tag: "InvalidData", sqlState: "22P02" }, false],
      ["a lock not got", "55P03", { _tag: "LockTimeout" }, true],
      ["a cancelled statement", "57014", { _tag: "StatementTimeout" }, false],
      ["a serialization failure", "40001", { _tag: "TransactionConflict", sqlState: "40001" }, true],
      ["a deadlock", "40P01", { _tag: "TransactionConflict", sqlState: "40P01" }, true],
      ["anything else", "54001", { _tag: "Other", sqlState: "54001" }, false]
    ] as const)("knows %s", (_, code, reason, isRetryable) => {
      const error = of(coded(code))
      expect([error.reason, error.isRetryable]).toStrictEqual([reason, isRetryable])
    })

    it("names the constraint of a double key and of a refused row", () => {
      expect(of(coded("23505", { constraint: "dok_pkey" })).reason).toStrictEqual({
        _tag: "UniqueViolation",
        constraint: "dok_pkey"
      })
      expect(of(coded("23503", { constraint: "dok_oj_fkey" })).reason).toStrictEqual({
        _tag: "ConstraintViolation",
        constraint: "dok_oj_fkey",
        sqlState: "23503"
      })
    })

    it("looks into an SqlError", () => {
      const cause = coded("23505", { constraint: "dok_pkey" })
      const reason = new UniqueViolation({ cause, message: "PgConnection: failed", constraint: "dok_pkey" })
      expect(of(new SqlError({ reason })).reason).toStrictEqual({ _tag: "UniqueViolation", constraint: "dok_pkey" })
    })

    it("tells an unanswered connection from a lost one", () => {
      const closed = (operation: string) =>
        new SqlError({
          reason: new ConnectionError({ cause: new Error("Connection timed out"), message: "closed", operation })
        })
      expect(of(closed("connect")).reason).toStrictEqual({ _tag: "Unreachable" })
      expect(of(closed("query")).reason).toStrictEqual({ _tag: "ConnectionLost" })
      expect(of(new Error("Connection terminated unexpectedly")).reason).toStrictEqual({ _tag: "ConnectionLost" })
      expect(of(new Error("Connection terminated unexpectedly"), true).reason).toStrictEqual({ _tag: "Unreachable" })
    })

    it("looks into the attempts on several addresses of one host", () => {
      expect(of(new AggregateError([coded("ECONNREFUSED"), coded("ECONNREFUSED")])).reason).toStrictEqual({
        _tag: "Unreachable"
      })
    })

    it("leaves a DatabaseError as it is", () => {
      const error = of(coded("53100"))
      expect(of(error)).toBe(error)
    })

    it("keeps nothing of an unreadable URL, which holds the password", () => {
      const error = of(Object.assign(new TypeError("Invalid URL"), { code: "ERR_INVALID_URL", input: "x:hunter2@" }))
      expect(error.reason).toStrictEqual({ _tag: "InvalidUrl" })
      expect(JSON.stringify(error) + error.message + String(error.cause)).not.toContain("hunter2")
    })
  })

  it("names the tables that are missing, which trying again does not bring", () => {
    const reason = { _tag: "TablesMissing", tables: ["a.b", "a.c"] } as const
    const error = new DatabaseError.DatabaseError({ reason, server: "db.example:5432/reckoner" })
    expect([error.message, error.isRetryable]).toStrictEqual([
      "db.example:5432/reckoner has no a.b, a.c: check that the URL leads to the right database",
      false
    ])
  })

  it("says where, what and the fix on one line", () => {
    expect(of(coded("53100")).message).toBe(
      "the disk of db.example:5432/reckoner is full: free some space, then run it again (said so)"
    )
  })
})
