// Where generated files lie, where that is a bucket of S3.

export interface S3Bucket {
  bucket: string;
  /** Undefined: Amazon's own. */
  endpoint: string | undefined;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
  /** Set for temporary credentials. */
  sessionToken?: string;
}
