// The configuration is the environment. It is read only here, and all its faults are reported at once.

import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { CALENDARS, type Calendar } from './domain/calendar.js';
import { closeNames } from './domain/closeNames.js';
import { urlsOfHosts } from './domain/hostUrls.js';
import { type PerProvider, PROVIDERS, type Provider, perProvider } from './domain/provider.js';
import type { S3Bucket } from './domain/s3Bucket.js';
import { SHOP_DESCRIPTIONS } from './shops/index.js';

export class ConfigError extends Error {
  override name = 'ConfigError';
  constructor(readonly faults: string[]) {
    super(`the configuration is not usable:\n${faults.map(fault => `  ${fault}`).join('\n')}`);
  }
}

const DAY_MS = 86_400_000;
/** A hold's lease outlives the whole deadline of a request by at least this. */
const LEASE_MARGIN_MS = 1_000;
const PLACEHOLDER = /change.?me|placeholder|your[-_ ]|example|^(.)\1*$/i;

const port = wholeNumber(0, 65_535);
const milliseconds = wholeNumber(100, DAY_MS);
const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' });
const secret = z.string().min(32, 'must have at least 32 characters');
const encryptionKey = z
  .base64('must be base64')
  .refine(text => Buffer.from(text, 'base64').length === 32, 'must be 32 bytes in base64');

const publicKeys = z
  .string()
  .optional()
  .refine(
    text => commaSeparated(text).every(key => Buffer.from(key, 'base64').length === 32),
    'must be public keys, 32 bytes in base64url each, separated by commas',
  );

/** The first administrator's address if none is set. No mail is sent to it. */
const DEFAULT_ADMIN_EMAIL = 'admin@localhost';

const environment = z.object({
  NODE_ENV: z.string().default('development'),
  PORT: port.default(3000),
  HOST: z.string().optional(),
  PUBLIC_URL: httpUrl.optional(),
  WEB_CONCURRENCY: wholeNumber(1, 256).default(1),
  DATABASE_URL: z
    .string()
    .refine(
      areDatabaseUrls,
      'must be a postgres:// URL, with special characters of the password percent-encoded',
    )
    .optional(),
  REDIS_URL: z
    .url({ protocol: /^rediss?$/, error: 'must be a redis:// or rediss:// URL' })
    .optional(),
  DATABASE_WAIT_MS: milliseconds.default(30_000),
  DATA_DIR: z.string().default('./data'),
  CATALOG_DIR: z.string().default('./catalog'),
  MEDIA_DIR: z.string().optional(),
  MEDIA_S3_BUCKET: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be the name of a bucket')
    .optional(),
  MEDIA_S3_ENDPOINT: httpUrl.optional(),
  AWS_ACCESS_KEY_ID: z.string().optional(),
  AWS_SECRET_ACCESS_KEY: z.string().optional(),
  AWS_SESSION_TOKEN: z.string().optional(),
  AWS_REGION: z.string().default('us-east-1'),
  ENVELOPE_HOSTS: z
    .string()
    .optional()
    .refine(areHosts, 'must be host names as api.shop.example, separated by commas'),
  LOG_LEVEL: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  TRUST_PROXY: z.string().optional(),
  CORS_ORIGINS: z
    .string()
    .optional()
    .refine(areOrigins, 'must be origins as https://app.shop.example, separated by commas, or *'),
  KEEP_ALIVE_TIMEOUT_MS: milliseconds.default(620_000),
  MAX_CONNECTIONS: wholeNumber(10, 1_000_000).default(4_096),
  QUOTA_TIME_ZONE: z
    .string()
    .default('UTC')
    .refine(isTimeZone, 'must be UTC, or a time zone with its area and city, as Asia/Tehran'),
  QUOTA_CALENDAR: oneOf(CALENDARS).default('gregorian'),
  UPSTREAM_TIMEOUT_MS: milliseconds.default(120_000),
  HOLD_LEASE_MS: milliseconds.optional(),
  // The address that is used if none is set may be set, too.
  ADMIN_EMAIL: z
    .union([z.email(), z.literal(DEFAULT_ADMIN_EMAIL)], 'must be an e-mail address')
    .optional(),
  ADMIN_PASSWORD: z.string().min(12, 'must have at least 12 characters').optional(),
  JWT_SECRET: secret.optional(),
  KEY_PEPPER: secret.optional(),
  KEY_ENCRYPTION_KEY: encryptionKey.optional(),
  RECEIPT_SIGNING_KEY: encryptionKey.optional(),
  RECEIPT_PUBLIC_KEYS: publicKeys,
  UPSTREAM_PROXY: httpUrl.optional(),
  RESPONSES_RETENTION_HOURS: wholeNumber(0, 720).default(24),
  SANDBOX: oneOf(['on', 'off']).optional(),
  PLAN_GRACE_DAYS: wholeNumber(0, 60).default(0),
  SUBSCRIPTION_GRACE_DAYS: wholeNumber(0, 60).default(3),
  SMTP_URL: z.url({ protocol: /^smtps?$/, error: 'must be an smtp:// or smtps:// URL' }).optional(),
  HOLDERS_SEE_COST: z.enum(['yes', 'no'], 'must be yes or no').default('yes'),
  MAIL_FROM: z.string().default('Sahm <sahm@localhost>'),
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl.optional(),
  OTEL_EXPORTER_OTLP_HEADERS: z
    .string()
    .optional()
    .refine(areHeaders, 'must be name=value, several separated by commas'),
  OTEL_SERVICE_NAME: z.string().default('sahm'),
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).default(1),
  TRACEPARENT_UPSTREAM: z.enum(['on', 'off']).default('off'),
  SHOP_NAME: z
    .string()
    .max(100, 'must have at most 100 characters')
    .refine(isOneLine, 'must be one line')
    .optional(),
});

