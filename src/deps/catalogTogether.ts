// Processes that share a port have a catalogue each: whichever is asked to reload it has the others do so
// too, before it answers.

import type { Logger } from 'pino';
import type { CatalogHolder } from '../store/catalog/catalogHolder.js';
import { answerOthers, askOthers } from '../together.js';

const QUESTION = 'reload-catalog';

/** The catalogue of one process among several; as it is where there is only one. */
export function reloadedTogether(holder: CatalogHolder, log: Logger): CatalogHolder {
  answerOthers(QUESTION, () => follow(holder, log));
  return {
    ...holder,
    async reload(by) {
      const check = await holder.reload(by);
      // Where this one has nothing new too: another may have kept what is older.
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
