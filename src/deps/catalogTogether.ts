// Processes that share a port have a catalogue each: whichever is asked to reload it has the others do so
// too, before it answers. They meet in the process that leads them.

import cluster, { type Worker } from 'node:cluster';
import type { Logger } from 'pino';
import type { CatalogHolder } from '../store/catalogHolder.js';

const RELOAD = 'sahm:reload-catalog';
interface Message {
  /** What a process asks of the one that leads, and what that asks of the others. */
  question?: typeof RELOAD;
  answer?: typeof RELOAD;
}

/** Who does not answer by then is stuck, or has only begun and reads the new files anyway. */
const PATIENCE_MS = 5_000;

/** Called once in the process that leads. */
export function passReloadsOn(): void {
  cluster.on('message', async (asking: Worker, message: Message) => {
    if (message?.question !== RELOAD) return;
    const others = Object.values(cluster.workers ?? {}).filter(
      worker => worker !== undefined && worker !== asking && worker.isConnected(),
    ) as Worker[];
    await Promise.all(others.map(haveReloaded));
    if (asking.isConnected()) asking.send({ answer: RELOAD } satisfies Message, () => {});
  });
}

function haveReloaded(worker: Worker): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(end, PATIENCE_MS);
    function listen(message: Message): void {
      if (message?.answer === RELOAD) end();
    }
    function end(): void {
      clearTimeout(timer);
      worker.off('message', listen).off('exit', end);
      resolve();
    }
    worker.on('message', listen).on('exit', end);
    // One that has just died cannot be told: its end is heard of.
    worker.send({ question: RELOAD } satisfies Message, () => {});
  });
}

/** The catalogue of one process among several; as it is where there is only one. */
export function reloadedTogether(holder: CatalogHolder, log: Logger): CatalogHolder {
  if (!cluster.worker) return holder;
  process.on('message', async (message: Message) => {
    if (message?.question !== RELOAD) return;
    await follow(holder, log);
    process.send?.({ answer: RELOAD } satisfies Message);
  });
  return {
    ...holder,
    async reload(by) {
      const check = await holder.reload(by);
      // Where this one has nothing new too: another may have kept what is older.
      if (check.ok) await haveOthersReload();
      return check;
    },
  };
}

async function follow(holder: CatalogHolder, log: Logger): Promise<void> {
  const problem = 'the catalogue was reloaded, but not by this process, which keeps the old one';
  try {
    const { ok, faults } = await holder.follow();
    if (!ok) log.error({ faults }, problem);
  } catch (error) {
    log.error({ err: error }, problem);
  }
}

function haveOthersReload(): Promise<void> {
  return new Promise(resolve => {
    function listen(message: Message): void {
      if (message?.answer !== RELOAD) return;
      process.off('message', listen);
      resolve();
    }
    process.on('message', listen);
    process.send?.({ question: RELOAD } satisfies Message);
  });
}
