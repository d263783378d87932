// What a page costs the processor it runs on. Its thread's own time is counted: what other programs take of a shared
// machine meanwhile is not in it.

import type { Browser, Page } from 'playwright-core';

interface TraceEvent {
  name: string;
  pid: number;
  tid: number;
  /** In microseconds of the thread's own time. */
  tdur?: number;
  args: { name?: string };
}

/** In milliseconds, the longest first. */
export async function workOf(
  browser: Browser,
  page: Page,
  act: () => Promise<unknown>,
): Promise<number[]> {
  await browser.startTracing(page, { categories: ['toplevel', '__metadata'] });
  await act();
  const trace = JSON.parse((await browser.stopTracing()).toString());
  const events = trace.traceEvents as TraceEvent[];
  const tasks = new Map<string, number[]>();
  for (const { name, pid, tid, args } of events) {
    if (name === 'thread_name' && args.name === 'CrRendererMain') tasks.set(`${pid} ${tid}`, []);
  }
  for (const { name, pid, tid, tdur = 0 } of events) {
    if (name === 'ThreadControllerImpl::RunTask') tasks.get(`${pid} ${tid}`)?.push(tdur / 1_000);
  }
  // The page itself worked most; other threads are those of pages that were open before.
  const [most = []] = [...tasks.values()].sort((one, other) => sumOf(other) - sumOf(one));
  return most.sort((one, other) => other - one);
}

export function sumOf(numbers: number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0);
}
