// Processes that share a port count each for itself: whichever is asked for metrics gives those of all,
// told apart by the label `worker`.

import cluster from 'node:cluster';
import { AggregatorRegistry, type MetricObject, type Registry } from 'prom-client';
import { answerOthers, askOthers } from '../together.js';

const QUESTION = 'metrics';

/**
 * Gives what renders the registry, and those of the other processes where there are any. Of one that does
 * not answer the series are missing, which is not a counter that falls.
 */
export function renderedTogether(registry: Registry): () => Promise<string> {
  const { worker } = cluster;
  if (!worker) return () => registry.metrics();
  registry.setDefaultLabels({ worker: worker.id });
  answerOthers(QUESTION, () => registry.getMetricsAsJSON());
  const render = async () => {
    const others = askOthers(QUESTION) as Promise<MetricObject[][]>;
    const all = [await registry.getMetricsAsJSON(), ...(await others)];
    return AggregatorRegistry.aggregate(all).metrics();
  };
  // Whoever asks meanwhile gets the same: many who ask do not have all asked as often.
  let underWay: Promise<string> | null = null;
  return () => {
    underWay ??= render().finally(() => {
      underWay = null;
    });
    return underWay;
  };
}
