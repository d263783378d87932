// What is free in each bucket of a quota, in the order in which they are drawn on.

import type { Catalog } from '../../domain/catalog.js';
import type { QuotaKey } from '../../domain/provider.js';
import type { Queries } from '../database/directQueries.js';
import { queryJson } from '../database/queries.js';
import { Prisma } from '../generated/client.js';
import { clockSql } from './sql.js';
import { entitledSql } from './usage.js';

export interface BucketRoom {
  bucket: 'period' | 'grant';
  free: number;
}

/** Also before the month's first request. */
export function readRooms(
  db: Queries,
  catalog: Catalog,
  licenseId: string,
  quota: QuotaKey,
  timeZone: string,
): Promise<BucketRoom[]> {
  const period = Prisma.sql`(SELECT period FROM clock)`;
  return queryJson(
    db,
    Prisma.sql`
WITH clock AS (${clockSql(timeZone)}),
entitled AS (${entitledSql(catalog, Prisma.sql`${[licenseId]}`, period)}),
room AS (
  SELECT 'period' AS bucket, 0 AS turn, CASE WHEN own.license_id IS NULL
      THEN entitled.plan_limit + entitled.addon_limit
      ELSE own.plan_limit + own.addon_limit - own.used - own.held END AS free
  FROM clock CROSS JOIN entitled
  LEFT JOIN quota_period own ON own.license_id = entitled.license_id AND own.period = clock.period
    AND own.provider = entitled.provider
  WHERE entitled.provider = ${quota}
  UNION ALL
  SELECT 'grant', row_number() OVER (ORDER BY created_at, id), entitled - used - held
  FROM license_grant WHERE license_id = ${licenseId}::uuid AND provider = ${quota}
    AND lasts = 'until-used' AND state = 'active'
)
SELECT coalesce(json_agg(json_build_object('bucket', bucket, 'free', greatest(0, free)) ORDER BY turn), '[]')::text
  AS answer FROM room`,
  );
}
