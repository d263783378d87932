// The endpoints that notices are posted to. An endpoint's secret is shown once and kept encrypted. A URL can
// be a secret too (chat systems put tokens in them), so only owners see it, and the audit log has only its
// origin.

import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { validate as isUuid, v7 as uuidv7 } from 'uuid';
import type { NoticeKind } from '../../domain/notice.js';
import { type Refusal, refuse } from '../../domain/refusal.js';
import { type Actor, type AuditedState, writeAudit } from '../admin/audit.js';
import { millisecondsSql } from '../database/instants.js';
import type { Queryable } from '../database/queries.js';
import { inTransaction } from '../database/transaction.js';
import { Prisma, type PrismaClient } from '../generated/client.js';
import type { KeyVault } from '../secrets/keyVault.js';

export interface WebhookEndpoint {
  id: string;
  url: string;
  /** Empty: all kinds. */
  kinds: NoticeKind[];
  disabled: boolean;
  createdAt: Date;
}

export interface EndpointChanges {
  url?: string | undefined;
  kinds?: NoticeKind[] | undefined;
  disabled?: boolean | undefined;
}

export interface ShownEndpoint {
  kind: 'endpoint';
  endpoint: WebhookEndpoint;
}

export interface WebhookEndpointStore {
  list(): Promise<WebhookEndpoint[]>;
  /** The secret is shown this once. */
  create(
    wanted: { url: string; kinds: NoticeKind[] },
    by: Actor,
  ): Promise<(ShownEndpoint & { secret: string }) | Refusal>;
  change(id: string, changes: EndpointChanges, by: Actor): Promise<ShownEndpoint | Refusal>;
  /** Also removes its past and pending deliveries. */
  remove(id: string, by: Actor): Promise<{ kind: 'removed' } | Refusal>;
  /** @throws if it was sealed with another encryption key. */
  openSecret(endpoint: { id: string; sealed: Uint8Array }): string;
}

/** Limited, because every notice is delivered to each of them. */
const MOST_ENDPOINTS = 20;
const PREFIX = 'whsec_';

export function createWebhookEndpointStore(
  prisma: PrismaClient,
  vault: KeyVault,
): WebhookEndpointStore {
  return {
    list: () => readEndpoints(prisma),
    async create({ url, kinds }, by) {
      const id = uuidv7();
      const secret = PREFIX + randomBytes(32).toString('hex');
      const sealed = vault.seal(secret, sealedAs(id));
      return inTransaction(prisma, async transaction => {
        if (await hasUrl(transaction, url)) return refuseTaken();
        const created = await transaction.$executeRaw`
          INSERT INTO webhook_endpoint (id, url, sealed, kinds)
          SELECT ${id}::uuid, ${url}, ${sealed}, ${kinds}::text[]
          WHERE (SELECT count(*) FROM webhook_endpoint) < ${MOST_ENDPOINTS}::int`;
        if (created === 0) {
          const reason = `there are ${MOST_ENDPOINTS} endpoints already.`;
          return refuse('conflict', 'conflict', { reason });
        }
        const endpoint = (await readEndpoint(transaction, id)) as WebhookEndpoint;
        const subject = subjectOf(id);
        const after = audited(endpoint);
        await writeAudit(transaction, by, { action: 'webhook_endpoint.create', subject, after });
        return { kind: 'endpoint', endpoint, secret };
      });
    },
    async change(id, { url, kinds, disabled }, by) {
      if (!isUuid(id)) return refuseUnknown();
      return inTransaction(prisma, async transaction => {
        const before = await readEndpoint(transaction, id);
        if (!before) return refuseUnknown();
        const wanted = {
          url: url ?? before.url,
          kinds: kinds ?? before.kinds,
          disabled: disabled ?? before.disabled,
        };
        const { url: oldUrl, kinds: oldKinds, disabled: wasDisabled } = before;
        const old = { url: oldUrl, kinds: oldKinds, disabled: wasDisabled };
        if (isDeepStrictEqual(wanted, old)) return { kind: 'endpoint', endpoint: before };
        if (wanted.url !== oldUrl && (await hasUrl(transaction, wanted.url))) return refuseTaken();
        await transaction.$executeRaw`
          UPDATE webhook_endpoint SET url = ${url ?? before.url},
            kinds = ${kinds ?? before.kinds}::text[], disabled = ${disabled ?? before.disabled}
          WHERE id = ${id}::uuid`;
        // When an endpoint is enabled, its waiting deliveries are due at once.
        if (before.disabled && disabled === false) {
          await transaction.$executeRaw`
            UPDATE notice_delivery SET due_at = least(due_at, sahm_now())
            WHERE endpoint_id = ${id}::uuid AND state = 'pending'`;
        }
        const endpoint = (await readEndpoint(transaction, id)) as WebhookEndpoint;
        await writeAudit(transaction, by, {
          action: 'webhook_endpoint.change',
          subject: subjectOf(id),
          before: audited(before),
          after: { ...audited(endpoint), url_changed: endpoint.url !== before.url },
        });
        return { kind: 'endpoint', endpoint };
      });
    },
    async remove(id, by) {
      if (!isUuid(id)) return refuseUnknown();
      return inTransaction(prisma, async transaction => {
        const endpoint = await readEndpoint(transaction, id);
        if (!endpoint) return refuseUnknown();
        await transaction.$executeRaw`DELETE FROM webhook_endpoint WHERE id = ${id}::uuid`;
        const subject = subjectOf(id);
        const before = audited(endpoint);
        await writeAudit(transaction, by, { action: 'webhook_endpoint.remove', subject, before });
        return { kind: 'removed' };
      });
    },
    openSecret: ({ id, sealed }) => vault.open(sealed, sealedAs(id)),
  };
}

/** This key also seals other things. The prefix makes sure that none opens as another. */
function sealedAs(id: string): string {
  return `webhook_endpoint ${id}`;
}

async function readEndpoint(db: Queryable, id: string): Promise<WebhookEndpoint | null> {
  const [endpoint] = await readEndpoints(db, Prisma.sql`WHERE id = ${id}::uuid FOR NO KEY UPDATE`);
  return endpoint ?? null;
}

/** Oldest first. */
async function readEndpoints(db: Queryable, which?: Prisma.Sql): Promise<WebhookEndpoint[]> {
  const rows = await db.$queryRaw<Array<Omit<WebhookEndpoint, 'createdAt'> & { at: number }>>`
    SELECT id, url, kinds, disabled, ${millisecondsSql(Prisma.sql`created_at`)} AS at
    FROM webhook_endpoint ${which ?? Prisma.sql`ORDER BY id`}`;
  return rows.map(({ at, ...rest }) => ({ ...rest, createdAt: new Date(at) }));
}

function audited({ url, kinds, disabled }: WebhookEndpoint): AuditedState {
  return { origin: new URL(url).origin, kinds, disabled };
}

function subjectOf(id: string): string {
  return `webhook_endpoint:${id}`;
}

function refuseUnknown(): Refusal {
  return refuse('not_found', 'not_found', { what: 'webhook endpoint' });
}

/** Two of one URL would tell it everything twice. */
async function hasUrl(transaction: Queryable, url: string): Promise<boolean> {
  const known = await transaction.$queryRaw<unknown[]>`
    SELECT 1 FROM webhook_endpoint WHERE url = ${url} LIMIT 1`;
  return known.length > 0;
}

function refuseTaken(): Refusal {
  return refuse('conflict', 'conflict', { reason: 'an endpoint has this URL already.' });
}