/** `OPENAI_API_KEY` and `OPENAI_BASE_URL`, and so for each provider. */
const apiKeysName = (provider: Provider) => `${provider.toUpperCase()}_API_KEY`;
const baseUrlName = (provider: Provider) => `${provider.toUpperCase()}_BASE_URL`;
const upstreamEnvironment = z.object({
  ...Object.fromEntries(PROVIDERS.map(name => [apiKeysName(name), z.string().optional()])),
  ...Object.fromEntries(PROVIDERS.map(name => [baseUrlName(name), httpUrl.optional()])),
});

const shops = Object.values(SHOP_DESCRIPTIONS);
const shopEnvironment = z.object(
  Object.fromEntries(shops.flatMap(shop => Object.entries(shop.environment))),
);
/** If one of these is set but empty, anybody could sign: the service does not start then. */
const NEVER_EMPTY = shops.map(shop => shop.webhookSecret);
/** With one of these a shop is on. */
const SWITCHES = [...NEVER_EMPTY, ...shops.flatMap(({ more }) => more?.variable ?? [])];

/** The names of all variables, as `.env.example` lists them. */
export const VARIABLES = [environment, upstreamEnvironment, shopEnvironment].flatMap(({ shape }) =>
  Object.keys(shape),
);

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
  /** Of browsers' pages that may call; empty: none. */
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
  /** Where they are instead. */
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
    /** Of keys that signed before: 32 bytes each, in base64url. */
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
    from: string;
    /** Of the shop, as buyers know it; absent: ours. */
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
    throw new ConfigError(issues.map(({ path, message }) => `${path.join('.')}: ${message}`));
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
      apiKeys: commaSeparated(upstreams.data[apiKeysName(provider)]),
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
      from: env.MAIL_FROM,
      ...(env.SHOP_NAME && { shopName: env.SHOP_NAME.trim() }),
      ...(env.ADMIN_EMAIL &&
        env.ADMIN_EMAIL !== DEFAULT_ADMIN_EMAIL && { operatorEmail: env.ADMIN_EMAIL }),
    },
    mistyped: closeNames(Object.keys(present), VARIABLES),
  };
  const faults = [...relationFaults(config), ...s3Faults(env)];
  if (faults.length > 0) throw new ConfigError(faults);
  return config;
}

/** What the command line needs: where the service is, the token to use, and how dates and tables are shown. */
export function loadCliConfig(variables: Record<string, string | undefined> = process.env): {
  url: string;
  isUrlSet: boolean;
  token: string | undefined;
  /** For what holders do. */
  licenseKey: string | undefined;
  /** The folder below which programs keep their configuration. */
  home: string;
  timeZone: string;
  /** The width of the terminal, if the terminal itself does not tell it. */
  columns: number | undefined;
} {
  const { SAHM_URL: url, SAHM_TOKEN: token, SAHM_KEY: key } = variables;
  const { HOME: home = homedir() } = variables;
  const { QUOTA_TIME_ZONE: zone = '', COLUMNS: columns = '' } = variables;
  return {
    url: url || 'http://localhost:3000',
    isUrlSet: Boolean(url),
    token: token === '' ? undefined : token,
    licenseKey: key === '' ? undefined : key,
    home,
    timeZone: isTimeZone(zone) ? zone : 'UTC',
    columns: /^\d{2,4}$/.test(columns) ? Number(columns) : undefined,
  };
}

