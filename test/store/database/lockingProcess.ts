// A process of directoryLock.test.ts: locks the directory, says so, and keeps it until it is ended.
// Arguments: the directory, and how it goes on: `hold`, `release` or `exit`.

import { DirectoryLockedError, lockDirectory } from '../../../src/store/database/directoryLock.js';

const [directory = '', then = 'hold'] = process.argv.slice(2);
try {
  const lock = await lockDirectory(directory, { silenceMs: 3_000 });
  console.log('locked');
  if (then === 'release') await lock.release();
  if (then === 'exit') process.exit(0);
  if (then === 'hold') setInterval(() => {}, 60_000);
} catch (error) {
  if (!(error instanceof DirectoryLockedError)) throw error;
  console.log(error.message);
  process.exit(3);
}
