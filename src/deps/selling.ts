// Builds what concerns selling: the shops, the inbox, the buyers' links and mail, and their jobs.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { JobDeps } from '../../jobs/job.js';
import type { Config } from '../config.js';
import type { Catalog } from '../domain/catalog.js';
import { LineLimit } from '../domain/lineLimit.js';
import type { Seller, Shop } from '../domain/shop.js';
import { type LinkMailDeps, mailLinks } from '../flows/mailLinks.js';
import { createPlaces, type Places } from '../flows/places.js';
import { reconcileOrders } from '../flows/reconcileOrders.js';
import { applyWaiting, type ReplayDeps, replayPurchase } from '../flows/replayPurchase.js';
import type { BuyerDeps } from '../http/buyer/index.js';
import type { StrangerDeps } from '../http/kernel/strangers.js';
import type { RefusedDelivery, WebhookDeps } from '../http/shops/webhooks.js';
import type { Metrics } from '../metrics.js';
import { createMailer, type Mailer } from '../outbound/mailer.js';
import { openShops } from '../shops/index.js';
import type { WebhookState } from '../shops/port.js';
import { eachPart } from '../store/database/eachPart.js';
import type { PrismaClient } from '../store/generated/client.js';
import { readBoughtForLicense } from '../store/licenses/boughtForLicense.js';
import { createBuyerStore, type Due } from '../store/licenses/buyers.js';
import type { LicenseStore } from '../store/licenses/licenses.js';
import { writeShopTrouble } from '../store/notices/changes.js';
import { createNoticeSettingsStore } from '../store/notices/settings.js';
import { type CodeStore, createCodeStore } from '../store/purchases/codes.js';
import { createPurchaseStore, type Recorded } from '../store/purchases/index.js';
import { findSilentShops } from '../store/reports/silentShops.js';
import type { KeyVault } from '../store/secrets/keyVault.js';
import type { Mailing } from './mailing.js';
import { shopSettingsOf } from './ownAddress.js';

export interface Selling {
  selling: WebhookDeps & Omit<BuyerDeps, keyof StrangerDeps | 'grants'> & { codes: CodeStore };
  jobs: Pick<JobDeps, 'applyWaiting' | 'reconcileOrders' | 'findSilentShops' | 'mailLinks'>;
  /** Must be closed with the rest. */
  mailer: Mailer;
  /** Removes old raw events, links and sessions; returns how many of each. */
  prune(): Promise<Record<string, number>>;
  close(): Promise<void>;
}

/** The most events of one run of the job. The next run continues from there. */
const EVENTS_A_RUN = 200;
const LINK_MAILS_A_RUN = 100;
const ROWS_A_RUN = 50_000;
/** Raw events are kept this long; their facts for good. */
const KEEP_EVENTS_DAYS = 90;
const SOON_MS = 200;
/** More at once would only wait for a connection. The embedded database has a single one. */
const DELIVERIES_AT_ONCE = { postgres: 6, embedded: 1 };
const PATIENCE_MS = 60_000;

