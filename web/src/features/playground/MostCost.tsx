// What the next message may cost at most, for a license that pays money. It is asked for once the reader pauses.

import { useEffect, useState } from 'react';
import { answerOf, api } from '../../api/client.js';
import { useTexts } from '../../messages/useTexts.js';
import { Count, Dollars } from '../../ui/format.js';
import type { Attachment } from './attachments.js';
import type { Conversation } from './conversation.js';
import { bodyOf, type Settings } from './request.js';

/** Long enough for most words: a question counts in the license's rate limit. */
const PAUSE_MS = 1_000;

interface MostCostProps {
  conversation: Conversation;
  draft: { text: string; attachments: Attachment[]; models: string[] };
  settings: Settings;
}

interface Most {
  micros: number;
  /** How long the answers may be, where all of it does not fit. */
  shorter: number | null;
}

export function MostCost({ conversation, draft, settings }: MostCostProps) {
  const t = useTexts('playground');
  const { text, attachments } = draft;
  // The list is made anew with each drawing.
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
    <span data-testid="most-cost">
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

/** Of all that are asked beside each other. Null where it cannot be told; sending says why. */
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

/** As the description has it: messages with whatever fields. */
function withAnyFields(body: ReturnType<typeof bodyOf>) {
  return { ...body, messages: body.messages.map(message => ({ ...message })) };
}
