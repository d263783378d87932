// Plants faults into the functions of a private database. A check that does not find them proves nothing.

export interface PlantedFault {
  /** The function that is changed. */
  name: string;
  /** What it says, exactly once, and what it is made to say. */
  from: string;
  to: string;
}

type Query = (sql: string) => Promise<unknown>;

/** Plants it; returns what takes it back. */
export async function plantFault(
  query: Query,
  { name, from, to }: PlantedFault,
): Promise<() => Promise<void>> {
  const asked = `SELECT pg_get_functiondef('${name}'::regproc) AS definition`;
  const [row] = (await query(asked)) as Array<{ definition: string }>;
  const definition = row?.definition ?? '';
  // Otherwise the planted fault is not the intended one.
  const times = definition.split(from).length - 1;
  if (times !== 1) throw new Error(`${name} says "${from}" ${times} times`);
  await query(definition.replace(from, () => to));
  return async () => void (await query(definition));
}

/** Takes away the constraints that would refuse some of these faults by themselves. */
export async function dropCounterConstraints(query: Query): Promise<void> {
  for (const [table, constraint] of [
    ['quota_period', 'quota_period_never_overdrawn'],
    ['quota_period', 'quota_period_counts'],
    ['license_grant', 'license_grant_never_overdrawn'],
  ]) {
    await query(`ALTER TABLE ${table} DROP CONSTRAINT ${constraint}`);
  }
}
