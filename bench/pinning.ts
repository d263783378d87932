// Assigns processors for the benchmark: one for the measured server, the other for everything else.

import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

const SERVER_PROCESSOR = '0';
const OTHER_PROCESSOR = '1';

/** Moves this process and its later children away from the server's processor; false if that is not possible. */
export function pinClients(): boolean {
  return availableParallelism() >= 2 && pin(process.pid, OTHER_PROCESSOR);
}

/** Gives the server and all its threads a processor of their own. */
export function pinServer(pid: number): void {
  pin(pid, SERVER_PROCESSOR);
}

function pin(pid: number, processor: string): boolean {
  try {
    execFileSync('taskset', ['--all-tasks', '--pid', '--cpu-list', processor, String(pid)], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
}
