// Leads the processes that serve on one port (WEB_CONCURRENCY). It starts them, replaces those that die,
// passes signals on, and ends when all of them have ended. A process has one such leader, because it has one
// node:cluster.

import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import type { Config } from '../config.js';
import { createLogger } from '../log.js';
import { passQuestionsOn } from '../workerQuestions.js';

/** A process that ends sooner than this after its start did not end by accident. */
const QUICK_END_MS = 10_000;
/** After this many quick ends in a row, with no process left that serves, the service has failed. */
const MOST_QUICK_ENDS = 5;
const SHORTEST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;

let log: Logger;
const startedAt = new Map<Worker, number>();
const serving = new Set<Worker>();
/** Workers that were told to end: they are not replaced. */
const leaving = new Set<Worker>();
let quickEnds = 0;
let isStopping = false;
let isReplacing = false;
let exitCode = 0;

export function leadWorkers(config: Config): void {
  log = createLogger(config.logLevel);
  passQuestionsOn(serving);
  cluster.on('listening', worker => {
    // The very first worker prepared the database for the others and printed the banner.
    const isFirst = serving.size === 0 && startedAt.size === 1;
    serving.add(worker);
    for (let more = 1; isFirst && !isStopping && more < config.webConcurrency; more++) fork();
  });
  cluster.on('exit', dealWithEnd);
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  process.on('SIGHUP', () => void replaceAll());
  // Workers accept connections themselves. By default this process accepts for all and hands connections on;
  // when a worker dies, the one on its way to it is forgotten, and that client waits for ever
  // (nodejs/node#21746).
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  cluster.setupPrimary({ exec: fileURLToPath(new URL('../main.js', import.meta.url)), args: [] });
  fork();
}

function fork(): Worker {
  const worker = cluster.fork();
  startedAt.set(worker, performance.now());
  return worker;
}

function running(): Worker[] {
  return Object.values(cluster.workers ?? {}).filter(worker => worker !== undefined);
}

function stop(signal: NodeJS.Signals): void {
  if (isStopping) return;
  isStopping = true;
  for (const worker of running()) worker.process.kill(signal);
  if (running().length === 0) process.exit(exitCode);
}

function dealWithEnd(worker: Worker, code: number | null, signal: string | null): void {
  const hasServed = serving.delete(worker);
  const isWanted = leaving.delete(worker);
  if (isStopping) {
    if (hasServed && code !== 0) exitCode = 1;
    if (running().length === 0) process.exit(exitCode);
  } else if (!hasServed && startedAt.size === 1) {
    // The very first worker has already printed why it could not start.
    process.exit(code || 1);
  } else if (!isWanted) {
    void replace(worker, { worker: worker.process.pid, code, signal });
  }
}

async function replace(worker: Worker, ended: object): Promise<void> {
  const livedMs = performance.now() - (startedAt.get(worker) ?? 0);
  quickEnds = livedMs < QUICK_END_MS ? quickEnds + 1 : 0;
  if (quickEnds >= MOST_QUICK_ENDS && serving.size === 0) {
    log.fatal(ended, 'each process ends right after its start: giving up');
    exitCode = 1;
    return stop('SIGTERM');
  }
  log.error(ended, 'a process ended by itself; another takes its place');
  await sleep(Math.min(SHORTEST_PAUSE_MS * 2 ** quickEnds, LONGEST_PAUSE_MS));
  if (!isStopping) fork();
}

/** Replaces each process with a new one, which reads the catalogue and the program anew. */
async function replaceAll(): Promise<void> {
  if (isReplacing || isStopping) return;
  isReplacing = true;
  for (const old of [...serving]) {
    if (isStopping || !serving.has(old)) continue;
    leaving.add(old);
    if (!(await startOneMore())) {
      leaving.delete(old);
      break;
    }
    if (!serving.has(old)) continue;
    const ended = once(old, 'exit');
    old.process.kill('SIGTERM');
    await ended;
  }
  isReplacing = false;
}

/** False where the new process ended before it served; then the old ones stay. */
async function startOneMore(): Promise<boolean> {
  const fresh = fork();
  leaving.add(fresh);
  const isServing = await Promise.race([
    once(fresh, 'listening').then(() => true),
    once(fresh, 'exit').then(() => false),
  ]);
  leaving.delete(fresh);
  if (!isServing) log.error('a new process did not start: those that serve stay');
  return isServing;
}
