// The configuration is the environment. It is read only here, and all its faults are reported at once.

import { z } from 'zod';
import { type PerProvider, PROVIDERS, type Provider, perProvider } from './domain/provider.js';
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

const port = z.coerce.number().int().min(0).max(65_535);
const milliseconds = z.coerce.number().int().min(100).max(DAY_MS);
const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' });
const secret = z.string().min(32, 'must have at least 32 characters');
const encryptionKey = z
  .base64('must be base64')
  .refine(text => Buffer.from(text, 'base64').length === 32, 'must be 32 bytes in base64');

const environment = z.object({
  NODE_ENV: z.string().default('development'),
  PORT: port.default(3000),
  HOST: z.string().optional(),
  PUBLIC_URL: httpUrl.optional(),
  WEB_CONCURRENCY: z.coerce.number().int().min(1).max(256).default(1),
  DATABASE_URL: z
    .url({
      protocol: /^postgres(ql)?$/,
      error:
        'must be a postgres:// URL with one host, and special characters of the password percent-encoded',
    })
    .optional(),
  DATABASE_WAIT_MS: milliseconds.default(30_000),
  DATA_DIR: z.string().default('./data'),
  CATALOG_DIR: z.string().default('./catalog'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  TRUST_PROXY: z.string().optional(),
  CORS_ORIGINS: z
    .string()
    .optional()
    .refine(areOrigins, 'must be origins as https://app.shop.example, separated by commas, or *'),
  KEEP_ALIVE_TIMEOUT_MS: milliseconds.default(620_000),
  MAX_CONNECTIONS: z.coerce.number().int().min(10).max(1_000_000).default(4_096),
  QUOTA_TIME_ZONE: z
    .string()
    .default('UTC')
    .refine(isTimeZone, 'must be UTC, or a time zone with its area and city, as Asia/Tehran'),
  UPSTREAM_TIMEOUT_MS: milliseconds.default(120_000),
  HOLD_LEASE_MS: milliseconds.optional(),
  ADMIN_EMAIL: z.email('must be an e-mail address').optional(),
  ADMIN_PASSWORD: z.string().min(12, 'must have at least 12 characters').optional(),
  JWT_SECRET: secret.optional(),
  KEY_PEPPER: secret.optional(),
  KEY_ENCRYPTION_KEY: encryptionKey.optional(),
  UPSTREAM_PROXY: httpUrl.optional(),
  PLAN_GRACE_DAYS: z.coerce.number().int().min(0).max(60).default(0),
  SUBSCRIPTION_GRACE_DAYS: z.coerce.number().int().min(0).max(60).default(3),
  SMTP_URL: z.url({ protocol: /^smtps?$/, error: 'must be an smtp:// or smtps:// URL' }).optional(),
  MAIL_FROM: z.string().default('Sahm <sahm@localhost>'),
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
  /** Empty: the sandbox is used. */
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
  databaseUrl: string | undefined;
  /** How long a start waits for a database that is away. */
  databaseWaitMs: number;
  dataDir: string;
  catalogDir: string;
  logLevel: string;
  quotaTimeZone: string;
  upstreamTimeoutMs: number;
  holdLeaseMs: number;
  adminEmail: string;
  adminPassword: string | undefined;
  /** Missing ones are created once and kept in `dataDir`, but never in production. */
  secrets: Partial<Secrets>;
  /** An HTTP proxy for all requests to upstreams. */
  upstreamProxy: string | undefined;
  upstreams: PerProvider<UpstreamConfig>;
  shops: ShopsConfig;
  mail: {
    smtpUrl?: string;
    from: string;
    /** Who is told what concerns the operator; absent: nobody by mail. */
    operatorEmail?: string;
  };
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
    databaseUrl: env.DATABASE_URL,
    databaseWaitMs: env.DATABASE_WAIT_MS,
    dataDir: env.DATA_DIR,
    catalogDir: env.CATALOG_DIR,
    logLevel: env.LOG_LEVEL,
    quotaTimeZone: env.QUOTA_TIME_ZONE,
    upstreamTimeoutMs: env.UPSTREAM_TIMEOUT_MS,
    holdLeaseMs: env.HOLD_LEASE_MS ?? env.UPSTREAM_TIMEOUT_MS + 60_000,
    adminEmail: (env.ADMIN_EMAIL ?? 'admin@localhost').toLowerCase(),
    adminPassword: env.ADMIN_PASSWORD,
    secrets: {
      ...(env.JWT_SECRET && { jwtSecret: env.JWT_SECRET }),
      ...(env.KEY_PEPPER && { keyPepper: env.KEY_PEPPER }),
      ...(env.KEY_ENCRYPTION_KEY && { keyEncryptionKey: env.KEY_ENCRYPTION_KEY }),
    },
    upstreamProxy: env.UPSTREAM_PROXY,
    upstreams: perProvider(provider => ({
      apiKeys: commaSeparated(upstreams.data[apiKeysName(provider)]),
      baseUrl: upstreams.data[baseUrlName(provider)],
    })),
    shops: {
      env: ofShops.data,
      graceDays: env.PLAN_GRACE_DAYS,
      subscriptionGraceDays: env.SUBSCRIPTION_GRACE_DAYS,
    },
    mail: {
      ...(env.SMTP_URL && { smtpUrl: env.SMTP_URL }),
      from: env.MAIL_FROM,
      ...(env.ADMIN_EMAIL && { operatorEmail: env.ADMIN_EMAIL }),
    },
  };
  const faults = relationFaults(config);
  if (faults.length > 0) throw new ConfigError(faults);
  return config;
}

/** What the command line needs: the address of the service, and the token to use. */
export function loadCliConfig(variables: Record<string, string | undefined> = process.env): {
  url: string;
  token: string | undefined;
} {
  const { SAHM_URL: url = 'http://localhost:3000', SAHM_TOKEN: token } = variables;
  return { url, token: token === '' ? undefined : token };
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

/** A scheme, a host and perhaps a port, as browsers send them: nothing behind. */
function areOrigins(text: string | undefined): boolean {
  return commaSeparated(text).every(
    origin => origin === '*' || (URL.canParse(origin) && new URL(origin).origin === origin),
  );
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
