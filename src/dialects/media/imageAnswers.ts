// Reads what image models answer: a whole answer, or a stream of drafts and the image. Also replaces images by
// addresses.

import { failed } from '../../domain/chat.js';
import type {
  FileKeeping,
  NativeAnswer,
  NativeCall,
  NativeEvent,
  NativeEventReader,
} from '../../domain/native.js';
import { readTokens } from '../../domain/tokens.js';
import { textOf } from '../../domain/unknownJson.js';
import { type Fields, isFields } from '../openai/fields.js';
import { readAnswer, refusedIn } from '../openai/jsonKind.js';

/** Enough for ten images of some megabytes, in base64. */
export const MOST_ANSWER_BYTES = 64 * 1024 * 1024;

/** How an upstream's answer is read. `prefix` begins the names of the events. */
export function imageReading(
  prefix: string,
  asked: number,
): Pick<NativeCall, 'readAnswer' | 'startReading' | 'mostAnswerBytes'> {
  return {
    mostAnswerBytes: MOST_ANSWER_BYTES,
    readAnswer(body) {
      const answer = readAnswer({ isAnswer: ({ data }) => imagesIn(data).length > 0 }, body);
      if (answer.kind !== 'answer') return answer;
      const data = imagesIn(answer.body.data).slice(0, asked);
      const tokens = readTokens(answer.body.usage);
      return { kind: 'answer', body: { ...answer.body, data }, tokens, count: data.length };
    },
    startReading: () => eventReader(prefix),
  };
}

/** The entries that have an image. Some upstreams have an empty entry for an image that failed. */
function imagesIn(data: unknown): Fields[] {
  return Array.isArray(data) ? data.filter(one => isFields(one) && isImage(one)) : [];
}

function isImage({ b64_json, url }: Fields): boolean {
  return [b64_json, url].some(text => typeof text === 'string' && text !== '');
}

/** A stream has one image: drafts, then the image. All other events are left out, such as OpenRouter's texts. */
function eventReader(prefix: string): NativeEventReader {
  return ({ name, data }) => {
    const refused = refusedIn(data);
    if (refused) return refused;
    const phase = (textOf(data.type) ?? name)?.split('.').at(-1);
    const type = `${prefix}.${phase}`;
    const events: NativeEvent[] = [{ name: type, data: { ...data, type } }];
    if (phase === 'completed') {
      if (!isImage(data)) return failed('empty');
      const tokens = readTokens(data.usage);
      return { kind: 'step', events, hasContent: true, isEnd: true, tokens, count: 1 };
    }
    const isDraft = phase === 'partial_image';
    const step = { kind: 'step', hasContent: isDraft, isEnd: false, tokens: null } as const;
    return { ...step, events: isDraft ? events : [] };
  };
}

/** Replaces each image by an address. */
export async function keepImages(answer: NativeAnswer, keeping: FileKeeping) {
  const data: Fields[] = [];
  for (const { b64_json, ...image } of answer.body.data as Fields[]) {
    if (typeof b64_json !== 'string') {
      data.push(image);
      continue;
    }
    const kept = await keeping.put(Buffer.from(b64_json, 'base64'));
    if (!kept) return failed('no_image');
    data.push({ ...image, url: kept.url, ...kept.size });
  }
  return { ...answer, body: { ...answer.body, data } };
}
