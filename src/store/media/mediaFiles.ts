// Stores generated files in a folder for a day. Anybody who knows a file's address may fetch it, so addresses cannot be
// guessed, and nothing lists them.

import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { audioTypeOf } from '../../domain/audio.js';
import { imageTypeOf } from '../../domain/dataImage.js';
import { type ImageSize, imageSizeOf } from '../../domain/imageSize.js';
import { videoTypeOf } from '../../domain/video.js';

/** The contract promises 24 hours. */
const KEPT_MS = 25 * 3_600_000;
const MOST_FILE_BYTES = 64 * 1024 * 1024;
const NAME = /^[0-9a-f]{64}\.([a-z0-9]{3,4})$/;
/** The name of a file that is being written. It stays if the process dies. */
const UNFINISHED = /^[0-9a-f]{64}\.part$/;

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
  /** The size of the whole file. */
  bytes: number;
  /** Set if only a part of the file was requested. */
  part: { first: number; last: number } | null;
  content: Readable;
}

/** Chooses a part of a file, given the file's size. Both `first` and `last` are included. */
export type FilePart = (bytes: number) => { first: number; last: number } | null;

export interface MediaFiles {
  /** Null if the bytes are too large, or are no image, audio or video. */
  put(bytes: Uint8Array): Promise<KeptMedia | null>;
  /** Null if no file has this name, or its time is over. */
  open(name: string, part?: FilePart): Promise<OpenedMedia | null>;
  /** Removes at most `most` files whose time is over. */
  prune(most: number): Promise<number>;
}

/** `now` returns milliseconds. */
export function createMediaFiles(directory: string, now: () => number = Date.now): MediaFiles {
  return {
    async put(bytes) {
      const found = bytes.length <= MOST_FILE_BYTES ? describe(bytes) : null;
      if (!found) return null;
      const secret = randomBytes(32).toString('hex');
      const name = `${secret}.${found.type}`;
      const unfinished = join(directory, `${secret}.part`);
      await mkdir(directory, { recursive: true });
      // Written under another name first, so that nobody can fetch half a file.
      const file = await open(unfinished, 'wx', 0o600);
      try {
        await file.writeFile(bytes);
      } finally {
        await file.close();
      }
      await rename(unfinished, join(directory, name));
      return { name, ...found };
    },
    async open(name, partOf) {
      const type = TYPES[NAME.exec(name)?.[1] ?? ''];
      if (type === undefined) return null;
      const path = join(directory, name);
      const found = await stat(path).catch(() => null);
      if (!found?.isFile() || isOver(found.mtimeMs, now())) return null;
      const part = partOf?.(found.size) ?? null;
      const range = part ? { start: part.first, end: part.last } : {};
      return { type, bytes: found.size, part, content: createReadStream(path, range) };
    },
    async prune(most) {
      const names = await readdir(directory).catch(() => []);
      let removed = 0;
      for (const name of names) {
        if (removed >= most) break;
        if (!NAME.test(name) && !UNFINISHED.test(name)) continue;
        const path = join(directory, name);
        const found = await stat(path).catch(() => null);
        if (!found || !isOver(found.mtimeMs, now())) continue;
        await rm(path, { force: true });
        removed += 1;
      }
      return removed;
    },
  };
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
