import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DirectoryLockedError, lockDirectory } from '../../../src/store/database/directoryLock.js';

let directory: string;
const children = new Set<ChildProcess>();
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sahm-lock-'));
});
afterEach(async () => {
  await Promise.all([...children].map(kill));
  await rm(directory, { recursive: true, force: true });
});

interface Opener {
  process: ChildProcess;
  /** 'locked', or the message of the refusal. */
  answer: Promise<string>;
}

/** A real process that opens the directory. */
function open(then: 'hold' | 'release' | 'exit' = 'hold'): Opener {
  const loader = './test/harness/typescriptLoader.mjs';
  const script = 'test/store/database/lockingProcess.ts';
  const child = spawn(process.execPath, ['--import', loader, script, directory, then], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.add(child);
  const answer = once(child.stdout, 'data').then(([chunk]) => String(chunk).trim());
  return { process: child, answer };
}

async function kill(child: ChildProcess): Promise<void> {
  children.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

async function lockFile(): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(join(directory, 'sahm.lock'), 'utf8'));
}

/** A lock whose holder is like this process, but for `changes`. */
async function leaveLock(changes: Record<string, unknown>): Promise<void> {
  const lock = await lockDirectory(directory);
  const holder = { ...(await lockFile()), token: 'left-behind', ...changes };
  await lock.release();
  await writeFile(join(directory, 'sahm.lock'), JSON.stringify(holder));
}

describe('a directory has one holder', () => {
  test('a second opener is told who has it, since when, and what to do', async () => {
    const first = open();
    expect(await first.answer).toBe('locked');
    const error = await lockDirectory(directory).catch(error => error);
    expect(error).toBeInstanceOf(DirectoryLockedError);
    expect(error.message).toContain(`process ${first.process.pid} on ${hostname()} since 2`);
    expect(error.message).toContain('stop that one first, or set DATABASE_URL');
    await kill(first.process);
  });

  test('the same process is refused too', async () => {
    const lock = await lockDirectory(directory);
    await expect(lockDirectory(directory)).rejects.toThrow(`process ${process.pid} `);
    await lock.release();
  });

  test('it is free again, with nothing left in it, after release and after exit', async () => {
    for (const end of ['release', 'exit'] as const) {
      const { process: child, answer } = open(end);
      expect(await answer).toBe('locked');
      if (child.exitCode === null) await once(child, 'exit');
      expect(await readdir(directory)).toEqual([]);
    }
  });

  test('releasing twice does not take the next holder its lock', async () => {
    const first = await lockDirectory(directory);
    await first.release();
    const second = await lockDirectory(directory);
    await first.release();
    expect(await readdir(directory)).toEqual(['sahm.lock']);
    await second.release();
  });

  test('the heartbeat is seen in the time of the file, and restores a file somebody deleted', async () => {
    const lock = await lockDirectory(directory);
    const { token } = await lockFile();
    await rm(join(directory, 'sahm.lock'));
    await new Promise(resolve => setTimeout(resolve, 2_300));
    expect((await lockFile()).token).toBe(token);
    await lock.release();
  });

  test('a holder that was taken over while it stood still hears of it', async () => {
    const lost = new Promise<Error>(resolve => {
      void lockDirectory(directory, { onLost: resolve });
    });
    while ((await readdir(directory)).join() !== 'sahm.lock') await new Promise(setImmediate);
    const holder = { ...(await lockFile()), token: 'of-another', pid: 4242 };
    await writeFile(join(directory, 'sahm.lock'), JSON.stringify(holder));
    expect((await lost).message).toContain('taken over by process 4242');
  });
});

describe('the lock of a holder that is gone', () => {
  test('is taken over at once after kill -9, 20 times of 20', async () => {
    for (let round = 0; round < 20; round++) {
      const { process: child, answer } = open();
      expect(await answer).toBe('locked');
      await kill(child);
      expect(await readdir(directory)).toEqual(['sahm.lock']);
    }
    const begun = performance.now();
    const lock = await lockDirectory(directory);
    expect(performance.now() - begun).toBeLessThan(1_000);
    await lock.release();
  }, 180_000);

  test('goes to exactly one of 10 openers that race for it', async () => {
    for (let round = 0; round < 2; round++) {
      await leaveLock({ processStart: '1' });
      const openers = Array.from({ length: 10 }, () => open());
      const answers = await Promise.all(openers.map(opener => opener.answer));
      const winners = openers.filter((_, index) => answers[index] === 'locked');
      expect(winners).toHaveLength(1);
      expect((await lockFile()).pid).toBe(winners[0]?.process.pid);
      await Promise.all(openers.map(opener => kill(opener.process)));
      expect(await readdir(directory)).toEqual(['sahm.lock']);
      await rm(join(directory, 'sahm.lock'));
    }
  }, 180_000);

  test.each([
    ['its pid has a new process', { processStart: '1' }],
    ['its pid has none', { pid: 2 ** 22 + 1 }],
    ['the machine was started anew', { bootId: 'of an earlier start' }],
  ])('is taken over at once when %s', async (_, changes) => {
    await leaveLock(changes);
    const begun = performance.now();
    const lock = await lockDirectory(directory);
    expect(performance.now() - begun).toBeLessThan(500);
    await lock.release();
  });

  test('is taken over although a process died while it took it over', async () => {
    await leaveLock({ processStart: '1' });
    const left = { ...(await lockFile()), token: 'of-the-claim' };
    await writeFile(join(directory, 'sahm.lock.left-behind'), JSON.stringify(left));
    const lock = await lockDirectory(directory);
    expect(await readdir(directory)).toEqual(['sahm.lock']);
    await lock.release();
  });
});

describe('the lock of a holder in another container', () => {
  const elsewhere = { host: 'another-container', pidNamespace: 'pid:[1]', pid: 1 };

  test('is respected while its heartbeat goes on', async () => {
    await leaveLock(elsewhere);
    const heartbeat = setInterval(() => {
      void utimes(join(directory, 'sahm.lock'), new Date(), new Date());
    }, 200);
    await expect(lockDirectory(directory, { silenceMs: 2_000 })).rejects.toThrow(
      'process 1 on another-container',
    );
    clearInterval(heartbeat);
  });

  test('is taken over when it has been silent, by exactly one of 3 openers', async () => {
    await leaveLock(elsewhere);
    const begun = performance.now();
    const openers = [open(), open(), open()];
    const answers = await Promise.all(openers.map(opener => opener.answer));
    expect(performance.now() - begun).toBeGreaterThan(3_000);
    expect(answers.filter(answer => answer === 'locked')).toHaveLength(1);
  });

  test('that nobody can read is taken over after the silence', async () => {
    await writeFile(join(directory, 'sahm.lock'), '');
    const lock = await lockDirectory(directory, { silenceMs: 500 });
    await lock.release();
  });
});
