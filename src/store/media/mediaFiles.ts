// Generated files that are fetched by their address, for a day, then gone. Whoever knows the address may fetch the
// file, so nobody can guess it, and nobody is given a list.

import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import { audioTypeOf } from '../../domain/audio.js';
import { imageTypeOf } from '../../domain/dataImage.js';
import { FileStoreError } from '../../domain/fileStoreError.js';
import { type ImageSize, imageSizeOf } from '../../domain/imageSize.js';
import { videoTypeOf } from '../../domain/video.js';
import type { FilePart, FileStore } from './fileStore.js';

/** The contract promises 24 hours. */
const KEPT_MS = 25 * 3_600_000;
const MOST_FILE_BYTES = 64 * 1024 * 1024;
const NAME = /^[0-9a-f]{64}\.([a-z0-9]{3,4})$/;
/** Ours, with those that were being written when a process died. */
const OURS = /^[0-9a-f]{64}\.[a-z0-9.]{3,9}$/;
const REMOVED_AT_ONCE = 16;

const TYPES: Record<string, string> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  webp: 'image/webp',
  gif: 'image/gif',
  mp3: 'audio/mpeg',
  wav: 'audio/wav',
  flac: 'audio/flac',
  ogg: 'audio/ogg',
  aac: 'audio/aac',
  mp4: 'video/mp4',
  webm: 'video/webm',
};

export interface KeptMedia {
  name: string;
  type: string;
  size?: ImageSize;
}

export interface OpenedMedia {
  type: string;
  bytes: number;
  /** All of it, or a part; null where it is gone by now. */
  read(part: FilePart | null): Promise<Readable | null>;
}

/** All of them throw a FileStoreError where the files cannot be reached. */
export interface MediaFiles {
  /** Null if the bytes are too large, or are no image, audio or video. */
  put(bytes: Uint8Array): Promise<KeptMedia | null>;
  /** Null where there is none of this name, or no longer. */
  open(name: string): Promise<OpenedMedia | null>;
  /** Does nothing if the file is gone already. */
  remove(name: string): Promise<void>;
  /** Removes at most `most` files whose time is over. */
  prune(most: number): Promise<number>;
}

/** `now`: in milliseconds. */
export function createMediaFiles(store: FileStore, now: () => number = Date.now): MediaFiles {
  return {
    async put(bytes) {
      const found = bytes.length <= MOST_FILE_BYTES ? describe(bytes) : null;
      if (!found) return null;
      const name = `${randomBytes(32).toString('hex')}.${found.type}`;
      await reached(store.write(name, bytes));
      return { name, ...found };
    },
    async open(name) {
      const type = TYPES[NAME.exec(name)?.[1] ?? ''];
      if (type === undefined) return null;
      const found = await reached(store.find(name));
      if (!found || isOver(found.writtenAtMs, now())) return null;
      return { type, bytes: found.bytes, read: part => reached(store.read(name, part)) };
    },
    remove: name => reached(store.remove(name)),
    async prune(most) {
      let removed = 0;
      let batch: string[] = [];
      const remove = async () => {
        await Promise.all(batch.map(name => store.remove(name)));
        removed += batch.length;
        batch = [];
      };
      const pruned = async () => {
        for await (const { name, writtenAtMs } of store.list()) {
          if (removed + batch.length >= most) break;
          if (!OURS.test(name) || !isOver(writtenAtMs, now())) continue;
          if (batch.push(name) === REMOVED_AT_ONCE) await remove();
        }
        await remove();
      };
      await reached(pruned());
      return removed;
    },
  };
}

async function reached<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw new FileStoreError('generated files cannot be reached', { cause: error });
  }
}

function isOver(writtenAtMs: number, nowMs: number): boolean {
  return writtenAtMs + KEPT_MS < nowMs;
}

function describe(bytes: Uint8Array): Omit<KeptMedia, 'name'> | null {
  const imageType = imageTypeOf(bytes);
  if (imageType === null) {
    // A video container may hold audio alone. Then the type is audio.
    const type = videoTypeOf(bytes) ?? audioTypeOf(bytes);
    return type !== null && type in TYPES ? { type } : null;
  }
  const type = imageType === 'image/jpeg' ? 'jpg' : imageType.replace('image/', '');
  const size = imageSizeOf(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  // Without a size it only begins like an image.
  return size && { type, size };
}
