// What the headers of an upstream's reply say about its body.

import type { IncomingHttpHeaders } from 'node:http';

/** One media type, or an expression for several. */
export type WantedType = string | RegExp;

/** Why the body of a 200 cannot be used; undefined if it can. */
export function unusableBecause(
  headers: IncomingHttpHeaders,
  wantedType: WantedType,
): string | undefined {
  if (isEncoded(headers)) return 'encoded';
  const type = oneValue(headers['content-type']);
  if (type === wantedType) return undefined;
  const [mediaType = ''] = (type ?? '').toLowerCase().split(';');
  const isWanted =
    typeof wantedType === 'string'
      ? mediaType.trim() === wantedType
      : wantedType.test(mediaType.trim());
  return isWanted ? undefined : 'content_type';
}

export function isEncoded(headers: IncomingHttpHeaders): boolean {
  const encoding = oneValue(headers['content-encoding']) ?? 'identity';
  return encoding.trim().toLowerCase() !== 'identity';
}

export function oneValue(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

/** OpenAI also says it in milliseconds, in a header of its own. */
export function retryAfterIn(headers: IncomingHttpHeaders): string | undefined {
  const milliseconds = Number(oneValue(headers['retry-after-ms']) || Number.NaN);
  if (milliseconds >= 0) return String(milliseconds / 1000);
  return oneValue(headers['retry-after']);
}
