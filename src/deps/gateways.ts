// Opens the upstreams: the gateway to each provider, with an adapter for each API key or the sandbox. Every call is timed.

import type { Config } from '../config.js';
import type { Catalog } from '../domain/catalog.js';
import { type PerProvider, PROVIDERS, type Provider, perProvider } from '../domain/provider.js';
import type { Metrics } from '../metrics.js';
import {
  type ChatGateway,
  createGateway,
  type FailedCall,
  type GatewaySettings,
} from '../providers/gateway.js';
import { WIRES } from '../providers/index.js';
import { createOffGateway } from '../providers/offGateway.js';
import { type Sandbox, startSandbox } from '../providers/sandbox/server.js';
import { createUpstream } from '../providers/upstream.js';

interface Upstreams {
  providers: PerProvider<ChatGateway>;
  /** Null if every provider has an API key, or if the sandbox is off. */
  sandbox: Sandbox | null;
  /** Providers without an API key: off, or the sandbox stands in for them. */
  withoutKey: Provider[];
  sandboxed: Provider[];
}

interface Told {
  alert: GatewaySettings['alert'];
  failed(provider: Provider, call: FailedCall): void;
}
type UpstreamMetrics = Pick<Metrics, 'upstream' | 'watchBreakers'>;

export async function openUpstreams(
  config: Config,
  catalog: Catalog,
  told: Told,
  metrics: UpstreamMetrics,
): Promise<Upstreams> {
  const withoutKey = PROVIDERS.filter(provider => config.upstreams[provider].apiKeys.length === 0);
  const sandboxed = config.isSandboxOn ? withoutKey : [];
  const models = upstreamIdsOf(catalog);
  const sandbox = sandboxed.length > 0 ? await startSandbox({ models }) : null;
  const providers = createGateways(config, sandbox, told, metrics);
  return { providers, sandbox, withoutKey, sandboxed };
}

function createGateways(
  config: Config,
  sandbox: Sandbox | null,
  told: Told,
  metrics: UpstreamMetrics,
): PerProvider<ChatGateway> {
  return perProvider(provider => {
    const timed: GatewaySettings['timed'] = (outcome, seconds) =>
      metrics.upstream(provider, outcome, seconds);
    const gateway = createProvider(provider, config, sandbox, {
      alert: (problem, details) => told.alert(problem, { provider, ...details }),
      failed: call => told.failed(provider, call),
      timed,
    });
    metrics.watchBreakers(provider, gateway.openBreakers);
    return gateway;
  });
}

/** One adapter for each API key. The sandbox is never reached through a proxy. Without either, it is off. */
function createProvider(
  provider: Provider,
  config: Config,
  sandbox: Sandbox | null,
  told: Omit<GatewaySettings, 'timeoutMs'>,
): ChatGateway {
  const wire = WIRES[provider];
  const { apiKeys, baseUrl } = config.upstreams[provider];
  const timeoutMs = config.upstreamTimeoutMs;
  const real = { baseUrl, timeoutMs, proxyUrl: config.upstreamProxy };
  const adapters = apiKeys.map(apiKey => createUpstream(wire, { ...real, apiKey }));
  if (adapters.length === 0) {
    if (sandbox === null) return createOffGateway();
    const standIn = sandbox.url(provider);
    adapters.push(
      createUpstream(wire, { apiKey: 'sk-of-the-sandbox', baseUrl: standIn, timeoutMs }),
    );
  }
  return createGateway(adapters, { timeoutMs, ...told });
}

/** The upstream ids of the models that we sell: the sandbox lists these. */
function upstreamIdsOf(catalog: Catalog): PerProvider<string[]> {
  const models = [...catalog.models.values()];
  return perProvider(provider =>
    models.filter(model => model.provider === provider).map(model => model.upstreamId),
  );
}
