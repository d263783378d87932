// Finds what the service would refuse, before it is sent.

import { useLanguage } from '../../messages/language.js';
import { useTexts } from '../../messages/useTexts.js';
import { type Attachment, MOST_BYTES } from './attachments.js';
import type { Conversation } from './conversation.js';
import type { Holder } from './holder.js';
import { findModel, type Model } from './model.js';

export interface Draft {
  text: string;
  attachments: Attachment[];
  models: string[];
}

const MOST_NAMED = 3;

export function useProblem(
  holder: Holder,
  { text, attachments, models }: Draft,
  conversation: Conversation,
  hasTried: boolean,
): string | null {
  const t = useTexts('playground');
  const { kind, listed } = useKinds();
  const list = holder.models.data ?? [];
  const all = [...conversation.turns.flatMap(turn => turn.attachments), ...attachments];
  for (const id of models) {
    const model = findModel(list, id);
    const refused = model && all.find(each => !model.takes.includes(each.modality));
    if (!refused) continue;
    const others = list.filter(other => isBetter(other, refused)).slice(0, MOST_NAMED);
    const said = t('cannotTake', { model: model.name, kind: kind(refused.modality) });
    if (others.length === 0) return said;
    return `${said} ${t('othersDo', { others: listed(others.map(other => other.id)) })}`;
  }
  const bytes = all.reduce((sum, { url }) => sum + url.length, text.length);
  if (bytes > MOST_BYTES) return t('tooLarge');
  if (!hasTried) return null;
  if (!holder.canAsk) return t('needKey');
  if (models.length === 0) return t('needModel');
  return null;
}

function isBetter({ takes, isAvailable }: Model, { modality }: Attachment): boolean {
  return takes.includes(modality) && isAvailable !== false;
}

const NAMES = {
  text: 'kindText',
  image: 'kindImage',
  file: 'kindFile',
  audio: 'kindAudio',
  video: 'kindVideo',
} as const;

/** The names of kinds of content, alone and as a list. */
export function useKinds() {
  const t = useTexts('playground');
  const { locale } = useLanguage();
  const kind = (each: string) => (isNamed(each) ? t(NAMES[each]) : each);
  const list = new Intl.ListFormat(locale, { type: 'unit', style: 'short' });
  return { kind, listed: (names: string[]) => list.format(names) };
}

function isNamed(kind: string): kind is keyof typeof NAMES {
  return kind in NAMES;
}
