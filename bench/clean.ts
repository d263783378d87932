import type { Database } from '../src/store/database/database.js';
import { findLedgerProblems } from '../src/store/ledger/verify.js';

/** Fails the benchmark if a count was lost; closes the database. */
export async function assertClean(name: string, database: Database): Promise<void> {
  const problems = await findLedgerProblems(database.prisma);
  const pending = await database.prisma.hold.count({ where: { state: 'pending' } });
  await database.close();
  if (pending > 0) problems.push(`${pending} holds are pending`);
  if (problems.length > 0) throw new Error(`${name}: the ledger is wrong\n${problems.join('\n')}`);
  console.log(`${name}: the ledger is clean`);
}
