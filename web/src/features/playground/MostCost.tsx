// The most that the next message can cost, for a plan that sells money. It is asked for when the reader stops typing.

import { useEffect, useState } from 'react';
import { answerOf, api } from '../../api/client.js';
import { useTexts } from '../../messages/useTexts.js';
import { Count, Dollars } from '../../ui/format.js';
import type { Attachment } from './attachments.js';
import type { Conversation } from './conversation.js';
import css from './playground.module.css';
import { bodyOf, type Settings } from './request.js';

/** Long enough not to ask for each word, because each estimate counts in the license's rate limit. */
const PAUSE_MS = 1_000;

interface MostCostProps {
  conversation: Conversation;
  draft: { text: string; attachments: Attachment[]; models: string[] };
  settings: Settings;
}

interface Most {
  micros: number;
  /** The length to which answers are reduced, if the balance is not enough for the full length. */
  shorter: number | null;
}

export function MostCost({ conversation, draft, settings }: MostCostProps) {
  const t = useTexts('playground');
  const { text, attachments } = draft;
  // The list is a new object at each drawing, so its text is compared.
  const models = draft.models.join('\n');
  const [most, setMost] = useState<Most | null>(null);
  useEffect(() => {
    setMost(null);
    if (text.trim() === '' && attachments.length === 0) return;
    let isWanted = true;
    const timer = setTimeout(async () => {
      const turn = { id: '', text, attachments, replies: [] };
      const asked = { ...conversation, turns: [...conversation.turns, turn] };
      const found = await mostOf(
        models.split('\n').map((model, place) => bodyOf(asked, place, model, settings)),
      );
      if (isWanted) setMost(found);
    }, PAUSE_MS);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [text, attachments, models, settings, conversation]);
  if (!most) return t('enterHint');
  return (
    <span data-testid="most-cost" className={css.mostCost}>
      {t('mostCost')} <Dollars micros={most.micros} />
      {most.shorter !== null && (
        <>
          {' · '}
          {t('shorterAnswer')} <Count value={most.shorter} />
        </>
      )}
    </span>
  );
}

/** The sum for all models that are asked together. Null if there is no estimate; sending will say why. */
async function mostOf(bodies: Array<ReturnType<typeof bodyOf>>): Promise<Most | null> {
  try {
    const all = await Promise.all(
      bodies.map(body => answerOf(api.POST('/v1/estimate', { body: withAnyFields(body) }))),
    );
    const short = all.filter(({ fits }) => !fits).map(({ max_tokens }) => max_tokens);
    return {
      micros: all.reduce((sum, { max_cost_microusd = 0 }) => sum + max_cost_microusd, 0),
      shorter: short.length > 0 ? Math.min(...short) : null,
    };
  } catch {
    return null;
  }
}

/** Gives messages the type of the description, which allows any fields. */
function withAnyFields(body: ReturnType<typeof bodyOf>) {
  return { ...body, messages: body.messages.map(message => ({ ...message })) };
}
