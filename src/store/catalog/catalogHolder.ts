// The catalogue in force, and its replacement by the current files without a restart.

import { createHash } from 'node:crypto';
import { CatalogError, loadCatalog } from '../../catalog/load.js';
import type { Catalog } from '../../domain/catalog.js';
import { type Actor, auditAlone } from '../admin/audit.js';
import type { PrismaClient } from '../generated/client.js';
import { missingReferences } from './references.js';

export interface CatalogCheck {
  ok: boolean;
  /** Each as `file: path: what is wrong`. */
  faults: string[];
  /** Whether the files differ from the catalogue in force. */
  changed: boolean;
}

export interface CatalogHolder {
  current(): Catalog;
  /** A digest of the catalogue in force. */
  digest(): string;
  /** Reads the files, compares them with what the database refers to, and changes nothing. */
  check(): Promise<CatalogCheck>;
  /** Puts the files into force if they have no faults. */
  reload(by: Actor): Promise<CatalogCheck>;
  /** The same in a process that follows another one's reload, which has written the audit log already. */
  follow(): Promise<CatalogCheck>;
}

export function createCatalogHolder(
  prisma: PrismaClient,
  directory: string,
  loaded: Catalog,
): CatalogHolder {
  let current = loaded;

  /** Also compared with what the database refers to. */
  async function readAndCompare(): Promise<CatalogCheck & { catalog: Catalog | null }> {
    const { catalog, ...check } = await read();
    const faults = catalog ? await missingReferences(prisma, catalog) : [];
    return faults.length > 0
      ? { ...check, ok: false, faults, catalog: null }
      : { ...check, catalog };
  }

  async function read(): Promise<CatalogCheck & { catalog: Catalog | null }> {
    try {
      const catalog = await loadCatalog(directory);
      const changed = digestOf(catalog) !== digestOf(current);
      return { ok: true, faults: [], changed, catalog };
    } catch (error) {
      if (!(error instanceof CatalogError)) throw error;
      return { ok: false, faults: error.faults, changed: true, catalog: null };
    }
  }

  return {
    current: () => current,
    digest: () => digestOf(current),
    async check() {
      const { catalog: _, ...check } = await readAndCompare();
      return check;
    },
    async reload(by) {
      const { catalog, ...check } = await readAndCompare();
      if (!catalog || !check.changed) return check;
      const before = summaryOf(current);
      const after = summaryOf(catalog);
      await auditAlone(prisma, by, { action: 'catalog.reload', subject: 'catalog', before, after });
      current = catalog;
      return check;
    },
    async follow() {
      const { catalog, ...check } = await read();
      if (catalog && check.changed) current = catalog;
      return check;
    },
  };
}

function summaryOf(catalog: Catalog): Record<string, string | number> {
  const { plans, products, models } = catalog;
  const counts = { plans: plans.size, products: products.size, models: models.size };
  return { ...counts, digest: digestOf(catalog) };
}

export function digestOf({ plans, products, models }: Catalog): string {
  const text = JSON.stringify([[...plans], [...products], [...models]]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
