// PGlite does not lock its data directory (electric-sql/pglite#1106). If two processes open one, both get
// acknowledgements and half of the rows are lost. So we hold a lock of our own.
//
// The lock is a file that names its holder. It is created by link(2), which is atomic and makes the file
// appear with its content. After kill -9 the file stays behind, and the next process decides whether the
// holder is gone.

import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync, unlinkSync } from 'node:fs';
import {
  link,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const LOCK_FILE = 'sahm.lock';
const HEARTBEAT_MS = 2_000;
const SILENCE_MS = 10_000;

export interface DirectoryLock {
  /** Releases the directory. A second call does nothing. */
  release(): Promise<void>;
}

export interface DirectoryLockOptions {
  /**
   * How long the heartbeat must be silent before a holder that cannot be looked up counts as gone.
   * @default 10000
   */
  silenceMs?: number;
  /**
   * Called when another process took the lock away, which happens only to a process that stood still for
   * longer than `silenceMs`. This process must not write any more. By default the error is thrown, uncaught.
   */
  onLost?: (error: Error) => void;
}

/** What the lock file says about its holder. */
export interface LockHolder {
  /** Unique per lock taken. */
  token: string;
  pid: number;
  host: string;
  /** When the lock was taken, ISO 8601. */
  since: string;
  /** The kernel's boot id, so that a pid can be trusted; null where there is no /proc. */
  bootId: string | null;
  pidNamespace: string | null;
  /**
   * Clock ticks from boot to the start of the process: they tell it from a later process with the same pid.
   */
  processStart: string | null;
}

/** Another process has locked the directory. */
export class DirectoryLockedError extends Error {
  override readonly name = 'DirectoryLockedError';

  constructor(
    readonly directory: string,
    readonly holder: LockHolder,
  ) {
    super(
      `${directory} is in use by process ${holder.pid} on ${holder.host} since ${holder.since}. ` +
        'The embedded database is for one process: stop that one first, or set DATABASE_URL to a ' +
        'PostgreSQL server, which any number of processes can share.',
    );
  }
}

/**
 * Makes this process the only user of `directory` (created if missing) until `release` or its own end. The
 * lock of a process that is provably gone is taken over at once. The holder may also be one that cannot be
 * looked up (another container or machine on the same volume): then its lock is taken over once its heartbeat
 * stays silent.
 * @throws DirectoryLockedError where a living process holds it
 */
export async function lockDirectory(
  directory: string,
  options: DirectoryLockOptions = {},
): Promise<DirectoryLock> {
  const file = join(directory, LOCK_FILE);
  const silenceMs = options.silenceMs ?? SILENCE_MS;
  await mkdir(directory, { recursive: true });
  const self = describeThisProcess();
  const holder = await acquire(file, self, silenceMs);
  if (holder) throw new DirectoryLockedError(directory, holder);
  await removeLeftovers(directory);

  function removeAtExit(): void {
    try {
      if (parseHolder(readFileSync(file, 'utf8')).token === self.token) unlinkSync(file);
    } catch {
      // Best effort: the next start takes over a lock that was left behind.
    }
  }
  process.once('exit', removeAtExit);

  let released = false;
  async function beat(): Promise<void> {
    const current = await readHolder(file);
    if (current?.token === self.token) {
      const now = new Date();
      await utimes(file, now, now);
    } else if (current || !(await create(file, self))) {
      clearInterval(timer);
      reportLoss(new Error(`${directory} was taken over by process ${current?.pid ?? 'unknown'}`));
    }
  }
  const reportLoss =
    options.onLost ??
    (error => {
      process.nextTick(() => {
        throw error;
      });
    });
  let beating = Promise.resolve();
  const timer = setInterval(() => {
    // A disk that fails does not mean that the lock is lost.
    beating = beat().catch(() => {});
  }, HEARTBEAT_MS).unref();

  return {
    async release() {
      if (released) return;
      released = true;
      clearInterval(timer);
      process.off('exit', removeAtExit);
      await beating;
      if ((await readHolder(file))?.token === self.token) await rm(file, { force: true });
    },
  };
}

/** Writes `self` into `file`. Returns the living holder that is in the way, or undefined on success. */
async function acquire(
  file: string,
  self: LockHolder,
  silenceMs: number,
): Promise<LockHolder | undefined> {
  const giveUpAt = Date.now() + 2 * silenceMs;
  for (;;) {
    if (await create(file, self)) return undefined;
    const holder = await readHolder(file);
    if (!holder) continue;
    const state = stateOf(holder);
    if (state === 'living') return holder;
    if (state === 'unknown') {
      const heard = await listen(file, holder, silenceMs);
      if (heard === 'heartbeat') return holder;
      if (heard === 'other holder') continue;
    }
    const rival = await takeOver(file, holder, self, silenceMs);
    if (rival === null) return undefined;
    // A rival is taking it over right now; soon the file says who won.
    if (rival && Date.now() > giveUpAt) return rival;
    await sleep(20);
  }
}

/**
 * Replaces the lock of a dead holder. Several processes may find it dead, but only one may replace it, and
 * none may remove the winner's lock. So the right to replace the lock with a certain token is itself a lock.
 * Its holder may die too, hence the recursion. Returns null on success, the rival that is replacing it, or
 * undefined where nothing was left to replace.
 */
async function takeOver(
  file: string,
  dead: LockHolder,
  self: LockHolder,
  silenceMs: number,
): Promise<LockHolder | null | undefined> {
  const claim = `${file}.${dead.token}`;
  const claimant = { ...self, token: randomUUID() };
  const rival = await acquire(claim, claimant, silenceMs);
  if (rival) return rival;
  try {
    if ((await readHolder(file))?.token !== dead.token) return undefined;
    const written = await writeAside(file, self);
    await rename(written, file);
    return null;
  } finally {
    await rm(claim, { force: true });
  }
}

async function writeAside(file: string, holder: LockHolder): Promise<string> {
  const aside = `${file}.${randomUUID()}`;
  await writeFile(aside, JSON.stringify(holder));
  return aside;
}

/** False where the file exists already. */
async function create(file: string, holder: LockHolder): Promise<boolean> {
  const written = await writeAside(file, holder);
  try {
    await link(written, file);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (!code || !['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(code)) throw error;
  } finally {
    await rm(written, { force: true });
  }
  // For a file system without hard links. This is atomic too, but others may briefly see an empty file.
  try {
    await writeFile(file, JSON.stringify(holder), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function readHolder(file: string): Promise<LockHolder | undefined> {
  try {
    return parseHolder(await readFile(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** A lock file that we cannot read has an unknown holder: its heartbeat decides. */
function parseHolder(text: string): LockHolder {
  const unknown = {
    token: 'unreadable',
    pid: 0,
    host: 'an unknown host',
    since: 'an unknown time',
    bootId: null,
    pidNamespace: null,
    processStart: null,
  };
  try {
    return { ...unknown, ...(JSON.parse(text) as Partial<LockHolder>) };
  } catch {
    return unknown;
  }
}

type HolderState = 'living' | 'gone' | 'unknown';

function stateOf(holder: LockHolder): HolderState {
  const self = describeThisProcess();
  // Another container or machine on the same volume: its processes are not visible here.
  if (holder.host !== self.host) return 'unknown';
  // The machine has been restarted since.
  if (holder.bootId && self.bootId && holder.bootId !== self.bootId) return 'gone';
  if (holder.bootId !== self.bootId || holder.pidNamespace !== self.pidNamespace) return 'unknown';
  if (holder.pid <= 0) return 'unknown';
  if (!processExists(holder.pid)) return 'gone';
  const { start, ended } = processStatus(holder.pid);
  if (ended) return 'gone';
  // Without start times, a living pid may belong to a later process.
  if (start === null || holder.processStart === null) return 'unknown';
  return start === holder.processStart ? 'living' : 'gone';
}

function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Watches the heartbeat of a holder that cannot be looked up. It never compares clocks of two machines. */
async function listen(
  file: string,
  holder: LockHolder,
  silenceMs: number,
): Promise<'heartbeat' | 'other holder' | 'silence'> {
  const modifiedAt = async () => (await stat(file).catch(() => undefined))?.mtimeMs;
  const before = await modifiedAt();
  const end = performance.now() + silenceMs;
  while (performance.now() < end) {
    await sleep(Math.min(250, silenceMs / 4));
    if ((await readHolder(file))?.token !== holder.token) return 'other holder';
    if ((await modifiedAt()) !== before) return 'heartbeat';
  }
  return 'silence';
}

/** Removes files of processes that were killed while they took a lock. Only the holder may do this. */
async function removeLeftovers(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (!name.startsWith(`${LOCK_FILE}.`)) continue;
    const holder = await readHolder(join(directory, name));
    if (holder && stateOf(holder) === 'gone') await rm(join(directory, name), { force: true });
  }
}

function describeThisProcess(): LockHolder {
  return {
    token: randomUUID(),
    pid: process.pid,
    host: hostname(),
    since: new Date().toISOString(),
    bootId: orNull(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    pidNamespace: orNull(() => readlinkSync('/proc/self/ns/pid')),
    processStart: processStatus(process.pid).start,
  };
}

/** Fields 3 and 22 of /proc/PID/stat, counted from the end of the name, which may contain anything. */
function processStatus(pid: number): { start: string | null; ended: boolean } {
  const line = orNull(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  const fields = line ? line.slice(line.lastIndexOf(')') + 2).split(' ') : [];
  // Z, X: the process has ended, and only its parent has not collected it.
  return { start: fields[19] ?? null, ended: fields[0] === 'Z' || fields[0] === 'X' };
}

function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
