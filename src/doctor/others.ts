// Checks what the service needs of others: the upstreams, the mail server, Redis, the collector of traces and the shops.

import { randomBytes } from 'node:crypto';
import type { Config } from '../config.js';
import { shopSettingsOf } from '../deps/ownAddress.js';
import { Cancellation } from '../domain/cancellation.js';
import type { Catalog } from '../domain/catalog.js';
import { mailsReachNobody, shopIsOff } from '../domain/configWarning.js';
import { PROVIDERS, type Provider } from '../domain/provider.js';
import { SHOPS } from '../domain/shop.js';
import { tracesUrl } from '../domain/trace.js';
import { createMailer } from '../outbound/mailer.js';
import { WIRES } from '../providers/index.js';
import { createUpstream } from '../providers/upstream.js';
import { missingSecrets, openShops } from '../shops/index.js';
import { openRedis } from '../store/limits/redis.js';
import { openFileStore } from '../store/media/openFileStore.js';
import { type Finding, tried, warned, well, wordsOf, wrong } from './finding.js';

const TIMEOUT_MS = 15_000;

export async function examineOthers(config: Config, catalog: Catalog | null): Promise<Finding[]> {
  const found = await Promise.all([
    ...PROVIDERS.map(provider => examineProvider(provider, config, catalog)),
    examineMail(config),
    examineRedis(config),
    examineBucket(config),
    examineTraces(config),
    ...(catalog ? [examineShops(config, catalog)] : []),
  ]);
  return found.flat();
}

async function examineProvider(
  provider: Provider,
  { upstreams, upstreamProxy, isSandboxOn, isProduction }: Config,
  catalog: Catalog | null,
): Promise<Finding[]> {
  const { apiKeys, baseUrl } = upstreams[provider];
  const variable = `${provider.toUpperCase()}_API_KEY`;
  if (apiKeys.length === 0) {
    const isSold = [...(catalog?.models.values() ?? [])].some(model => model.provider === provider);
    const how = isSandboxOn ? 'the sandbox answers, and is charged' : 'its models answer with 503';
    const says = `${variable} is not set: ${how}`;
    if (!isSold) return [well(provider, says)];
    return [isProduction ? wrong(provider, says) : warned(provider, says)];
  }
  return Promise.all(
    apiKeys.map((apiKey, at) =>
      tried(`${provider} key ${at + 1}`, async () => {
        const settings = { apiKey, baseUrl, proxyUrl: upstreamProxy, timeoutMs: TIMEOUT_MS };
        const upstream = createUpstream(WIRES[provider], settings);
        try {
          const failure = await upstream.checkKey(new Cancellation());
          if (failure === null) return 'the upstream accepts it';
          const hint = upstreamProxy ? ' (through UPSTREAM_PROXY)' : '';
          // The list of models is asked for: only another address has none.
          const isElsewhere = failure.reason === 'status_404';
          throw new Error(
            (isElsewhere ? undefined : failure.alert) ??
              `the upstream cannot be used${hint}: ${failure.reason}. Check ${provider.toUpperCase()}_BASE_URL, the network, and whether a proxy is needed (UPSTREAM_PROXY)`,
          );
        } finally {
          await upstream.close();
        }
      }),
    ),
  );
}

async function examineMail({ mail, isProduction }: Config): Promise<Finding[]> {
  if (mail.smtpUrl === undefined) {
    const says = mailsReachNobody(mail.outbox).message;
    return [isProduction ? wrong('mail', says) : warned('mail', says)];
  }
  const mailer = createMailer(mail);
  const server = await tried('mail', async () => {
    await mailer.verify();
    return 'the mail server accepts us';
  });
  mailer.close();
  const isOfNobody = mail.from.includes('@localhost');
  const from = isOfNobody
    ? wrong('MAIL_FROM', `is ${mail.from}: most servers refuse that; set an address of your own`)
    : well('MAIL_FROM', mail.from);
  return [server, from];
}

async function examineRedis({ redisUrl }: Config): Promise<Finding[]> {
  if (redisUrl === undefined) {
    const says = 'REDIS_URL is not set: each process counts rate limits and concurrency by itself';
    return [well('redis', says)];
  }
  const found = await tried('redis', async () => {
    let fault: unknown;
    const redis = await openRedis(redisUrl, { back() {}, away: error => (fault = error) });
    redis.close();
    if (fault === undefined) return 'answers: limits are counted over all processes';
    throw new Error(
      `${wordsOf(fault)}. Check that it runs, and what REDIS_URL says; until then each process counts limits by itself`,
    );
  });
  return [found];
}

async function examineBucket({ mediaS3, ...config }: Config): Promise<Finding[]> {
  if (!mediaS3) return [];
  const { bucket, endpoint, region } = mediaS3;
  const found = await tried('generated files', async () => {
    const store = await openFileStore({ ...config, mediaS3 });
    // Named like a generated file: if the doctor is stopped here, the job `prune` removes it.
    const name = `${randomBytes(32).toString('hex')}.png`;
    try {
      await store.write(name, new Uint8Array(1));
      const read = await store.read(name, null);
      await read?.resume().toArray();
      if (!read) throw new Error(`the bucket ${bucket} does not give back what it took`);
      for await (const _ of store.list()) break;
      await store.remove(name);
    } catch (error) {
      throw new Error(
        `${wordsOf(error)}. Check MEDIA_S3_BUCKET, MEDIA_S3_ENDPOINT, AWS_REGION (${region}) and the keys, which have to be allowed to put, get, delete and list objects`,
      );
    }
    return `the bucket ${bucket} of ${endpoint ?? 'Amazon'} takes, gives, lists and deletes files`;
  });
  return [found];
}

async function examineTraces({ traces }: Config): Promise<Finding[]> {
  if (!traces) return [];
  const found = await tried('traces', async () => {
    // As they are sent: without a user, a password and a query of the address.
    const { origin, pathname } = new URL(tracesUrl(traces.endpoint));
    const response = await fetch(origin + pathname, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...traces.headers },
      body: '{"resourceSpans":[]}',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch(wordsOf);
    if (typeof response !== 'string' && response.ok) return 'the collector takes them';
    const said = typeof response === 'string' ? response : `status ${response.status}`;
    throw new Error(
      `the collector does not take them: ${said}. Check OTEL_EXPORTER_OTLP_ENDPOINT, to which /v1/traces is added, and OTEL_EXPORTER_OTLP_HEADERS`,
    );
  });
  return [found];
}

async function examineShops(config: Config, catalog: Catalog): Promise<Finding[]> {
  const settings = shopSettingsOf(config);
  const shops = openShops(settings);
  const missing = missingSecrets(settings);
  const sold = [...catalog.products.values()];
  const found = await Promise.all(
    SHOPS.map(async shop => {
      const isOn = shops[shop].adapter !== null || shops[shop].more.length > 0;
      const { secretName } = shops[shop];
      if (missing.includes(secretName)) return [wrong(shop, shopIsOff(secretName).message)];
      if (!isOn) return [well(shop, 'is off')];
      const checks = await shops[shop].check(sold);
      return checks.map(({ name, ok, says }) =>
        ok ? well(`${shop} ${name}`, says) : wrong(`${shop} ${name}`, says),
      );
    }),
  );
  return found.flat();
}
