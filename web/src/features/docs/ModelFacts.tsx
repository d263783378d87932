// What is shown of a model in more than one place.

import { useLanguage } from '../../messages/language.js';
import { useTexts } from '../../messages/useTexts.js';
import css from './docs.module.css';
import type { ModelCard } from './modelCard.js';

export function ModelPrice({ model }: { model: ModelCard }) {
  const t = useTexts('docs');
  const { locale } = useLanguage();
  if (!model.price) return t('unknown');
  const form = new Intl.NumberFormat(locale, {
    style: 'currency',
    currency: 'USD',
    currencyDisplay: 'narrowSymbol',
    maximumFractionDigits: 4,
  });
  return t('pricePer', {
    input: form.format(model.price.input),
    output: form.format(model.price.output),
  });
}

const MODALITIES = {
  text: 'modalityText',
  image: 'modalityImage',
  file: 'modalityFile',
  audio: 'modalityAudio',
  video: 'modalityVideo',
} as const;

/** Kinds of content in words. A kind without a word keeps its name. */
export function Modalities({ names }: { names: string[] }) {
  const t = useTexts('docs');
  return names.map(name => (
    <span key={name} className={css.tag}>
      {isKnown(name) ? t(MODALITIES[name]) : name}
    </span>
  ));
}

function isKnown(name: string): name is keyof typeof MODALITIES {
  return name in MODALITIES;
}
