// A conversation as a file.

import { type Conversation, titleOf } from './conversation.js';

export function asMarkdown(conversation: Conversation, you: string): string {
  const { system, turns, changedAt } = conversation;
  const parts = [`# ${titleOf(conversation)}`, changedAt];
  if (system.trim()) parts.push(quoted(system));
  for (const { text, attachments, replies } of turns) {
    const names = attachments.map(({ name }) => `*${name}*`).join(', ');
    parts.push(`## ${you}`, ...(names ? [names] : []), text);
    for (const reply of replies) {
      parts.push(
        `## ${reply.model}`,
        reply.error?.message ? quoted(reply.error.message) : reply.text,
      );
    }
  }
  return `${parts.filter(part => part !== '').join('\n\n')}\n`;
}

export function asJson(conversation: Conversation): string {
  return `${JSON.stringify(conversation, null, 2)}\n`;
}

function quoted(text: string): string {
  return text
    .split('\n')
    .map(line => `> ${line}`)
    .join('\n');
}

export function save(name: string, type: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
