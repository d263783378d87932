// Keeps the process small. Left alone, the engine lets garbage pile up to hundreds of MiB on a machine
// with much memory, because collecting later costs less time. How large the young part of the heap may
// become is said where the process is started (package.json): nothing can change it later.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const FLAGS = [
  // How far the heap may grow beyond what was live at the last collection before the next one, in percent.
  '--heap-growing-percent=40',
  // Under load much is alive whenever the engine looks, and it takes what lives for a request for what
  // lives for good: made among the old, each kept all that it knew, and the heap was full twice a second.
  '--no-allocation-site-pretenuring',
  // The young part is small: whoever helps to collect it costs more than it saves, above all where the
  // database and other processes want the processors too.
  '--no-parallel-scavenge',
];

/**
 * Prisma's query compiler works little once its plans are kept. To optimize its functions takes buffers of
 * many MiB, which malloc then keeps. HTTP's parser, which works much, is optimized all the same; the
 * embedded database should be at once.
 */
const FLAG_BESIDE_POSTGRES = '--wasm-tiering-budget=100000000';

/** Called before anything is opened. */
export function keepMemorySmall({ isEmbedded }: { isEmbedded: boolean }): void {
  for (const flag of FLAGS) setFlagsFromString(flag);
  if (!isEmbedded) setFlagsFromString(FLAG_BESIDE_POSTGRES);
}

/**
 * Gives back what starting took, and moves together what is left of it; called once when the service is up.
 * Later nothing is moved for its own sake: where images come, that would be done many times a second.
 */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  setFlagsFromString('--compact-on-every-full-gc');
  (runInNewContext('gc') as () => void)();
  setFlagsFromString('--no-compact-on-every-full-gc');
}
