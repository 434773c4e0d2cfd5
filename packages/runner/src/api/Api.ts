/**
 * The contract of the HTTP endpoints; the OpenAPI document comes from it.
 *
 * @since 0.1.0
 */
import * as HttpApi from "effect/http-api/HttpApi"
import * as OpenApi from "effect/http-api/OpenApi"
import * as CommissionGroup from "./CommissionGroup.ts"
import * as Health from "./Health.ts"
import * as OperationsGroup from "./OperationsGroup.ts"
import * as SyncAffiliateOrderGroup from "./SyncAffiliateOrderGroup.ts"
import * as SyncQuotas from "./SyncQuotas.ts"

const SECURITY = "bearer"

type Spec = Record<string, any>

const PRIVATE_SECURITY = "privateBearer"

const ACTOR_SECURITY = "actorBearer"

/** Every path but the health check asks for a token, when there is one. */
const withSecurity = (spec: Spec): Spec => {
  const security = (path: string) => {
    if (path === Health.PATH) return []
    if (path.startsWith(CommissionGroup.PREFIX)) return [{ [ACTOR_SECURITY]: [] }]
    return [{ [path === SyncAffiliateOrderGroup.PATH ? PRIVATE_SECURITY : SECURITY]: [] }]
  }
  const paths = Object.entries(spec["paths"] as Record<string, Spec>).map(([path, operations]) => [
    path,
    Object.fromEntries(
      Object.entries(operations).map(([method, operation]) => [method, { ...operation, security: security(path) }])
    )
  ])
  const scheme = { type: "http", scheme: "bearer", description: "RECKONER_API_TOKEN, when the server has one" }
  return {
    ...spec,
    paths: Object.fromEntries(paths),
    components: {
      ...spec["components"],
      securitySchemes: {
        [SECURITY]: scheme,
        [PRIVATE_SECURITY]: { ...scheme, description: "RECKONER_PRIVATE_TOKEN" },
        [ACTOR_SECURITY]: {
          ...scheme,
          bearerFormat: "JWT",
          description:
            "A JWT of the issuer RECKONER_JWT_ISSUER for the audience RECKONER_JWT_AUDIENCE. Its sub is who acts; its " +
            "claim RECKONER_JWT_ROLES_CLAIM holds the roles reader, approver or approver-revoked."
        }
      }
    }
  }
}

/**
 * All endpoints.
 *
 * @category contracts
 * @since 0.1.0
 */
export const Api = HttpApi.make("reckoner")
  .add(SyncQuotas.Group)
  .add(SyncAffiliateOrderGroup.Group)
  .add(CommissionGroup.Group)
  .add(OperationsGroup.Group)
  .add(Health.Group)
  .annotateMerge(
    OpenApi.annotations({
      title: "Reckoner",
      version: "0.1.0",
      description:
        "Runs Reckoner's jobs, and shows and steers their executions. Errors are problem details (RFC 9457).",
      transform: withSecurity
    })
  )
