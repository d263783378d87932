// The place where generated files lie is away, full or set up wrongly: nobody's fault who asks.

/** Its message names no file: who knows a name may fetch the file. */
export class FileStoreError extends Error {
  override name = 'FileStoreError';
}
