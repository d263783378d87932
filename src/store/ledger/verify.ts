// Proves the ledger: every counter equals the sum of the holds behind it (docs/ledger.md rule 2), no bucket
// gave more than it had (docs/ledger.md rule 1), and the statements of past months are still true.

import { Prisma, type PrismaClient } from '../generated/client.js';
import { monthSql } from './sql.js';
import { CHECKS, SUMS } from './verifyChecks.js';

/** The most problems of each kind that are named. */
const MOST_NAMED = 20;

/**
 * What is wrong with the ledger, one sentence each; nothing where all is right. All checks are one statement,
 * so they see one state of the database, whatever else goes on. `timeZone` is that of the quotas: it decides
 * which month is the current one. Takes seconds for a million holds.
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
      // For sums over millions of holds: work in memory, with hash joins whatever the planner expects.
      await transaction.$executeRaw`SELECT set_config(name, value, true) FROM (VALUES
        ('work_mem', '64MB'), ('jit', 'off'), ('enable_nestloop', 'off'), ('enable_sort', 'off'),
        ('plan_cache_mode', 'force_custom_plan')) AS setting(name, value)`;
      return transaction.$queryRaw<Problem[]>`
WITH this_month AS (SELECT ${monthSql(Prisma.sql`sahm_now()`, timeZone)} AS period),
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
  /** How many problems of this kind there are, named or not. */
  total: number;
}
