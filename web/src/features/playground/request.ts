// The body of a chat, as it is sent and as the samples show it.

import { type Attachment, audioFormatOf, base64Of, textIn } from './attachments.js';
import type { Conversation, Turn } from './conversation.js';

export interface Settings {
  temperature: number | null;
  topP: number | null;
  mostTokens: number | null;
  seed: number | null;
  effort: string | null;
  asJson: boolean;
}

export const NO_SETTINGS: Settings = {
  temperature: null,
  topP: null,
  mostTokens: null,
  seed: null,
  effort: null,
  asJson: false,
};

export interface Message {
  role: 'system' | 'user' | 'assistant';
  content: string | Part[];
}

export type Part = { type: string } & Record<string, unknown>;

/** `place` is the index of the model, if several are compared. */
export function bodyOf(
  conversation: Pick<Conversation, 'system' | 'turns'>,
  place: number,
  model: string,
  settings: Settings,
) {
  return {
    model,
    messages: messagesOf(conversation, place),
    ...optionsOf(settings),
  };
}

function messagesOf({ system, turns }: Pick<Conversation, 'system' | 'turns'>, place: number) {
  const messages: Message[] = system.trim() ? [{ role: 'system', content: system }] : [];
  for (const [at, turn] of turns.entries()) {
    const reply = turn.replies[place] ?? turn.replies[0];
    const isLast = at === turns.length - 1;
    // Failed replies are left out of the conversation.
    if (!isLast && (!reply?.text || reply.state === 'failed')) continue;
    messages.push({ role: 'user', content: contentOf(turn) });
    if (!isLast && reply) messages.push({ role: 'assistant', content: reply.text });
  }
  return messages;
}

function contentOf({ text, attachments }: Pick<Turn, 'text' | 'attachments'>): string | Part[] {
  const written = attachments
    .filter(({ modality }) => modality === 'text')
    .map(file => `${file.name}:\n\`\`\`\n${textIn(file)}\n\`\`\``);
  const whole = [text, ...written].filter(each => each !== '').join('\n\n');
  const parts = attachments.filter(({ modality }) => modality !== 'text').map(partOf);
  if (parts.length === 0) return whole;
  return [...(whole === '' ? [] : [{ type: 'text', text: whole }]), ...parts];
}

function partOf(attachment: Attachment): Part {
  const { modality, url, name } = attachment;
  switch (modality) {
    case 'image':
      return { type: 'image_url', image_url: { url } };
    case 'audio': {
      const input_audio = { data: base64Of(url), format: audioFormatOf(attachment) };
      return { type: 'input_audio', input_audio };
    }
    case 'video':
      return { type: 'video_url', video_url: { url } };
    default:
      return { type: 'file', file: { filename: name, file_data: url } };
  }
}

export function optionsOf({ temperature, topP, mostTokens, seed, effort, asJson }: Settings) {
  return {
    ...(temperature !== null && { temperature }),
    ...(topP !== null && { top_p: topP }),
    ...(mostTokens !== null && { max_tokens: mostTokens }),
    ...(seed !== null && { seed }),
    ...(effort !== null && { reasoning_effort: effort }),
    ...(asJson && { response_format: { type: 'json_object' } }),
  };
}
