// Reads the processor time and memory of a process, and starts the processes of the baselines.

import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { childrenOf } from '../test/harness/workers.js';

/** The clock ticks in which Linux counts processor time in /proc. */
const TICKS_PER_SECOND = 100;

/** Processor time of a process and its threads so far, in milliseconds. */
export async function processorMs(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND;
}

/** The same of a PostgreSQL server: of all its processes that live. */
export async function postgresMs({ dataDirectory }: { dataDirectory: string }): Promise<number> {
  const file = await readFile(join(dataDirectory, 'postmaster.pid'), 'utf8');
  const pids = await childrenOf(Number.parseInt(file, 10));
  // One may have ended meanwhile.
  const spent = await Promise.all(pids.map(pid => processorMs(pid).catch(() => 0)));
  return spent.reduce((sum, ms) => sum + ms, 0);
}

export interface Memory {
  nowMib: number;
  highestMib: number;
}

export async function memoryOf(pid: number): Promise<Memory> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const mib = (name: string) =>
    Math.round(Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024);
  return { nowMib: mib('VmRSS'), highestMib: mib('VmHWM') };
}

export interface BenchProcess {
  pid: number;
  port: number;
  stop(): Promise<void>;
}

/** Starts an entry point of bench/servers, and waits until it listens. */
export async function startBenchServer(
  name: string,
  environment: Record<string, string>,
): Promise<BenchProcess> {
  const entry = fileURLToPath(new URL(`./servers/${name}.js`, import.meta.url));
  const child = spawn(process.execPath, [entry], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH ?? '', NODE_ENV: 'production', SANDBOX: 'on', ...environment },
  });
  process.once('exit', () => child.kill('SIGKILL'));
  const port = await listeningPort(child);
  return {
    pid: child.pid as number,
    port,
    async stop() {
      const ended = new Promise(resolve => child.once('close', resolve));
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function listeningPort(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let output = '';
    child.stdout?.setEncoding('utf8').on('data', text => {
      output += text;
      const port = /listens on http:\/\/localhost:(\d+)/.exec(output)?.[1];
      if (port) resolve(Number(port));
    });
    child.once('close', () => reject(new Error(`ended before it listened:\n${output}`)));
  });
}
