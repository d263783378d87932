// Processes that share a port count each for itself: whichever is asked for metrics gives those of all,
// told apart by the label `worker`. They meet in the process that leads them.

import cluster from 'node:cluster';
import { AggregatorRegistry, type Registry } from 'prom-client';

const QUESTION = 'sahm:metrics';
interface Answer {
  answer: typeof QUESTION;
  /** Null where a process did not tell its own in time. */
  text: string | null;
}

/** Called once in the process that leads. */
export function answerWorkers(): void {
  const aggregator = new AggregatorRegistry();
  cluster.on('message', async (worker, message: { question?: string }) => {
    if (message?.question !== QUESTION) return;
    const text = await aggregator.clusterMetrics().catch(() => null);
    if (worker.isConnected()) worker.send({ answer: QUESTION, text } satisfies Answer);
  });
}

/**
 * Gives what renders the registry, and those of the other processes where there are any. It rejects
 * where one of them does not answer: counters that seem to fall would be worse than none.
 */
export function renderedTogether(registry: Registry): () => Promise<string> {
  const { worker } = cluster;
  if (!worker) return () => registry.metrics();
  registry.setDefaultLabels({ worker: worker.id });
  AggregatorRegistry.setRegistries(registry);
  new AggregatorRegistry();
  let underWay: Promise<string> | null = null;
  return () => {
    underWay ??= ask().finally(() => {
      underWay = null;
    });
    return underWay;
  };
}

function ask(): Promise<string> {
  return new Promise((resolve, reject) => {
    function listen(message: Partial<Answer>): void {
      if (message?.answer !== QUESTION) return;
      process.off('message', listen);
      if (typeof message.text === 'string') resolve(message.text);
      else reject(new Error('a process did not tell its metrics'));
    }
    process.on('message', listen);
    process.send?.({ question: QUESTION });
  });
}
