// Traces of chats for an OpenTelemetry collector. Loaded only if one is configured
// (docs/decisions/0059-traces.md).

import {
  type Context,
  isSpanContextValid,
  type Tracer as OpenTelemetryTracer,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  type ReadableSpan,
  type SpanExporter,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base';
import {
  type RequestTrace,
  type SpanAttributes,
  type SpanName,
  type Tracer,
  type TraceSpan,
  tracesUrl,
} from '../domain/trace.js';

export interface TraceSettings {
  /** The collector's address, to which `/v1/traces` is added. */
  endpoint: string;
  headers: Record<string, string>;
  serviceName: string;
  /** The share of requests that are traced, 0 to 1. */
  ratio: number;
  /** Whether the trace context is sent to upstreams. */
  isHandedOn: boolean;
}

const EXPORT_TIMEOUT_MS = 5_000;
/** A shutdown waits no longer than this for the collector. */
const CLOSE_MS = 3_000;

/** `failed` is called each time the collector did not accept what was sent. */
export function createTracer(settings: TraceSettings, failed: (reason: string) => void): Tracer {
  const { endpoint, headers, serviceName, ratio, isHandedOn } = settings;
  const exporter = new OTLPTraceExporter({
    url: tracesUrl(endpoint),
    headers,
    timeoutMillis: EXPORT_TIMEOUT_MS,
  });
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': serviceName }),
    // A client does not decide whether its request is traced, because traces cost the operator.
    sampler: new TraceIdRatioBasedSampler(ratio),
    spanProcessors: [
      new BatchSpanProcessor(telling(exporter, failed), { exportTimeoutMillis: EXPORT_TIMEOUT_MS }),
    ],
  });
  const tracer = provider.getTracer('sahm');
  return {
    begin(route, requestId, traceparent) {
      const span = tracer.startSpan(
        `POST ${route}`,
        { kind: SpanKind.SERVER, attributes: { 'sahm.request.id': requestId } },
        contextOf(traceparent),
      );
      return span.isRecording() ? new RequestSpans(tracer, span, isHandedOn) : undefined;
    },
    async close() {
      const late = new Promise<void>(resolve => setTimeout(resolve, CLOSE_MS).unref());
      await Promise.race([provider.shutdown().catch(() => {}), late]);
    },
  };
}

function telling(exporter: SpanExporter, failed: (reason: string) => void): SpanExporter {
  return {
    export(spans: ReadableSpan[], done) {
      exporter.export(spans, result => {
        if (result.error) failed(result.error.message);
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
  };
}

/** Reads W3C Trace Context. A header of another form is ignored. */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/;

function contextOf(traceparent: string | string[] | undefined): Context {
  const [, traceId = '', spanId = '', flags = '0'] = TRACEPARENT.exec(String(traceparent)) ?? [];
  const traceFlags = Number.parseInt(flags, 16) & TraceFlags.SAMPLED;
  const parent = { traceId, spanId, traceFlags, isRemote: true };
  return isSpanContextValid(parent) ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT;
}

class RequestSpans implements RequestTrace {
  private readonly context: Context;
  private readonly open = new Set<TraceSpan>();

  constructor(
    private readonly tracer: OpenTelemetryTracer,
    private readonly span: Span,
    private readonly isHandedOn: boolean,
  ) {
    this.context = trace.setSpan(ROOT_CONTEXT, span);
  }

  start(name: SpanName, attributes: SpanAttributes = {}): TraceSpan {
    const kind = name === 'upstream' ? SpanKind.CLIENT : SpanKind.INTERNAL;
    const span = this.tracer.startSpan(name, { kind, attributes }, this.context);
    const started: TraceSpan = {
      traceparent: this.isHandedOn ? traceparentOf(span) : undefined,
      end: (more = {}, failure) => {
        if (this.open.delete(started)) endSpan(span, more, failure);
      },
    };
    this.open.add(started);
    return started;
  }

  end(attributes: SpanAttributes, failure?: string): void {
    for (const span of this.open) span.end({}, 'given_up');
    endSpan(this.span, attributes, failure);
  }
}

function endSpan(span: Span, attributes: SpanAttributes, failure: string | undefined): void {
  span.setAttributes(attributes);
  if (failure !== undefined) {
    span.setAttribute('error.type', failure);
    span.setStatus({ code: SpanStatusCode.ERROR, message: failure });
  }
  span.end();
}

function traceparentOf(span: Span): string {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}
