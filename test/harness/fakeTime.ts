// Gives processes another time of day, by libfaketime. The shift is in a file that every process reads
// whenever it asks for the time, so all of them jump at once, however long they take to start.

import { existsSync, readdirSync } from 'node:fs';
import { chmod, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface FakeClock {
  /** Variables for a process that should live in this time. */
  environment: Record<string, string>;
  /** Sets the time to this instant. From then on it goes on normally. */
  set(instant: Date): Promise<void>;
  now(): Date;
  close(): Promise<void>;
}

/** The library; undefined where it is not installed (Debian: `apt-get install faketime`). */
export function findFakeTime(): string | undefined {
  const folders = ['/usr/lib', '/usr/local/lib', '/usr/lib64'].flatMap(folder =>
    existsSync(folder) ? [folder, ...readdirSync(folder).map(name => join(folder, name))] : [],
  );
  return folders
    .map(folder => join(folder, 'faketime', 'libfaketime.so.1'))
    .find(file => existsSync(file));
}

export async function openFakeClock(library: string, instant: Date): Promise<FakeClock> {
  const directory = await mkdtemp(join(tmpdir(), 'sahm-clock-'));
  // PostgreSQL may run as another user.
  await chmod(directory, 0o755);
  const file = join(directory, 'shift');
  let shiftMs = 0;
  async function set(to: Date): Promise<void> {
    shiftMs = to.getTime() - Date.now();
    const text = `${shiftMs < 0 ? '-' : '+'}${(Math.abs(shiftMs) / 1000).toFixed(3)}\n`;
    await writeFile(`${file}.new`, text, { mode: 0o644 });
    await rename(`${file}.new`, file);
  }
  await set(instant);
  return {
    environment: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
    set,
    now: () => new Date(Date.now() + shiftMs),
    close: () => rm(directory, { recursive: true, force: true }),
  };
}
