// Proves the ledger: every counter equals the sum of the holds behind it (design §3 rule 2).

import type { PrismaClient } from './generated/client.js';

/** Problems named at most, of each kind. */
const MOST_NAMED = 20;

/** What is wrong with the ledger, a sentence each; nothing when it is right. One consistent read. */
export async function findLedgerProblems(prisma: PrismaClient): Promise<string[]> {
  return prisma.$transaction(
    async transaction => {
      const found = [
        await transaction.$queryRaw<Problem[]>`
SELECT format('quota %s %s %s', own.license_id, own.period, own.provider) AS subject,
  format('used is %s, its holds posted %s; held is %s, its holds hold %s; used from grants is %s, its holds posted %s from grants',
    own.used, own.archived + coalesce(sums.used, 0), own.held, coalesce(sums.held, 0),
    own.grants_used, own.grants_archived + coalesce(sums.grants_used, 0)) AS problem
FROM quota_period own
LEFT JOIN (
  SELECT license_id, period, provider,
    sum(units) FILTER (WHERE state = 'posted' AND grant_id IS NULL) AS used,
    sum(units) FILTER (WHERE state = 'pending' AND grant_id IS NULL) AS held,
    sum(units) FILTER (WHERE state = 'posted' AND grant_id IS NOT NULL) AS grants_used
  FROM hold GROUP BY license_id, period, provider
) sums USING (license_id, period, provider)
WHERE own.used <> own.archived + coalesce(sums.used, 0)
  OR own.held <> coalesce(sums.held, 0)
  OR own.grants_used <> own.grants_archived + coalesce(sums.grants_used, 0)
LIMIT ${MOST_NAMED}`,
        await transaction.$queryRaw<Problem[]>`
SELECT format('grant %s of license %s', pack.id, pack.license_id) AS subject,
  format('used is %s, its holds posted %s; held is %s, its holds hold %s', pack.used,
    pack.archived + coalesce(sums.used, 0), pack.held, coalesce(sums.held, 0)) AS problem
FROM license_grant pack
LEFT JOIN (
  SELECT grant_id, sum(units) FILTER (WHERE state = 'posted') AS used,
    sum(units) FILTER (WHERE state = 'pending') AS held
  FROM hold WHERE grant_id IS NOT NULL GROUP BY grant_id
) sums ON sums.grant_id = pack.id
WHERE pack.used <> pack.archived + coalesce(sums.used, 0) OR pack.held <> coalesce(sums.held, 0)
LIMIT ${MOST_NAMED}`,
        await transaction.$queryRaw<Problem[]>`
SELECT format('hold %s', hold.id) AS subject,
  CASE WHEN own.license_id IS NULL THEN 'its period has no row'
    ELSE 'its grant does not exist, or is another license''s or provider''s' END AS problem
FROM hold
LEFT JOIN quota_period own USING (license_id, period, provider)
LEFT JOIN license_grant pack ON pack.id = hold.grant_id AND pack.license_id = hold.license_id
  AND pack.provider = hold.provider
WHERE own.license_id IS NULL OR hold.grant_id IS NOT NULL AND pack.id IS NULL
LIMIT ${MOST_NAMED}`,
        await transaction.$queryRaw<Problem[]>`
SELECT format('quota %s %s %s', license_id, period, provider) AS subject,
  format('used %s + held %s is more than it ever held: %s', used, held, highest_limit) AS problem
FROM quota_period WHERE used + held > highest_limit OR least(used, held, grants_used) < 0
UNION ALL
SELECT format('grant %s of license %s', id, license_id),
  format('used %s + held %s is more than it was given: %s', used, held, units)
FROM license_grant WHERE used + held > units OR least(used, held) < 0
LIMIT ${MOST_NAMED}`,
      ];
      return found.flat().map(({ subject, problem }) => `${subject}: ${problem}`);
    },
    { isolationLevel: 'RepeatableRead', timeout: 600_000 },
  );
}

interface Problem {
  subject: string;
  problem: string;
}
