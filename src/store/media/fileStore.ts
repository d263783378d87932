// Where generated files lie: a folder (folderStore.ts), or a bucket of S3 (s3Store.ts). What they are and how long they
// are kept is not known here (mediaFiles.ts).

import type { Readable } from 'node:stream';

/** Bytes of a file from `first` to `last`, both included. */
export interface FilePart {
  first: number;
  last: number;
}

/** Whatever goes wrong is thrown; what does not exist is null. */
export interface FileStore {
  /** The whole file or none: nobody is given half of it. */
  write(name: string, bytes: Uint8Array): Promise<void>;
  find(name: string): Promise<{ bytes: number; writtenAtMs: number } | null>;
  /** All of it, or a part. */
  read(name: string, part: FilePart | null): Promise<Readable | null>;
  /** All that are there, with those that a killed process began to write. */
  list(): AsyncIterable<{ name: string; writtenAtMs: number }>;
  /** Does nothing if the file is gone already. */
  remove(name: string): Promise<void>;
}
