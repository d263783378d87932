// Proves the ledger: every counter equals the sum of the holds behind it (docs/ledger.md rule 2), no
// bucket gave more than it had (docs/ledger.md rule 1), and what was written down of past months is
// still so.

import { Prisma, type PrismaClient } from '../generated/client.js';
import { CHECKS, SUMS } from './verifyChecks.js';

/** Problems named at most, of each kind. */
const MOST_NAMED = 20;

/**
 * What is wrong with the ledger, a sentence each; nothing when it is right. All checks are one
 * statement, and so see one state of the database, whatever goes on meanwhile. `timeZone` is that of
 * the quotas: it says which month is the current one. Takes seconds for a million holds.
 */
export async function findLedgerProblems(
  prisma: PrismaClient,
  timeZone = 'UTC',
): Promise<string[]> {
  const named = Object.entries(CHECKS).map(
    ([kind, check]) => Prisma.sql`(
SELECT ${kind} AS kind, subject, problem, (count(*) OVER ())::int AS total
FROM (${check}) found ORDER BY subject, problem LIMIT ${MOST_NAMED}::int)`,
  );
  const found = await prisma.$transaction(
    async transaction => {
      // Sums over millions of holds: in memory, and joined by hash whatever the planner expects.
      await transaction.$executeRaw`SELECT set_config(name, value, true) FROM (VALUES
        ('work_mem', '64MB'), ('jit', 'off'), ('enable_nestloop', 'off'), ('enable_sort', 'off'),
        ('plan_cache_mode', 'force_custom_plan')) AS setting(name, value)`;
      return transaction.$queryRaw<Problem[]>`
WITH this_month AS (SELECT to_char(sahm_now() AT TIME ZONE ${timeZone}, 'YYYY-MM') AS period),
${SUMS}
${Prisma.join(named, ' UNION ALL ')}`;
    },
    { timeout: 600_000 },
  );
  return Object.keys(CHECKS).flatMap(kind => {
    const problems = found.filter(problem => problem.kind === kind);
    const more = (problems[0]?.total ?? 0) - problems.length;
    return [
      ...problems.map(({ subject, problem }) => `${subject}: ${problem}`),
      ...(more > 0 ? [`and ${more} more ${kind}`] : []),
    ];
  });
}

interface Problem {
  kind: string;
  subject: string;
  problem: string;
  /** How many there are of this kind, named or not. */
  total: number;
}
