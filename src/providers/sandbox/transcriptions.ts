import type { Fields } from '../../domain/unknownJson.js';
import { modelAndFault } from './request.js';
import type { NativeStandIn } from './standIn.js';
import { wireError } from './wireError.js';

const SECONDS = 3;
const USAGE = { type: 'duration', seconds: SECONDS };

/** The transcript says only that it is the sandbox's, and the name of the file. */
export const transcriptions: NativeStandIn = {
  readRequest(body) {
    const read = modelAndFault(body);
    if ('kind' in read) return read;
    if (typeof body.file !== 'string') return wireError(400, 'You must provide a file.', 'file');
    return {
      ...read,
      stream: body.stream === 'true',
      messages: [{ role: 'user', content: body.file }],
      body,
    };
  },
  bodyOf({ body }) {
    const text = textOf(body);
    if (body.response_format !== 'verbose_json') {
      return { text, usage: USAGE };
    }
    const segments = [
      { id: 0, start: 0, end: 1.5, text: '[sandbox] A recording:' },
      { id: 1, start: 1.5, end: SECONDS, text: ` ${body.file}.` },
    ];
    return { task: 'transcribe', language: 'english', duration: SECONDS, text, segments };
  },
  eventsOf({ body }) {
    const text = textOf(body);
    const pieces = text.split(/(?= )/).map(delta => ({ type: 'transcript.text.delta', delta }));
    const done = { type: 'transcript.text.done', text, usage: USAGE };
    return [...pieces, done].map(data => `data: ${JSON.stringify(data)}\n\n`);
  },
};

const textOf = ({ file }: Fields) => `[sandbox] A recording: ${file}.`;
