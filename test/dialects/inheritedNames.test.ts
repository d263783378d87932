// Names that every object of JavaScript has, such as `constructor`, are no values that a field allows.

import { describe, expect, test } from '@jest/globals';
import { envelopeAudio, envelopeImages } from '../../src/dialects/envelope/media.js';
import { imageGenerations } from '../../src/dialects/media/images.js';
import { speech } from '../../src/dialects/media/speech.js';
import { messages } from '../../src/dialects/messages/index.js';
import { responses } from '../../src/dialects/responses/index.js';

const KEY = 'sahm_live_test';
const MEDIA = { model: 'm', prompt: 'p', input: 'i', voice: 'v' };

describe.each(Object.getOwnPropertyNames(Object.prototype))('%s', name => {
  const { prompt, input, voice, model } = MEDIA;
  // Written as JSON, because `__proto__` in an object literal is no field.
  const field = JSON.parse(`{"${name}": "x"}`);
  test.each([
    ['a format of speech', speech, { model, input, voice, response_format: name }],
    ['a field of an image', imageGenerations, { model, prompt, ...field }],
    ['a format of an image', imageGenerations, { model, prompt, response_format: name }],
    ['a list with a size', imageGenerations, { model, prompt, size: ['1024x1024'] }],
    ['a style', envelopeImages, { model, prompt, style: name }],
    ['a list with a style', envelopeImages, { model, prompt, style: ['anime'] }],
    ['a format of audio', envelopeAudio, { model, prompt, format: name }],
  ] as const)('as %s is refused', (_what, dialect, body) => {
    expect(dialect.parse(body, KEY, {})).toMatchObject({
      kind: 'refusal',
      code: 'invalid_request',
    });
  });

  test('as the type of what an upstream says is as any other that is not known', () => {
    const asked = messages.parse(
      { model, max_tokens: 1, messages: [{ role: 'user', content: '' }] },
      KEY,
      {},
    );
    const item = responses.parse({ model, input }, KEY, {});
    if ('code' in asked || 'code' in item) throw new Error('refused');
    const events = [
      { type: 'message_start', message: {} },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: name, text: 'x' } },
    ].map(data => ({ name: data.type, data }));
    const content = [{ type: 'text', text: 'x' }];
    expect(asked.native.fold?.(events, null)).toMatchObject({ body: { content } });
    const said = { status: 'completed', output: [{ type: name }] };
    const output = [{ id: expect.stringMatching(/^item_/) }];
    expect(item.native.readAnswer(said, '0')).toMatchObject({ body: { output } });
  });

  test('as a tool of Responses is left out', () => {
    const tools = [{ type: name }, { type: 'namespace', name: 'n', tools: [{ type: name, name }] }];
    const body = { model, input, tools };
    expect(responses.parse(body, KEY, {})).toMatchObject({ native: { modelKind: 'chat' } });
    expect(responses.ignored?.(body, {})).toContain(`tools.${name}`);
  });
});
