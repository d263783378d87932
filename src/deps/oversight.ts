// Watches the configuration: what replicas must share, what the database refers to, and what nobody reads. A replica
// that would count in other months does not start. Any other problem is reported, and the service serves.

import { createHmac } from 'node:crypto';
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import type { Config, Secrets } from '../config.js';
import type { Catalog } from '../domain/catalog.js';
import {
  alikeSecrets,
  type ConfigWarning,
  catalogLacks,
  clockDiffers,
  mailsReachNobody,
  mediaFolderIsUnusable,
  mistyped,
  passwordIsUnused,
  providerIsOff,
  replicasDiffer,
  sandboxServes,
  shopIsOff,
} from '../domain/configWarning.js';
import { PROVIDERS } from '../domain/provider.js';
import { missingSecrets, SHOP_DESCRIPTIONS } from '../shops/index.js';
import { missingReferences } from '../store/catalog/references.js';
import type { Queryable } from '../store/database/queries.js';
import { type Patience, waitTurn } from '../store/database/waitTurn.js';
import { within } from '../store/database/within.js';
import type { PrismaClient } from '../store/generated/client.js';
import { readMonths, writeMonths } from '../store/ledger/months.js';
import { nameOfMediaFolder } from '../store/media/mediaFolder.js';
import {
  BEAT_MS,
  differingNames,
  joinReplicas,
  type Membership,
  type SharedSettings,
} from '../store/upkeep/replicas.js';
import { shopSettingsOf } from './ownAddress.js';
import { secretsAreOthers } from './secrets.js';

export interface Oversight {
  /**
   * Must be called before the service listens. Puts the configured months into force, and reports what is wrong.
   * @throws StartError if another process that serves counts in other months.
   */
  begin(): Promise<void>;
  /** What is wrong now. */
  warnings(): ConfigWarning[];
  /** Looks at the other processes now, without waiting for the next beat. */
  look(): Promise<void>;
  end(): Promise<void>;
}

/** Replicas that differ in these would count the same request in different months. */
const MUST_AGREE = ['QUOTA_TIME_ZONE', 'QUOTA_CALENDAR'];
/** A clock may be this far off: tokens and signatures have more tolerance. */
const CLOCK_TOLERANCE_MS = 2_000;
/** A shutdown waits no longer for a database that is away. The process's row then counts for a little longer. */
const LEAVING_MS = 2_000;
/** While the catalogue lacks something, we look again after this many beats. */
const BEATS_A_COMPARISON = 30;

export interface Overseen {
  config: Config;
  secrets: Secrets;
  /** Names of secrets that the database's rows were not made with. */
  changedSecrets: string[];
  prisma: PrismaClient;
  catalog(): Catalog;
  catalogDigest(): string;
  /** No other process can have this database. */
  isAlone: boolean;
  /** At the start, because other processes may start at the same time. */
  patience: Patience;
  log: Logger;
}

export function createOversight(given: Overseen): Oversight {
  const { config, prisma, log, patience } = given;
  const lasting = lastingWarnings(config, given.catalog());
  let mediaFolder: string | null = null;
  const settings = () =>
    sharedSettings(config, { ...given.secrets, catalogDigest: given.catalogDigest(), mediaFolder });
  let atStart: ConfigWarning[] = [];
  let ofCatalog: { digest: string; warnings: ConfigWarning[]; beats: number } | undefined;
  let ofReplicas: ConfigWarning[] = [];
  let member: Membership | undefined;
  let timer: NodeJS.Timeout | undefined;
  let beating: Promise<void> = Promise.resolve();

  async function compareCatalog(): Promise<void> {
    const digest = given.catalogDigest();
    const isDue =
      ofCatalog?.digest !== digest ||
      (ofCatalog.warnings.length > 0 && ofCatalog.beats >= BEATS_A_COMPARISON);
    if (!isDue) {
      if (ofCatalog) ofCatalog.beats += 1;
      return;
    }
    const faults = await missingReferences(prisma, given.catalog());
    ofCatalog = { digest, warnings: faults.map(catalogLacks), beats: 0 };
  }

  async function look(): Promise<void> {
    await compareCatalog();
    if (!member) return;
    const before = ofReplicas.map(({ message }) => message);
    const own = settings();
    const { others, clockAheadMs } = await member.beat(own);
    const names = new Set(others.flatMap(other => differingNames(Object.keys(own), own, other)));
    ofReplicas = [...names].sort().map(replicasDiffer);
    if (Math.abs(clockAheadMs) > CLOCK_TOLERANCE_MS) ofReplicas.push(clockDiffers(clockAheadMs));
    tell(ofReplicas.filter(({ message }) => !before.includes(message)));
  }

  function tell(warnings: ConfigWarning[]): void {
    for (const { about, message } of warnings) log.warn({ about }, message);
  }

  const warnings = () => [...lasting, ...atStart, ...(ofCatalog?.warnings ?? []), ...ofReplicas];

  return {
    warnings,
    look,
    async begin() {
      mediaFolder = config.mediaS3 ? null : await nameOfMediaFolder(config.mediaDir);
      if (!given.isAlone) {
        const name = `${hostname()}:${process.pid}`;
        const own = { name, settings: settings(), mustAgree: MUST_AGREE };
        member = await waitTurn(() => joinReplicas(prisma, own), patience);
      }
      await waitTurn(() => takeOverMonths(config, prisma, log), patience);
      atStart = [
        ...given.changedSecrets.map(secretHasChanged),
        ...(config.adminPassword !== undefined && (await hasAdministrators(prisma))
          ? [passwordIsUnused()]
          : []),
        ...(mediaFolder === null && !config.mediaS3
          ? [mediaFolderIsUnusable(config.mediaDir)]
          : []),
      ];
      await waitTurn(look, patience);
      tell([...lasting, ...atStart, ...(ofCatalog?.warnings ?? [])]);
      timer = setInterval(() => {
        // The next beat tries again, and an outage is reported elsewhere.
        beating = beating
          .then(look)
          .catch(error => log.debug({ err: error }, 'no look at replicas'));
      }, BEAT_MS).unref();
    },
    async end() {
      clearInterval(timer);
      const left = beating.then(() => member?.leave());
      await within(LEAVING_MS, left).catch(error =>
        log.debug({ err: error }, 'left without saying so'),
      );
    },
  };
}

