// The MyAIHub dialect with `stream: true`, an addition to its documents: `{delta}` for each piece of the
// reply as it comes, then the whole reply as it would have been without a stream, then `[DONE]`.

import type { StreamChoice } from '../domain/chat.js';
import { type ChatDialect, eventOf, STREAM_DONE, type StreamWriter } from './dialect.js';
import { parseChat, renderRefusal, renderReply, replyOf } from './myaihub.js';

export const myaihub: ChatDialect = {
  name: 'myaihub',
  defaultLanguage: 'fa',
  takesKeyInBody: true,
  parse: parseChat,
  renderReply,
  renderRefusal,
  openStream: openMyAiHubStream,
};

function openMyAiHubStream(): StreamWriter {
  let reply = '';
  let reasoning = '';
  let called = '';
  return {
    piece({ choices }) {
      const text = choices.map(textOf).join('');
      reply += text;
      reasoning += choices.map(({ delta }) => stringOf(delta.reasoning)).join('');
      called += choices.map(argumentsOf).join('');
      return text === '' ? '' : eventOf({ delta: text });
    },
    end: (_end, model, usage) =>
      eventOf(replyOf(reply || reasoning || called, model, usage)) + STREAM_DONE,
    refusal: (refusal, language) => eventOf(renderRefusal(refusal, language)),
  };
}

/** Text and refusals as they come; an image as its data URL. */
function textOf({ delta }: StreamChoice): string {
  const images = Array.isArray(delta.images) ? delta.images : [];
  const urls = images.map(image => stringOf(image?.image_url?.url));
  return stringOf(delta.content) + stringOf(delta.refusal) + urls.join('');
}

function argumentsOf({ delta }: StreamChoice): string {
  const calls = Array.isArray(delta.tool_calls) ? delta.tool_calls : [];
  return calls.map(call => stringOf(call?.function?.arguments)).join('');
}

function stringOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
