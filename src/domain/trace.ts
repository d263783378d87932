// What a trace of a request is told. Where traces are off there is none of it, and nothing is paid for.

/** The parts of a request that have a span of their own. */
export const SPAN_NAMES = ['hold', 'upstream', 'settle'] as const;
export type SpanName = (typeof SPAN_NAMES)[number];

export type SpanAttributes = Record<string, string | number | boolean>;

export interface TraceSpan {
  /** For the upstream, where it is to go on with the trace. */
  traceparent: string | undefined;
  /** `failure` is the reason of what did not succeed. */
  end(attributes?: SpanAttributes, failure?: string): void;
}

export interface RequestTrace {
  start(name: SpanName, attributes?: SpanAttributes): TraceSpan;
  /** Ends the request's own span, and whatever was left open. */
  end(attributes: SpanAttributes, failure?: string): void;
}

export interface Tracer {
  /** `traceparent`: the client's header. Undefined for a request that is not chosen to be traced. */
  begin(
    route: string,
    requestId: string,
    traceparent: string | string[] | undefined,
  ): RequestTrace | undefined;
  close(): Promise<void>;
}
