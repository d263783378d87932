// Each process that shares a port has its own catalogue. The process that is asked to reload it makes the
// others reload too, before it answers.

import type { Logger } from 'pino';
import type { CatalogHolder } from '../store/catalog/catalogHolder.js';
import { answerOthers, askOthers } from '../workerQuestions.js';

const QUESTION = 'reload-catalog';

/** The catalogue of one process among several. With a single process it behaves as the plain holder. */
export function reloadedByAllWorkers(holder: CatalogHolder, log: Logger): CatalogHolder {
  answerOthers(QUESTION, () => follow(holder, log));
  return {
    ...holder,
    async reload(by) {
      const check = await holder.reload(by);
      // The others are asked even if this process found nothing new, because they may have an older catalogue.
      if (check.ok) await askOthers(QUESTION);
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
