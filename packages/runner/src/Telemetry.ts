/**
 * Spans of jobs and steps, sent to an OpenTelemetry collector.
 *
 * @since 0.1.0
 */
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as OtlpSerialization from "effect/observability/OtlpSerialization"
import * as OtlpTracer from "effect/observability/OtlpTracer"

/**
 * Sends spans to the collector at this URL.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (url: string): Layer.Layer<never> =>
  OtlpTracer.layer({
    url: new URL("v1/traces", url.endsWith("/") ? url : `${url}/`).href,
    resource: { serviceName: "reckoner", serviceVersion: "0.1.0" }
  }).pipe(Layer.provide([OtlpSerialization.layerJson, FetchHttpClient.layer]))
