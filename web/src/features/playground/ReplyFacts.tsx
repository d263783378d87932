// The line below each answer: tokens, cost, time, and what was charged from which quota.

import { useTexts } from '../../messages/useTexts.js';
import { Dollars, useFormat } from '../../ui/format.js';
import { PROVIDER_NAMES } from '../../ui/providers.js';
import type { Reply } from './conversation.js';
import css from './playground.module.css';

export function ReplyFacts({ reply, unit }: { reply: Reply; unit: string }) {
  const t = useTexts('playground');
  const { count } = useFormat();
  const { promptTokens, completionTokens, wholeMs, firstWordMs, charge } = reply;
  const seconds = (ms: number) => count(Math.round(ms / 100) / 10);
  return (
    <footer className={css.replyFacts}>
      <span className={css.charge}>
        <Charged reply={reply} unit={unit} />
      </span>
      {promptTokens !== null && completionTokens !== null && (
        <span>{t('tokens', { prompt: promptTokens, completion: completionTokens })}</span>
      )}
      {charge?.costMicros != null && (
        <span title={t('costHint')}>
          {t('cost')} <Dollars micros={charge.costMicros} />
        </span>
      )}
      {wholeMs !== null && (
        <span
          {...(firstWordMs !== null && {
            title: t('firstWord', { seconds: seconds(firstWordMs) }),
          })}
        >
          {t('seconds', { seconds: seconds(wholeMs) })}
        </span>
      )}
    </footer>
  );
}

function Charged({ reply, unit }: { reply: Reply; unit: string }) {
  const t = useTexts('playground');
  const { charge, state } = reply;
  if (!charge) return state === 'failed' ? t('chargeUnknown') : t('chargeSoon');
  if (charge.units === 0) return t(state === 'failed' ? 'freeRefused' : 'freeNothing');
  const provider = PROVIDER_NAMES[charge.provider ?? ''];
  if (unit === 'microusd' || charge.unit === 'microusd') {
    return (
      <>
        {t('chargedMoney')} <Dollars micros={charge.units} />
      </>
    );
  }
  const said = provider
    ? t('chargedFrom', { count: charge.units, provider })
    : t('charged', { count: charge.units });
  return state === 'stopped' ? `${said} ${t('chargedStopped')}` : said;
}
