// A transcription as a stream: pieces of the text as they are heard, then the whole text.

import { failed } from '../../domain/chat.js';
import type {
  NativeAnswer,
  NativeCall,
  NativeEvent,
  NativeEventReader,
} from '../../domain/native.js';
import { countOf, readTokens } from '../../domain/tokens.js';
import { textOf } from '../../domain/unknownJson.js';
import { type Fields, isAbsent, isFields } from '../openai/fields.js';
import { refusedIn } from '../openai/jsonKind.js';

const DELTA = 'transcript.text.delta';
const DONE = 'transcript.text.done';

/** What an upstream counted of a recording: tokens or a cost, or its seconds. */
export function heardIn({ usage, duration }: Fields): Pick<NativeAnswer, 'tokens' | 'pieces'> {
  const seconds = Number((isFields(usage) ? usage.seconds : undefined) ?? duration);
  const pieces = countOf(Math.ceil(seconds));
  return { tokens: readTokens(usage), ...(pieces > 0 && { pieces }) };
}

/** All other events are left out. */
export const eventReader: NativeEventReader = ({ name, data }) => {
  const refused = refusedIn(data);
  if (refused) return refused;
  const type = textOf(data.type) ?? name ?? '';
  const step = { kind: 'step', hasContent: false, isEnd: false, tokens: null } as const;
  const events = [{ name: type, data: { ...data, type } }];
  if (type === DELTA) return { ...step, events, hasContent: true };
  if (type !== DONE) return { ...step, events: [] };
  if (typeof data.text !== 'string') return failed('empty');
  return { ...step, events, isEnd: true, ...heardIn(data) };
};

/** The events for a model that gives the whole text at once: one piece, or none if nothing was said. */
export const inEvents: NonNullable<NativeCall['inEvents']> = ({
  body,
  tokens,
  pieces,
}: NativeAnswer) => {
  const { text, usage } = body;
  const event = (type: string, fields: object): NativeEvent => ({
    name: type,
    data: { type, ...fields },
  });
  const done = event(DONE, { text, ...(!isAbsent(usage) && { usage }) });
  return {
    pieces:
      text === ''
        ? []
        : [{ kind: 'piece', events: [event(DELTA, { delta: text })], hasContent: true }],
    end: { kind: 'end', events: [done], tokens, ...(pieces !== undefined && { pieces }) },
  };
};