export function buildSelling(
  config: Config,
  parts: {
    prisma: PrismaClient;
    catalog: () => Catalog;
    vault: KeyVault;
    licenses: LicenseStore;
    log: Logger;
    metrics: Pick<Metrics, 'mailFailed'>;
    mailing: Mailing;
  },
): Selling {
  const { prisma, catalog, vault, licenses, log, metrics, mailing } = parts;
  const { graceDays, subscriptionGraceDays } = config.shops;
  const timeZone = config.quotaTimeZone;
  const { publicUrl } = mailing;
  const shops = openShops(shopSettingsOf(config));
  const settings = { prisma, catalog, vault, timeZone, graceDays, subscriptionGraceDays };
  const purchases = createPurchaseStore(settings);
  const buyers = createBuyerStore(prisma, vault);
  const mailer = createMailer(config.mail);
  const mailFailed = ({ kind, orderId: order, attempts }: Due, reason: string) => {
    metrics.mailFailed(kind);
    log.warn({ kind, order, attempts, reason }, 'a message to a buyer could not be sent');
  };
  const bought: LinkMailDeps['bought'] = of =>
    readBoughtForLicense(prisma, { ...settings, catalog: catalog() }, of);
  const linkMails = { buyers, bought, mailer, mailing, shops, mailFailed };
  const soon = sendSoon(linkMails, log);
  const report = (error: unknown, about?: object) =>
    log.error({ err: error, ...about }, 'internal_error');
  const needsPerson = ({ eventId: event, reason }: Recorded, shop: Seller) =>
    log.warn({ shop, event, reason }, 'a purchase event needs a person');
  const webhooksAreWrong = async (shop: Shop, webhooks: WebhookState) => {
    log.warn({ shop, ...webhooks }, 'webhooks are off or missing: set them right in the shop');
    const says = [...webhooks.disabled, ...webhooks.missing].join('; ').slice(0, 1_000);
    await writeShopTrouble(prisma, { shop, trouble: 'webhooks', says });
  };
  const replay = { purchases, shops, report, needsPerson };
  const places = createPlaces(DELIVERIES_AT_ONCE[config.databaseUrl ? 'postgres' : 'embedded']);
  const later = applyLater(replay, places, soon.send);
  return {
    selling: {
      ...replay,
      places,
      applyLater: later.apply,
      catalog,
      buyers,
      codes: createCodeStore(settings),
      publicUrl,
      licenses,
      mailLinksSoon: soon.send,
      webhookRefused: tellOfRefused(log),
      noticeSettings: createNoticeSettingsStore(prisma),
      unsubscribeTokens: mailing.unsubscribeTokens,
    },
    jobs: {
      applyWaiting: () => applyWaiting(EVENTS_A_RUN, replay),
      reconcileOrders: shop => reconcileOrders(shop, { ...replay, webhooksAreWrong }),
      async findSilentShops() {
        const silent = await findSilentShops(prisma);
        for (const { shop, since, ...quiet } of silent) {
          log.warn({ shop, ...quiet }, 'a shop has been silent for longer than ever');
          const says = `nothing has come since ${since}`;
          await writeShopTrouble(prisma, { shop, trouble: 'silent', says });
        }
        return silent;
      },
      mailLinks: () => mailLinks(LINK_MAILS_A_RUN, linkMails),
    },
    mailer,
    prune: () =>
      eachPart({
        purchase_events: () => purchases.prune(KEEP_EVENTS_DAYS, ROWS_A_RUN),
        links: () => buyers.prune(),
      }),
    async close() {
      await later.settled();
      await soon.settled();
      mailer.close();
    },
  };
}

/** Limits the lines in the log, because a shop that is set up wrongly goes on reporting. */
function tellOfRefused(log: Logger): (refused: RefusedDelivery) => void {
  const limit = new LineLimit();
  return ({ shop, why, secretName }) => {
    const turn = limit.take(`${shop} ${why}`, performance.now());
    if (!turn) return;
    const line = { shop, why, secret: secretName, leftOut: turn.leftOut || undefined };
    log.warn(line, REFUSED_WHY[why]);
  };
}

const REFUSED_WHY: Record<RefusedDelivery['why'], string> = {
  unsigned: 'a delivery of a shop is not signed: its webhook has no secret',
  signature: 'a delivery of a shop is signed with another secret than ours',
  time: 'a delivery of a shop is signed, but not now: the clocks differ, or somebody repeats it',
  off: 'a shop reports, but its webhook secret is not set here: nothing is taken from it',
};

/** Applies stored events one after the other. What fails here is retried by the job, a minute later. */
function applyLater(
  replay: ReplayDeps,
  places: Places,
  done: () => void,
): { apply(eventId: string): void; settled(): Promise<void> } {
  let underWay: Promise<void> = Promise.resolve();
  async function applyOne(eventId: string): Promise<void> {
    if (!(await places.take(PATIENCE_MS))) return;
    try {
      await replayPurchase(eventId, replay);
      done();
    } catch (error) {
      replay.report(error);
    } finally {
      places.giveBack();
    }
  }
  return {
    apply(eventId) {
      underWay = underWay.then(() => applyOne(eventId));
    },
    settled: () => underWay,
  };
}

/** Mails links in the background, one round at a time. What fails here is retried by the job, later. */
function sendSoon(links: LinkMailDeps, log: Logger): { send(): void; settled(): Promise<void> } {
  let underWay: Promise<void> | null = null;
  let again = false;
  async function rounds(): Promise<void> {
    do {
      // Waits for deliveries that are under way, so that their mails go out together.
      await sleep(SOON_MS);
      again = false;
      await mailLinks(LINK_MAILS_A_RUN, links);
    } while (again);
  }
  return {
    send() {
      again = true;
      underWay ??= rounds()
        .catch(error => log.warn({ err: error }, 'notices could not be sent now'))
        .finally(() => {
          underWay = null;
        });
    },
    settled: async () => (await underWay) ?? undefined,
  };
}
