// Data URLs as clients write them: with parameters, line breaks, or without padding.

import { tidyBase64 } from './base64.js';
import { type BodyText, beginningOf, bodyText } from './longTexts.js';

/** PHP and Python put a charset or a file's name before `base64`. */
const HEAD = /^data:([a-z0-9.+/-]{1,100})(?:;[^;,]{0,300}){0,10}?;base64,/i;

export interface DataUrl {
  /** `image/png`, in small letters. */
  type: string;
  /** Nothing but type and base64, as upstreams want it; null where the data is no base64. */
  url: BodyText | null;
}

/** Null where the text is no data URL with base64. */
export function readDataUrl(given: BodyText): DataUrl | null {
  const text = beginningOf(given);
  const match = HEAD.exec(text);
  if (!match) return null;
  const [head, named = ''] = match;
  const type = named.toLowerCase();
  const base64 = tidyBase64(text.slice(head.length));
  return { type, url: base64 === null ? null : bodyText(`data:${type};base64,${base64}`) };
}
