// Keeps the process small. By default, on a machine with much memory, the engine lets garbage grow to
// hundreds of MiB, because collecting later costs less time. The size of the young generation is set where
// the process is started (package.json): it cannot be changed later.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const FLAGS = [
  // How much the heap may grow until the next collection, in percent of what was live at the last one.
  '--heap-growing-percent=40',
  // Under load many objects of requests are alive when the engine looks, and it takes them for long-lived. It
  // then allocated such objects in the old generation, where they kept alive all that they refer to, and the
  // heap filled up twice a second.
  '--no-allocation-site-pretenuring',
  // The young generation is small, so helper threads cost more than they save, above all where the database
  // and other processes need the processors too.
  '--no-parallel-scavenge',
  // Collects the young generation when a fifth of it is still free, in case nothing is to be done. Under load that is
  // a quarter more collections.
  '--no-minor-gc-task',
];

/**
 * Prisma's query compiler has little work once its plans are cached, but optimizing its code takes buffers of
 * many MiB, which malloc then keeps. HTTP's parser has much work and is still optimized. The embedded
 * database should be optimized at once, so it runs without this flag.
 */
const FLAG_BESIDE_POSTGRES = '--wasm-tiering-budget=100000000';

/** Must be called before anything is opened. */
export function keepMemorySmall({ isEmbedded }: { isEmbedded: boolean }): void {
  for (const flag of FLAGS) setFlagsFromString(flag);
  if (!isEmbedded) setFlagsFromString(FLAG_BESIDE_POSTGRES);
}

/**
 * Frees what starting used, and compacts the rest. Called once, when the service is up. Later collections do
 * not compact for its own sake: with images in the traffic that would happen many times a second.
 */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  setFlagsFromString('--compact-on-every-full-gc');
  (runInNewContext('gc') as () => void)();
  setFlagsFromString('--no-compact-on-every-full-gc');
}
