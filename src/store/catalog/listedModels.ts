// What upstreams' own lists say about the models that we sell, kept beside the catalogue.

import type { ListedModel } from '../../domain/listedModel.js';
import type { Provider } from '../../domain/provider.js';
import type { PrismaClient } from '../generated/client.js';

export interface StoredModelFacts extends ListedModel {
  provider: Provider;
  /** The upstream no longer lists it. */
  isMissing: boolean;
}

export interface ListedModelStore {
  /** Stores what a provider's list says about its models. Those of `missing` are no longer in the list. */
  save(provider: Provider, listed: ListedModel[], missing: string[]): Promise<void>;
  list(): Promise<StoredModelFacts[]>;
  /** Today by the database's clock, `2026-11-22`, and the day that many days later. */
  today(daysAhead: number): Promise<{ today: string; later: string }>;
}

export function createListedModelStore(prisma: PrismaClient): ListedModelStore {
  return {
    async save(provider, listed, missing) {
      await prisma.$transaction([
        prisma.$executeRaw`
INSERT INTO listed_model (provider, upstream_id, prompt_price, completion_price, context_length,
  input_modalities, output_modalities, expires_on, seen_at)
SELECT ${provider}, "upstreamId", "promptPrice", "completionPrice", "contextLength",
  coalesce("inputModalities", '{}'), coalesce("outputModalities", '{}'), "expiresOn", sahm_now()
FROM json_to_recordset(${JSON.stringify(listed)}::json) AS entry("upstreamId" text,
  "promptPrice" text, "completionPrice" text, "contextLength" int, "inputModalities" text[],
  "outputModalities" text[], "expiresOn" text)
ORDER BY "upstreamId"
ON CONFLICT (provider, upstream_id) DO UPDATE SET prompt_price = excluded.prompt_price,
  completion_price = excluded.completion_price, context_length = excluded.context_length,
  input_modalities = excluded.input_modalities, output_modalities = excluded.output_modalities,
  expires_on = excluded.expires_on, seen_at = excluded.seen_at, missing_since = NULL`,
        prisma.$executeRaw`
UPDATE listed_model SET missing_since = sahm_now()
WHERE provider = ${provider} AND upstream_id = ANY(${missing}) AND missing_since IS NULL`,
      ]);
    },
    list: () => prisma.$queryRaw<StoredModelFacts[]>`
SELECT provider, upstream_id AS "upstreamId", prompt_price AS "promptPrice",
  completion_price AS "completionPrice", context_length AS "contextLength",
  input_modalities AS "inputModalities", output_modalities AS "outputModalities",
  expires_on AS "expiresOn", missing_since IS NOT NULL AS "isMissing"
FROM listed_model ORDER BY provider, upstream_id`,
    async today(daysAhead) {
      const [days] = await prisma.$queryRaw<[{ today: string; later: string }]>`
SELECT to_char(sahm_now() AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS today,
  to_char(sahm_now() AT TIME ZONE 'UTC' + ${daysAhead}::int * interval '1 day', 'YYYY-MM-DD') AS later`;
      return days;
    },
  };
}
