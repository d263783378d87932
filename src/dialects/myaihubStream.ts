// The MyAIHub dialect with `stream: true`, which its documents do not have: `{delta}` for each piece of the reply,
// then the whole reply as without a stream, then `[DONE]`. If the reply did not end normally, for example at its
// limit, `{delta: "", finish_reason}` before the whole reply says why.

import type { StreamChoice } from '../domain/chat.js';
import { type ChatDialect, eventOf, STREAM_DONE, type StreamWriter } from './dialect.js';
import {
  BEFORE_IMAGE,
  finishHeaders,
  ignoredFields,
  imageOf,
  parseChat,
  renderRefusal,
  renderReply,
  replyOf,
  replyText,
  type Said,
} from './myaihub.js';

export const myaihub: ChatDialect = {
  name: 'myaihub',
  defaultLanguage: 'fa',
  takesKeyInBody: true,
  parse: parseChat,
  ignored: ignoredFields,
  renderReply,
  replyHeaders: finishHeaders,
  renderRefusal,
  openStream: openMyAiHubStream,
};

function openMyAiHubStream(): StreamWriter {
  const said: Said = { written: '', image: '', reasoning: '', call: '' };
  let reasoningContent = '';
  /** Returns the new part of the text. */
  const hear = ({ delta }: StreamChoice): string => {
    const { content, refusal, reasoning, reasoning_content, images, tool_calls } = delta;
    const written = stringOf(content) + stringOf(refusal);
    said.written += written;
    said.reasoning += stringOf(reasoning);
    reasoningContent += stringOf(reasoning_content);
    if (tool_calls !== undefined) said.call += argumentsOf(tool_calls);
    const image = said.image === '' && images !== undefined ? imageOf(images) : '';
    if (image === '') return written;
    said.image = image;
    return written + (said.written === '' ? '' : BEFORE_IMAGE) + image;
  };
  return {
    piece({ choices }) {
      const text = choices.map(hear).join('');
      return text === '' ? '' : eventOf({ delta: text });
    },
    end({ lastChoice: { finish_reason } }, model, usage, charged) {
      said.reasoning ||= reasoningContent;
      const isCut = finish_reason !== null && finish_reason !== 'stop';
      const why = isCut ? eventOf({ delta: '', finish_reason }) : '';
      return why + eventOf(replyOf(replyText(said), model, usage, charged)) + STREAM_DONE;
    },
    refusal: (refusal, language) => eventOf(renderRefusal(refusal, language)),
  };
}

/** The arguments of the first call. */
function argumentsOf(calls: unknown): string {
  if (!Array.isArray(calls)) return '';
  return calls
    .filter(call => call?.index === 0)
    .map(call => stringOf(call.function?.arguments))
    .join('');
}

function stringOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
