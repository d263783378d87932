// Writes notices with their deliveries. Nothing is told twice: a notice's key is its license (or none), kind
// and subject, whoever finds it and however often.

import { v7 as uuidv7 } from 'uuid';
import type { NewNotice } from '../../domain/notice.js';
import type { Queryable } from '../database/queries.js';

/** Returns how many were new. */
export async function writeNotices(db: Queryable, notices: NewNotice[]): Promise<number> {
  if (notices.length === 0) return 0;
  const rows = notices.map(({ licenseId, ...rest }) => ({
    ...rest,
    id: uuidv7(),
    license_id: licenseId,
  }));
  // Inserted in one order, so that two processes that find the same notices cannot deadlock. The endpoints
  // are locked, because removing one meanwhile must not fail the change that the notice tells.
  const [written] = await db.$queryRaw<[{ count: number }]>`
WITH found AS MATERIALIZED (
  SELECT * FROM json_to_recordset(${JSON.stringify(rows)}::json) AS each(id uuid, kind text,
    license_id uuid, subject text, details jsonb, mails boolean)
),
listening AS MATERIALIZED (
  SELECT id, kinds FROM webhook_endpoint WHERE NOT disabled FOR KEY SHARE
),
fresh AS (
  INSERT INTO license_notice (id, kind, license_id, subject, details)
  SELECT id, kind, license_id, subject, details FROM found ORDER BY license_id, kind, subject
  ON CONFLICT DO NOTHING
  RETURNING id, kind
),
deliveries AS (
  INSERT INTO notice_delivery (notice_id, endpoint_id)
  SELECT fresh.id, NULL FROM fresh JOIN found USING (id) WHERE found.mails
    -- Not as a join, for which the planner would read all licenses.
    AND NOT coalesce((SELECT found.kind = ANY (muted_notices) FROM account WHERE account.id =
      (SELECT account_id FROM license WHERE license.id = found.license_id)), false)
  UNION ALL
  SELECT fresh.id, listening.id FROM fresh JOIN listening
    ON listening.kinds = '{}' OR fresh.kind = ANY (listening.kinds)
)
SELECT count(*)::int AS count FROM fresh`;
  return written.count;
}
