// The processes that serve on one port (WEB_CONCURRENCY).

import { readFile } from 'node:fs/promises';
import type { ServiceProcess } from './serviceProcess.js';

/** The pids of a leading process's workers, oldest first. */
export function workerPids({ pid }: ServiceProcess): Promise<number[]> {
  return childrenOf(pid);
}

export async function childrenOf(pid: number): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return children.trim().split(' ').filter(Boolean).map(Number);
}

export async function metricsOf({ url }: ServiceProcess): Promise<string> {
  return (await fetch(`${url}/metrics`)).text();
}

/** The numbers of the workers that appear in the metrics. */
export async function workersInMetrics(service: ServiceProcess): Promise<string[]> {
  // The connection may have been to a worker that was killed.
  const metrics = await metricsOf(service).catch(() => '');
  const labels = metrics.matchAll(/^process_cpu_seconds.*worker="(\d+)"/gm);
  return [...new Set([...labels].map(match => match[1] as string))].sort();
}
