// Generated files in a folder.

import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileStore } from './fileStore.js';

export function createFolderStore(directory: string): FileStore {
  const pathOf = (name: string) => join(directory, name);
  return {
    async write(name, bytes) {
      const unfinished = pathOf(`${name}.part`);
      await mkdir(directory, { recursive: true });
      const file = await open(unfinished, 'wx', 0o600);
      try {
        await file.writeFile(bytes);
      } finally {
        await file.close();
      }
      await rename(unfinished, pathOf(name));
    },
    async find(name) {
      const found = await stat(pathOf(name)).catch(nullIfGone);
      return found?.isFile() ? { bytes: found.size, writtenAtMs: found.mtimeMs } : null;
    },
    async read(name, part) {
      return createReadStream(pathOf(name), part ? { start: part.first, end: part.last } : {});
    },
    async *list() {
      for (const name of (await readdir(directory).catch(nullIfGone)) ?? []) {
        const found = await stat(pathOf(name)).catch(nullIfGone);
        if (found?.isFile()) yield { name, writtenAtMs: found.mtimeMs };
      }
    },
    remove: name => rm(pathOf(name), { force: true }),
  };
}

function nullIfGone(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}
