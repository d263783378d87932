// Chooses one model, or two to compare.

import { Button } from '@mantine/core';
import { useTexts } from '../../messages/useTexts.js';
import type { Holder } from './holder.js';
import { ModelPicker } from './ModelPicker.js';
import css from './playground.module.css';

interface ModelBarProps {
  holder: Holder;
  models: string[];
  choose(models: string[]): void;
}

export function ModelBar({ holder, models, choose }: ModelBarProps) {
  const t = useTexts('playground');
  const [first = '', second] = models;
  const isComparing = second !== undefined;
  const { plan = null, unit = 'request' } = holder.license.data ?? {};
  const shown = { list: holder.models, plan, unit };
  const another = holder.models.data?.find(
    ({ id, isAvailable }) => id !== first && isAvailable !== false,
  );
  return (
    <div className={css.modelBar} data-comparing={isComparing || undefined}>
      <ModelPicker
        {...shown}
        label={t('model')}
        testId="model"
        value={first}
        choose={id => choose(isComparing ? [id, second] : [id])}
      />
      {isComparing && (
        <ModelPicker
          {...shown}
          label={t('secondModel')}
          testId="model-second"
          value={second}
          choose={id => choose([first, id])}
        />
      )}
      <Button
        variant={isComparing ? 'light' : 'default'}
        className={css.compare ?? ''}
        aria-pressed={isComparing}
        disabled={!isComparing && !another}
        onClick={() => choose(isComparing || !another ? [first] : [first, another.id])}
      >
        {t(isComparing ? 'endCompare' : 'compare')}
      </Button>
    </div>
  );
}
