// The configuration is the environment. It is read only here, and all its faults are reported at once.

import { join } from 'node:path';
import { s3Faults, s3Of } from './config/s3.js';
import { commaSeparated, headersOf, trustProxyOf } from './config/values.js';
import {
  apiKeysName,
  baseUrlName,
  DEFAULT_ADMIN_EMAIL,
  environment,
  NEVER_EMPTY,
  SWITCHES,
  shopEnvironment,
  shops,
  upstreamEnvironment,
  VARIABLES,
} from './config/variables.js';
import type { Calendar } from './domain/calendar.js';
import { closeNames } from './domain/closeNames.js';
import { type PerProvider, perProvider } from './domain/provider.js';
import type { S3Bucket } from './domain/s3Bucket.js';

export class ConfigError extends Error {
  override name = 'ConfigError';
  constructor(readonly faults: string[]) {
    super(`the configuration is not usable:\n${faults.map(fault => `  ${fault}`).join('\n')}`);
  }
}

/** A hold's lease outlives the whole deadline of a request by at least this. */
const LEASE_MARGIN_MS = 1_000;
const PLACEHOLDER = /change.?me|placeholder|your[-_ ]|example|^(.)\1*$/i;

export interface UpstreamConfig {
  /** Empty: the sandbox is used, if it is on. */
  apiKeys: string[];
  /** Undefined: the provider's own. */
  baseUrl: string | undefined;
}

export interface Secrets {
  jwtSecret: string;
  keyPepper: string;
  /** 32 bytes in base64. */
  keyEncryptionKey: string;
}

/** A shop without a webhook secret is switched off. */
export interface ShopsConfig {
  /** The variables of all shops, as each of them had them checked. */
  env: Record<string, string | undefined>;
  /** Days that a plan goes on after its end. */
  graceDays: number;
  /** The same for subscriptions, which the shop renews by itself. */
  subscriptionGraceDays: number;
}

export interface Config {
  isProduction: boolean;
  port: number;
  host: string | undefined;
  publicUrl: string | undefined;
  /** How many processes serve on one port. */
  webConcurrency: number;
  /** Which reverse proxies to believe about the caller's address, in Express's form. */
  trustProxy: boolean | number | string;
  /** How long an idle connection is kept. */
  keepAliveTimeoutMs: number;
  /** Beyond this many, idle connections are closed. */
  maxConnections: number;
  /** The origins of browsers' pages that may call; empty: none. */
  corsOrigins: string[];
  /** Host names whose /v1 speaks seed 004's envelope; in lower case. */
  envelopeHosts: string[];
  databaseUrl: string | undefined;
  /** Where replicas count rate limits and concurrency together; without it each process counts by itself. */
  redisUrl: string | undefined;
  /** How long a start waits for a database that is away. */
  databaseWaitMs: number;
  dataDir: string;
  catalogDir: string;
  /** Where generated files are, for a day; replicas share it. */
  mediaDir: string;
  /** The bucket that has them instead of the folder. */
  mediaS3: S3Bucket | undefined;
  logLevel: string;
  quotaTimeZone: string;
  quotaCalendar: Calendar;
  upstreamTimeoutMs: number;
  holdLeaseMs: number;
  adminEmail: string;
  adminPassword: string | undefined;
  /** Missing ones are created once and kept in `dataDir`, but never in production. */
  secrets: Partial<Secrets>;
  receipts: {
    /** 32 bytes in base64; undefined: made of the encryption key. */
    signingKey: string | undefined;
    /** Public keys that signed before: 32 bytes each, in base64url. */
    formerPublicKeys: string[];
  };
  /** An HTTP proxy for all requests to upstreams. */
  upstreamProxy: string | undefined;
  upstreams: PerProvider<UpstreamConfig>;
  /** Whether the sandbox stands in for providers without an API key. Otherwise they are off. */
  isSandboxOn: boolean;
  shops: ShopsConfig;
  /** Null: nothing is traced. */
  traces: {
    endpoint: string;
    headers: Record<string, string>;
    serviceName: string;
    /** The share of requests, 0 to 1. */
    ratio: number;
    isHandedOn: boolean;
  } | null;
  /** How long responses are kept for later calls; 0: none is. */
  responsesRetentionHours: number;
  /** Whether license holders are shown what their requests cost the shop. */
  holdersSeeCost: boolean;
  mail: {
    smtpUrl?: string;
    /** The folder into which mails are written while there is no `smtpUrl`. */
    outbox: string;
    from: string;
    /** The shop's name as buyers know it; absent: our own. */
    shopName?: string;
    /** The operator's address for notices. If absent, none are mailed. */
    operatorEmail?: string;
  };
  /** Variables that are not ours, each with the one that was probably meant. */
  mistyped: Array<{ name: string; meant: string }>;
}

