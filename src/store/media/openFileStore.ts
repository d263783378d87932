// Where this installation keeps generated files.

import type { S3Bucket } from '../../domain/s3Bucket.js';
import type { FileStore } from './fileStore.js';
import { createFolderStore } from './folderStore.js';
import { openS3Store } from './s3Store.js';

export async function openFileStore({
  mediaDir,
  mediaS3,
}: {
  mediaDir: string;
  /** If there is a bucket, it is used instead of the folder. */
  mediaS3: S3Bucket | undefined;
}): Promise<FileStore> {
  return mediaS3 ? openS3Store(mediaS3) : createFolderStore(mediaDir);
}