/** What does not change while the process lives. */
export function lastingWarnings(config: Config, catalog: Catalog): ConfigWarning[] {
  const models = [...catalog.models.values()];
  const upstreams = PROVIDERS.flatMap(provider => {
    const count = models.filter(model => model.provider === provider).length;
    const isServed = config.upstreams[provider].apiKeys.length > 0;
    if (isServed || count === 0 || !config.isProduction) return [];
    const variable = `${provider.toUpperCase()}_API_KEY`;
    return [config.isSandboxOn ? sandboxServes(variable) : providerIsOff(variable, count)];
  });
  const halfSet = missingSecrets(shopSettingsOf(config)).map(shopIsOff);
  const isMailOff = config.isProduction && config.mail.smtpUrl === undefined;
  const mail = isMailOff ? [mailsReachNobody(config.mail.outbox)] : [];
  const alike = alikeSecrets(config.secrets);
  return [...config.mistyped.map(mistyped), ...alike, ...upstreams, ...halfSet, ...mail];
}

interface SharedThings {
  catalogDigest: string;
  /** The name of the folder of generated files; null if there is none, or if a bucket is used instead. */
  mediaFolder: string | null;
}

/** What all replicas must share: secrets by a fingerprint that says nothing without the pepper. */
export function sharedSettings(
  config: Config,
  { catalogDigest, mediaFolder, ...secrets }: Secrets & SharedThings,
): SharedSettings {
  const fingerprint = (value: string) =>
    createHmac('sha256', secrets.keyPepper).update(value).digest('hex').slice(0, 16);
  const upstreams = PROVIDERS.map(provider => {
    const isServed = config.upstreams[provider].apiKeys.length > 0;
    return [
      `${provider.toUpperCase()}_API_KEY`,
      isServed ? 'set' : config.isSandboxOn ? 'sandbox' : 'off',
    ];
  });
  const ofShops = Object.values(SHOP_DESCRIPTIONS)
    .flatMap(({ environment }) => Object.keys(environment))
    .map(name => {
      const value = config.shops.env[name];
      return [name, value === undefined ? 'not set' : fingerprint(value)];
    });
  return {
    QUOTA_TIME_ZONE: config.quotaTimeZone,
    QUOTA_CALENDAR: config.quotaCalendar,
    JWT_SECRET: fingerprint(secrets.jwtSecret),
    KEY_PEPPER: fingerprint(''),
    KEY_ENCRYPTION_KEY: fingerprint(secrets.keyEncryptionKey),
    RECEIPT_SIGNING_KEY: fingerprint(config.receipts.signingKey ?? ''),
    CATALOG_DIR: catalogDigest,
    PUBLIC_URL: config.publicUrl ?? 'not set',
    REDIS_URL: config.redisUrl === undefined ? 'not set' : fingerprint(config.redisUrl),
    SMTP_URL: config.mail.smtpUrl === undefined ? 'not set' : fingerprint(config.mail.smtpUrl),
    CORS_ORIGINS: config.corsOrigins.toSorted().join(),
    ENVELOPE_HOSTS: config.envelopeHosts.toSorted().join(),
    PLAN_GRACE_DAYS: String(config.shops.graceDays),
    SUBSCRIPTION_GRACE_DAYS: String(config.shops.subscriptionGraceDays),
    HOLDERS_SEE_COST: config.holdersSeeCost ? 'yes' : 'no',
    RESPONSES_RETENTION_HOURS: String(config.responsesRetentionHours),
    RECEIPT_PUBLIC_KEYS: config.receipts.formerPublicKeys.toSorted().join(),
    MAIL_FROM: config.mail.from,
    SHOP_NAME: config.mail.shopName ?? 'not set',
    ADMIN_EMAIL: config.mail.operatorEmail ?? 'not set',
    ...(mediaFolder !== null && { MEDIA_DIR: mediaFolder }),
    MEDIA_S3_BUCKET: config.mediaS3
      ? fingerprint(`${config.mediaS3.endpoint ?? ''} ${config.mediaS3.bucket}`)
      : 'not set',
    ...Object.fromEntries([...upstreams, ...ofShops]),
  };
}

/** Makes the next months those of the configuration. Warns if the present one still differs. */
async function takeOverMonths(config: Config, prisma: PrismaClient, log: Logger): Promise<void> {
  const { quotaCalendar: calendar, quotaTimeZone: timeZone } = config;
  const before = await readMonths(prisma);
  await writeMonths(prisma, { calendar, timeZone });
  const after = await readMonths(prisma);
  if (!before || !after) return;
  const { next } = before;
  if (next.calendar === calendar && next.timeZone === timeZone) return;
  log.warn(
    { calendar, timeZone, before: next, month: after.label, until: after.endsAt },
    'the months are counted anew from the end of the current one on',
  );
}

function secretHasChanged(name: string): ConfigWarning {
  return { about: name, message: secretsAreOthers([name]) };
}

export async function hasAdministrators(db: Queryable): Promise<boolean> {
  const rows = await db.$queryRaw<unknown[]>`SELECT FROM administrator LIMIT 1`;
  return rows.length > 0;
}
