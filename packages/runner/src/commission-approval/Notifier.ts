/**
 * Whoever tells affiliates about released commissions, by the settings, and the
 * loop of `serve` that does it.
 *
 * @since 0.1.0
 */
import { ZnsNotifier } from "@reckoner/adapters-http"
import { type AffiliateNotifier, NoticeOutbox, type StoreError, type TokenStore } from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Config from "../Config.ts"
import * as ZnsSettings from "../ZnsSettings.ts"
import * as CommissionMetrics from "./CommissionMetrics.ts"
import * as NoticeRelay from "./NoticeRelay.ts"

/**
 * How long `serve` waits before it looks for notices again, in milliseconds.
 *
 * @category constants
 * @since 0.1.0
 */
export const INTERVAL_MS = 5_000

/**
 * How long `serve` waits before it counts notices again, in milliseconds: that
 * reads all there ever were.
 *
 * @category constants
 * @since 0.1.0
 */
export const COUNT_INTERVAL_MS = 60_000

const zns = (
  values: ZnsSettings.Values,
  application: ZnsSettings.Application
): Layer.Layer<AffiliateNotifier, never, TokenStore> =>
  Layer.provide(
    ZnsNotifier.layer({
      ...application,
      baseUrl: Option.getOrUndefined(values.znsUrl),
      oauthUrl: Option.getOrUndefined(values.znsOauthUrl),
      refreshToken: values.znsRefreshToken,
      mode: values.znsMode === "development" ? values.znsMode : undefined
    }),
    FetchHttpClient.layer
  )

/**
 * The notifier of the settings.
 *
 * **Errors**
 *
 * - `SettingRefused`: they name none.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<AffiliateNotifier, Config.SettingRefused, TokenStore> = Layer.unwrap(
  Effect.flatMap(Config.load, (values) =>
    Option.match(ZnsSettings.application(values), {
      onNone: () =>
        Effect.fail(
          new Config.SettingRefused({
            name: ZnsSettings.settings.znsAppId.name,
            value: undefined,
            allowed: "set, with ZNS_SECRET_KEY and ZNS_TEMPLATE_ID: nobody can be told without"
          })
        ),
      onSome: (application) => Effect.succeed(zns(values, application))
    })
  )
)

/** Notes how many notices wait. */
const counted = Effect.gen(function* () {
  const outbox = yield* NoticeOutbox
  yield* CommissionMetrics.noteNotices(yield* outbox.counts)
})

/** Looks again and again; a failure is for the next look. */
const again = <R>(look: Effect.Effect<unknown, StoreError, R>, everyMs: number): Effect.Effect<never, never, R> =>
  look.pipe(
    Effect.catch((error) => Effect.annotateLogs(Effect.logWarning("notices wait"), { reason: error.message })),
    Effect.catchDefect((defect) => Effect.logError("notices wait", defect)),
    Effect.andThen(Effect.sleep(everyMs)),
    Effect.forever
  )

/**
 * Sends what is due again and again, as long as the layer lives. Without a
 * notifier in the settings notices wait, and are counted all the same.
 *
 * @category layers
 * @since 0.1.0
 */
export const relaying = (values: Config.Values): Layer.Layer<never, never, NoticeOutbox | TokenStore> => {
  const counting = Layer.effectDiscard(Effect.forkScoped(again(counted, COUNT_INTERVAL_MS)))
  return Option.match(ZnsSettings.application(values), {
    onNone: () => counting,
    onSome: (application) => {
      const sending = again(NoticeRelay.drain(values.affiliateZone), INTERVAL_MS)
      return Layer.merge(
        counting,
        Layer.provide(Layer.effectDiscard(Effect.forkScoped(sending)), zns(values, application))
      )
    }
  })
}
