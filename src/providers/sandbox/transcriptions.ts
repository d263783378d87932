import { modelAndFault } from './request.js';
import type { NativeStandIn } from './standIn.js';
import { wireError } from './wireError.js';

const SECONDS = 3;

/** The transcript says only that it is the sandbox's, and the name of the file. */
export const transcriptions: NativeStandIn = {
  readRequest(body) {
    const read = modelAndFault(body);
    if ('kind' in read) return read;
    if (typeof body.file !== 'string') return wireError(400, 'You must provide a file.', 'file');
    return { ...read, stream: false, messages: [{ role: 'user', content: body.file }], body };
  },
  bodyOf({ body }) {
    const text = `[sandbox] A recording: ${body.file}.`;
    if (body.response_format !== 'verbose_json') {
      return { text, usage: { type: 'duration', seconds: SECONDS } };
    }
    const segments = [
      { id: 0, start: 0, end: 1.5, text: '[sandbox] A recording:' },
      { id: 1, start: 1.5, end: SECONDS, text: ` ${body.file}.` },
    ];
    return { task: 'transcribe', language: 'english', duration: SECONDS, text, segments };
  },
  eventsOf: () => [],
};