/** @throws {ConfigError} with every fault. An empty variable counts as not set. */
export function loadConfig(variables: Record<string, string | undefined> = process.env): Config {
  const present = Object.fromEntries(
    Object.entries(variables).filter(
      ([name, value]) => value !== undefined && (value.trim() !== '' || NEVER_EMPTY.includes(name)),
    ),
  );
  const own = environment.safeParse(present);
  const upstreams = upstreamEnvironment.safeParse(present);
  const ofShops = shopEnvironment.safeParse(present);
  if (!own.success || !upstreams.success || !ofShops.success) {
    const issues = [own, upstreams, ofShops].flatMap(({ error }) => error?.issues ?? []);
    const faults = issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new ConfigError([...faults, ...secretFaults(present)]);
  }
  const env = own.data;
  const config: Config = {
    isProduction: env.NODE_ENV === 'production',
    port: env.PORT,
    host: env.HOST,
    publicUrl: env.PUBLIC_URL,
    webConcurrency: env.WEB_CONCURRENCY,
    trustProxy: trustProxyOf(env.TRUST_PROXY),
    keepAliveTimeoutMs: env.KEEP_ALIVE_TIMEOUT_MS,
    maxConnections: env.MAX_CONNECTIONS,
    corsOrigins: commaSeparated(env.CORS_ORIGINS),
    envelopeHosts: commaSeparated(env.ENVELOPE_HOSTS?.toLowerCase()),
    databaseUrl: env.DATABASE_URL,
    redisUrl: env.REDIS_URL,
    databaseWaitMs: env.DATABASE_WAIT_MS,
    dataDir: env.DATA_DIR,
    catalogDir: env.CATALOG_DIR,
    mediaDir: env.MEDIA_DIR ?? join(env.DATA_DIR, 'media'),
    mediaS3: s3Of(env),
    logLevel: env.LOG_LEVEL,
    quotaTimeZone: env.QUOTA_TIME_ZONE,
    quotaCalendar: env.QUOTA_CALENDAR,
    upstreamTimeoutMs: env.UPSTREAM_TIMEOUT_MS,
    holdLeaseMs: env.HOLD_LEASE_MS ?? env.UPSTREAM_TIMEOUT_MS + 60_000,
    adminEmail: (env.ADMIN_EMAIL ?? DEFAULT_ADMIN_EMAIL).toLowerCase(),
    adminPassword: env.ADMIN_PASSWORD,
    secrets: {
      ...(env.JWT_SECRET && { jwtSecret: env.JWT_SECRET }),
      ...(env.KEY_PEPPER && { keyPepper: env.KEY_PEPPER }),
      ...(env.KEY_ENCRYPTION_KEY && { keyEncryptionKey: env.KEY_ENCRYPTION_KEY }),
    },
    receipts: {
      signingKey: env.RECEIPT_SIGNING_KEY,
      formerPublicKeys: commaSeparated(env.RECEIPT_PUBLIC_KEYS),
    },
    upstreamProxy: env.UPSTREAM_PROXY,
    upstreams: perProvider(provider => ({
      apiKeys: [...new Set(commaSeparated(upstreams.data[apiKeysName(provider)]))],
      baseUrl: upstreams.data[baseUrlName(provider)],
    })),
    isSandboxOn: (env.SANDBOX ?? (env.NODE_ENV === 'production' ? 'off' : 'on')) === 'on',
    shops: {
      env: ofShops.data,
      graceDays: env.PLAN_GRACE_DAYS,
      subscriptionGraceDays: env.SUBSCRIPTION_GRACE_DAYS,
    },
    traces: env.OTEL_EXPORTER_OTLP_ENDPOINT
      ? {
          endpoint: env.OTEL_EXPORTER_OTLP_ENDPOINT,
          headers: headersOf(env.OTEL_EXPORTER_OTLP_HEADERS),
          serviceName: env.OTEL_SERVICE_NAME,
          ratio: env.OTEL_TRACES_SAMPLER_ARG,
          isHandedOn: env.TRACEPARENT_UPSTREAM === 'on',
        }
      : null,
    responsesRetentionHours: env.RESPONSES_RETENTION_HOURS,
    holdersSeeCost: env.HOLDERS_SEE_COST === 'yes',
    mail: {
      ...(env.SMTP_URL && { smtpUrl: env.SMTP_URL }),
      outbox: join(env.DATA_DIR, 'outbox'),
      from: env.MAIL_FROM,
      ...(env.SHOP_NAME && { shopName: env.SHOP_NAME.trim() }),
      ...(env.ADMIN_EMAIL &&
        env.ADMIN_EMAIL !== DEFAULT_ADMIN_EMAIL && { operatorEmail: env.ADMIN_EMAIL }),
    },
    mistyped: closeNames(Object.keys(present), VARIABLES),
  };
  const faults = [...relationFaults(config), ...secretFaults(present), ...s3Faults(env)];
  if (faults.length > 0) throw new ConfigError(faults);
  return config;
}

function relationFaults(config: Config): string[] {
  const faults: string[] = [];
  if (config.holdLeaseMs < config.upstreamTimeoutMs + LEASE_MARGIN_MS) {
    faults.push(
      `HOLD_LEASE_MS: must be at least UPSTREAM_TIMEOUT_MS + ${LEASE_MARGIN_MS}, so that no hold expires under a request that is still waiting`,
    );
  }
  if (config.webConcurrency > 1 && config.databaseUrl === undefined) {
    faults.push(
      'WEB_CONCURRENCY: the embedded database belongs to one process; set DATABASE_URL to a PostgreSQL, or WEB_CONCURRENCY to 1',
    );
  }
  faults.push(...shops.flatMap(({ more }) => more?.faults(config.shops.env) ?? []));
  if (!config.isProduction) return faults;
  const needsAddress = [
    ...(config.mail.smtpUrl === undefined ? [] : ['SMTP_URL']),
    ...SWITCHES.filter(name => config.shops.env[name] !== undefined),
  ];
  if (config.publicUrl === undefined && needsAddress.length > 0) {
    faults.push(
      `PUBLIC_URL: must be set in production with ${needsAddress.join(', ')}: the address under which buyers reach this service, for the links in their mails`,
    );
  }
  return faults;
}

/** Of the variables as they are, so that they are told together with those that cannot be read. */
function secretFaults(present: Record<string, string | undefined>): string[] {
  if (present.NODE_ENV !== 'production') return [];
  return ['JWT_SECRET', 'KEY_PEPPER', 'KEY_ENCRYPTION_KEY'].flatMap(name => {
    const value = present[name];
    if (value === undefined) return [`${name}: must be set in production`];
    return PLACEHOLDER.test(value) ? [`${name}: is a placeholder; make a random one`] : [];
  });
}
