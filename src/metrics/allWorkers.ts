// Processes that share a port each count for themselves. The one that is asked for metrics returns those of
// all of them, told apart by the label `worker`.

import cluster from 'node:cluster';
import { AggregatorRegistry, type MetricObject, type Registry } from 'prom-client';
import { answerOthers, askOthers } from '../workerQuestions.js';

const QUESTION = 'metrics';

/**
 * Returns a function that renders the registry, with those of the other processes where there are any. If one
 * does not answer, its series are missing, which is not the same as a counter that falls.
 */
export function renderedForAllWorkers(registry: Registry): () => Promise<string> {
  const { worker } = cluster;
  if (!worker) return () => registry.metrics();
  registry.setDefaultLabels({ worker: worker.id });
  answerOthers(QUESTION, () => registry.getMetricsAsJSON());
  const render = async () => {
    const others = askOthers(QUESTION) as Promise<MetricObject[][]>;
    const all = [await registry.getMetricsAsJSON(), ...(await others)];
    return AggregatorRegistry.aggregate(all).metrics();
  };
  // Callers that ask meanwhile share the answer, so that many callers do not query the others as often.
  let underWay: Promise<string> | null = null;
  return () => {
    underWay ??= render().finally(() => {
      underWay = null;
    });
    return underWay;
  };
}
