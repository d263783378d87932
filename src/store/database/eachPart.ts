import { databaseFaultOf } from '../../domain/databaseFault.js';

/**
 * Runs the parts of a job one after the other. A fault in one of them does not stop the others.
 * @throws what failed, with the parts' names, after all have run; an outage at once.
 */
export async function eachPart<Name extends string, Result>(
  parts: Record<Name, () => Promise<Result>>,
): Promise<Record<Name, Result>> {
  const results = {} as Record<Name, Result>;
  const faults: Array<{ name: Name; error: unknown }> = [];
  for (const [name, act] of Object.entries(parts) as Array<[Name, () => Promise<Result>]>) {
    try {
      results[name] = await act();
    } catch (error) {
      if (databaseFaultOf(error) === 'unavailable') throw error;
      faults.push({ name, error });
    }
  }
  if (faults.length === 0) return results;
  const words = faults.map(({ name, error }) => `${name}: ${Object(error).message ?? error}`);
  throw new AggregateError(
    faults.map(({ error }) => error),
    words.join('; '),
  );
}
