// Every variable that the service reads, with its default.

import { z } from 'zod';
import { CALENDARS } from '../domain/calendar.js';
import { EXPECTED_PASSWORD, isUsablePassword } from '../domain/password.js';
import { PROVIDERS, type Provider } from '../domain/provider.js';
import { SHOP_DESCRIPTIONS } from '../shops/index.js';
import {
  apiKeys,
  areDatabaseUrls,
  areHeaders,
  areHosts,
  areOrigins,
  areProxies,
  encryptionKey,
  endsWithPath,
  folder,
  httpUrl,
  isOneLine,
  isSender,
  isTimeZone,
  milliseconds,
  oneOf,
  port,
  publicKeys,
  secret,
  wholeNumber,
} from './values.js';

/** The first administrator's address if none is set. No mail is sent to it. */
export const DEFAULT_ADMIN_EMAIL = 'admin@localhost';

const SHARE = 'must be a number from 0 to 1';

export const environment = z.object({
  NODE_ENV: oneOf(['development', 'production', 'test']).default('development'),
  PORT: port.default(3000),
  HOST: z.string().optional(),
  PUBLIC_URL: httpUrl
    .refine(endsWithPath, 'must have no ? and no #: paths are added to it')
    .optional(),
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
  DATA_DIR: folder.default('./data'),
  CATALOG_DIR: z.string().default('./catalog'),
  MEDIA_DIR: folder.optional(),
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
  TRUST_PROXY: z
    .string()
    .refine(
      areProxies,
      'must be the number of proxies, as 1, or their addresses, as 10.0.0.0/8, separated by commas',
    )
    .optional(),
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
    .string()
    .refine(
      email => email === DEFAULT_ADMIN_EMAIL || z.email().safeParse(email).success,
      'must be an e-mail address',
    )
    .optional(),
  ADMIN_PASSWORD: z
    .string()
    .refine(isUsablePassword, { error: `must be a ${EXPECTED_PASSWORD}` })
    .optional(),
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
  SMTP_URL: z
    .url({ protocol: /^smtps?$/, hostname: /./, error: 'must be an smtp:// or smtps:// URL' })
    .optional(),
  HOLDERS_SEE_COST: z.enum(['yes', 'no'], 'must be yes or no').default('yes'),
  MAIL_FROM: z
    .string()
    .refine(isSender, 'must be an address, as Shop <shop@example.com>')
    .default('Sahm <sahm@localhost>'),
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl.optional(),
  OTEL_EXPORTER_OTLP_HEADERS: z
    .string()
    .optional()
    .refine(areHeaders, 'must be name=value, several separated by commas'),
  OTEL_SERVICE_NAME: z.string().default('sahm'),
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number(SHARE).min(0, SHARE).max(1, SHARE).default(1),
  TRACEPARENT_UPSTREAM: oneOf(['on', 'off']).default('off'),
  SHOP_NAME: z
    .string()
    .max(100, 'must have at most 100 characters')
    .refine(isOneLine, 'must be one line')
    .optional(),
});

/** `OPENAI_API_KEY` and `OPENAI_BASE_URL`, and so for each provider. */
export const apiKeysName = (provider: Provider) => `${provider.toUpperCase()}_API_KEY`;
export const baseUrlName = (provider: Provider) => `${provider.toUpperCase()}_BASE_URL`;
export const upstreamEnvironment = z.object({
  ...Object.fromEntries(PROVIDERS.map(name => [apiKeysName(name), apiKeys])),
  ...Object.fromEntries(PROVIDERS.map(name => [baseUrlName(name), httpUrl.optional()])),
});

export const shops = Object.values(SHOP_DESCRIPTIONS);
export const shopEnvironment = z.object(
  Object.fromEntries(shops.flatMap(shop => Object.entries(shop.environment))),
);
/** If one of these is set but empty, anybody could sign: the service does not start then. */
export const NEVER_EMPTY = shops.map(shop => shop.webhookSecret);
/** With one of these a shop is on. */
export const SWITCHES = [...NEVER_EMPTY, ...shops.flatMap(({ more }) => more?.variable ?? [])];

/** The names of all variables, as `.env.example` lists them. */
export const VARIABLES = [environment, upstreamEnvironment, shopEnvironment].flatMap(({ shape }) =>
  Object.keys(shape),
);
