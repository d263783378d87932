// What the database still refers to, and a catalogue lacks.

import type { Catalog } from '../../domain/catalog.js';
import type { Queryable } from '../database/queries.js';

/** Each as `file: path: what is wrong`, as the catalogue's own faults are. */
export async function missingReferences(db: Queryable, catalog: Catalog): Promise<string[]> {
  const plans = [...catalog.plans.keys()];
  const products = [...catalog.products.keys()];
  const rows = await db.$queryRaw<Array<{ kind: Kind; name: string; count: number }>>`
    SELECT 'licenses' AS kind, plan AS name, count(*)::int AS count FROM license
    WHERE plan <> ALL (${plans}::text[]) AND state IN ('active', 'suspended') GROUP BY plan
    UNION ALL
    SELECT 'grants', minimum_plan, count(*)::int FROM license_grant
    WHERE state = 'waiting' AND minimum_plan <> ALL (${plans}::text[]) GROUP BY minimum_plan
    UNION ALL
    SELECT 'codes', product_id, count(*)::int FROM redemption_code
    WHERE used_at IS NULL AND withdrawn_at IS NULL
      AND (expires_at IS NULL OR expires_at > sahm_now()) AND product_id <> ALL (${products}::text[])
    GROUP BY product_id
    ORDER BY kind, name`;
  return rows.map(({ kind, name, count }) => WORDS[kind](name, count));
}

type Kind = 'licenses' | 'grants' | 'codes';

const WORDS: Record<Kind, (name: string, count: number) => string> = {
  licenses: (plan, count) =>
    `plans.json: plans: the plan ${plan} is missing, but licenses have it (${count}), and could use no model. Keep it, or give them another plan first`,
  grants: (plan, count) =>
    `plans.json: plans: the plan ${plan} is missing, but add-ons wait for it (${count}), and would never count. Keep it, or withdraw them first`,
  codes: (product, count) =>
    `products.json: products: the product ${product} is missing, but redemption codes are open for it (${count}). Keep it, or withdraw them first`,
};