function s3Of(env: z.output<typeof environment>): S3Bucket | undefined {
  if (env.MEDIA_S3_BUCKET === undefined) return undefined;
  return {
    bucket: env.MEDIA_S3_BUCKET,
    endpoint: env.MEDIA_S3_ENDPOINT,
    region: env.AWS_REGION,
    accessKeyId: env.AWS_ACCESS_KEY_ID ?? '',
    secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '',
    ...(env.AWS_SESSION_TOKEN !== undefined && { sessionToken: env.AWS_SESSION_TOKEN }),
  };
}

/** Only where a bucket is named: others' programs use the variables of AWS, too. */
function s3Faults(env: z.output<typeof environment>): string[] {
  if (env.MEDIA_S3_BUCKET === undefined) {
    if (env.MEDIA_S3_ENDPOINT === undefined) return [];
    return ['MEDIA_S3_BUCKET: must be set with MEDIA_S3_ENDPOINT'];
  }
  const faults = (['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] as const)
    .filter(name => env[name] === undefined)
    .map(name => `${name}: must be set with MEDIA_S3_BUCKET`);
  if (!/^[a-z0-9-]+$/.test(env.AWS_REGION)) faults.push('AWS_REGION: must be as eu-central-1');
  return faults;
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
  const needed: Array<[string, string | undefined]> = [
    ['JWT_SECRET', config.secrets.jwtSecret],
    ['KEY_PEPPER', config.secrets.keyPepper],
    ['KEY_ENCRYPTION_KEY', config.secrets.keyEncryptionKey],
  ];
  for (const [name, value] of needed) {
    if (value === undefined) faults.push(`${name}: must be set in production`);
    else if (PLACEHOLDER.test(value)) faults.push(`${name}: is a placeholder; make a random one`);
  }
  return faults;
}

function isOneLine(text: string): boolean {
  return !/\p{Cc}/u.test(text);
}

/** Its faults are said in words: `Number` makes something of every text. */
function wholeNumber(least: number, most: number) {
  const error = `must be a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\s*\d+\s*$/, error)
    .transform(Number)
    .refine(number => number >= least && number <= most, error);
}

function oneOf<const Choice extends string>(choices: readonly Choice[]) {
  return z.enum(choices, { error: `must be one of: ${choices.join(', ')}` });
}

/** A number of proxies, or their addresses. By default none is trusted. */
function trustProxyOf(text: string | undefined): boolean | number | string {
  if (text === undefined) return false;
  return /^\d+$/.test(text) ? Number(text) : text;
}

function commaSeparated(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '');
}

/** `name=value,name=value`; OpenTelemetry has the values percent-encoded. */
function headersOf(text: string | undefined): Record<string, string> {
  const pairs = commaSeparated(text).map(pair => {
    const [, name = '', value = ''] = /^([^=]*)=(.*)$/.exec(pair) ?? [];
    return [name.trim(), decodeURIComponent(value.trim())] as const;
  });
  return Object.fromEntries(pairs);
}

/** There may be several hosts. */
function areDatabaseUrls(text: string): boolean {
  try {
    return urlsOfHosts(text).every(({ protocol }) => /^postgres(ql)?:$/.test(protocol));
  } catch {
    return false;
  }
}

function areHeaders(text: string | undefined): boolean {
  try {
    return Object.entries(headersOf(text)).every(
      ([name, value]) => /^[\w!#$%&'*+.^`|~-]+$/.test(name) && /^[\x20-\x7e]+$/.test(value),
    );
  } catch {
    return false;
  }
}

/** A scheme, a host and perhaps a port, as browsers send them: nothing behind. */
function areOrigins(text: string | undefined): boolean {
  return commaSeparated(text).every(
    origin => origin === '*' || (URL.canParse(origin) && new URL(origin).origin === origin),
  );
}

/** Without a port, which proxies change. */
function areHosts(text: string | undefined): boolean {
  return commaSeparated(text).every(host => /^[\w-]+(\.[\w-]+)*$/.test(host));
}

/**
 * Only these names are accepted, because some others mean different zones here and in the database: IST is
 * India's and Israel's.
 */
function isTimeZone(name: string): boolean {
  if (!/^(UTC|[A-Z]\w+(\/[\w+-]+)+)$/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
