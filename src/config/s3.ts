// The bucket for generated files.

import type { z } from 'zod';
import type { S3Bucket } from '../domain/s3Bucket.js';
import type { environment } from './variables.js';

export function s3Of(env: z.output<typeof environment>): S3Bucket | undefined {
  if (env.MEDIA_S3_BUCKET === undefined) return undefined;
  return {
    bucket: env.MEDIA_S3_BUCKET,
    endpoint: env.MEDIA_S3_ENDPOINT,
    region: env.AWS_REGION,
    accessKeyId: env.AWS_ACCESS_KEY_ID ?? '',
    secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '',
    ...(env.AWS_SESSION_TOKEN !== undefined && { sessionToken: env.AWS_SESSION_TOKEN }),
  };
}

/** Only where a bucket is named: others' programs use the variables of AWS, too. */
export function s3Faults(env: z.output<typeof environment>): string[] {
  if (env.MEDIA_S3_BUCKET === undefined) {
    if (env.MEDIA_S3_ENDPOINT === undefined) return [];
    return ['MEDIA_S3_BUCKET: must be set with MEDIA_S3_ENDPOINT'];
  }
  const faults = (['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] as const)
    .filter(name => env[name] === undefined)
    .map(name => `${name}: must be set with MEDIA_S3_BUCKET`);
  if (!/^[a-z0-9-]+$/.test(env.AWS_REGION)) faults.push('AWS_REGION: must be as eu-central-1');
  return faults;
}
