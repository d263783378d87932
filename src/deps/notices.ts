// Builds what concerns notices: their store, their webhook endpoints, and their jobs.

import type { Logger } from 'pino';
import type { JobDeps } from '../../jobs/job.js';
import type { Config } from '../config.js';
import type { Catalog } from '../domain/catalog.js';
import { type AttemptOutcome, deliverNotices } from '../flows/deliverNotices.js';
import type { AdminDeps } from '../http/admin/index.js';
import type { Metrics } from '../metrics.js';
import type { Mailer } from '../outbound/mailer.js';
import { createWebhookSender } from '../outbound/webhookSender.js';
import type { PrismaClient } from '../store/generated/client.js';
import { createNoticeStore, type RetiringModel } from '../store/notices/index.js';
import { createWebhookEndpointStore } from '../store/notices/webhookEndpoints.js';
import type { KeyVault } from '../store/secrets/keyVault.js';
import type { Mailing } from './mailing.js';

export interface Notifying {
  admin: Pick<AdminDeps, 'notices' | 'webhookEndpoints' | 'expectedOfWebhookUrl'>;
  jobs: Pick<JobDeps, 'findNotices' | 'deliverNotices'>;
  prune(): Promise<{ notices: number }>;
  close(): Promise<void>;
}

/** The most deliveries of one run of the job. The next run continues from there. */
const DELIVERIES_A_RUN = 500;
const ROWS_A_RUN = 50_000;

export function buildNotices(
  config: Config,
  parts: {
    prisma: PrismaClient;
    catalog: () => Catalog;
    vault: KeyVault;
    mailer: Mailer;
    mailing: Mailing;
    metrics: Metrics;
    log: Logger;
  },
): Notifying {
  const { prisma, catalog, vault, mailer, mailing, metrics, log } = parts;
  const notices = createNoticeStore(prisma, config.mail.operatorEmail ?? null, () =>
    retiringModels(catalog()),
  );
  const endpoints = createWebhookEndpointStore(prisma, vault);
  const sender = createWebhookSender({ allowsLoopback: !config.isProduction });
  const report = (channel: 'mail' | 'webhook', outcome: AttemptOutcome) => {
    metrics.noticeDelivery(channel, outcome);
    if (outcome === 'failed') log.warn({ channel }, 'a notice is given up: GET /admin/api/notices');
  };
  const delivering = { notices, endpoints, sender, mailer, mailing, report };
  return {
    admin: { notices, webhookEndpoints: endpoints, expectedOfWebhookUrl: sender.expectedOf },
    jobs: {
      findNotices: () => notices.find(ROWS_A_RUN),
      deliverNotices: () => deliverNotices(DELIVERIES_A_RUN, delivering),
    },
    prune: async () => ({ notices: await notices.prune(ROWS_A_RUN) }),
    close: () => sender.close(),
  };
}

function retiringModels({ models }: Catalog): RetiringModel[] {
  return [...models.values()].flatMap(({ id: model, retiresAt: retires_at }) =>
    retires_at === null ? [] : [{ model, retires_at }],
  );
}
