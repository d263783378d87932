// The interface of a request's trace. If traces are off, there is no trace, and it costs nothing.

/** The parts of a request that have a span of their own. */
export const SPAN_NAMES = ['hold', 'upstream', 'settle'] as const;
export type SpanName = (typeof SPAN_NAMES)[number];

export type SpanAttributes = Record<string, string | number | boolean>;

export interface TraceSpan {
  /** The header for the upstream, so that it continues the trace. */
  traceparent: string | undefined;
  /** `failure` is the reason if it did not succeed. */
  end(attributes?: SpanAttributes, failure?: string): void;
}

export interface RequestTrace {
  start(name: SpanName, attributes?: SpanAttributes): TraceSpan;
  /** Ends the request's own span, and all that are still open. */
  end(attributes: SpanAttributes, failure?: string): void;
}

export interface Tracer {
  /** `traceparent` is the client's header. Undefined if this request is not traced. */
  begin(
    route: string,
    requestId: string,
    traceparent: string | string[] | undefined,
  ): RequestTrace | undefined;
  close(): Promise<void>;
}

/** Where a collector takes traces. */
export function tracesUrl(endpoint: string): string {
  return `${endpoint.replace(/\/+$/, '')}/v1/traces`;
}
