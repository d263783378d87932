// Finds a model by a part of its name. Each shows its price, the content that it accepts, and whether the plan has it.

import { Button, Combobox, Group, Text, TextInput, useCombobox } from '@mantine/core';
import { useState } from 'react';
import { useTexts } from '../../messages/useTexts.js';
import { Dollars } from '../../ui/format.js';
import type { Holder } from './holder.js';
import { findModel, type Model, matches } from './model.js';
import css from './playground.module.css';
import { useKinds } from './useProblem.js';

interface ModelPickerProps {
  list: Holder['models'];
  /** The license's plan; null without a license. */
  plan: string | null;
  /** The unit of the license's quota. */
  unit: string;
  label: string;
  testId: string;
  value: string;
  choose(id: string): void;
}

export function ModelPicker({ list, plan, unit, label, testId, value, choose }: ModelPickerProps) {
  const t = useTexts('playground');
  const words = useTexts('ui');
  /** Null while nothing is being typed. */
  const [search, setSearch] = useState<string | null>(null);
  const combobox = useCombobox({
    onDropdownClose: () => {
      combobox.resetSelectedOption();
      setSearch(null);
    },
  });
  const models = list.data ?? [];
  const found = search?.trim() ? models.filter(model => matches(model, search)) : models;
  const chosen = findModel(models, value);
  const submit = (id: string) => {
    choose(id);
    setSearch(null);
    combobox.closeDropdown();
  };
  const type = (text: string) => {
    const exact = findModel(models, text);
    if (exact) return submit(exact.id);
    setSearch(text);
    combobox.openDropdown();
    combobox.updateSelectedOptionIndex();
  };
  /** The typed text counts if it can only mean one model, or if the models are not loaded yet. */
  const leave = () => {
    const wanted = search?.trim();
    const [only, another] = found;
    if (wanted && only && !another) submit(only.id);
    else if (wanted && list.isPending) submit(wanted);
    else combobox.closeDropdown();
  };
  return (
    <div className={css.picker}>
      <Combobox store={combobox} onOptionSubmit={submit} resetSelectionOnOptionHover>
        <Combobox.Target withExpandedAttribute>
          <TextInput
            label={label}
            data-testid={testId}
            role="combobox"
            classNames={{ input: css.ltrInput ?? '' }}
            placeholder={t(list.isPending ? 'loadingModels' : 'searchModel')}
            value={search ?? value}
            spellCheck={false}
            autoComplete="off"
            onChange={event => type(event.currentTarget.value)}
            onFocus={event => event.currentTarget.select()}
            onClick={() => combobox.openDropdown()}
            onBlur={leave}
            onKeyDown={event => {
              if (event.key !== 'Enter' || combobox.getSelectedOptionIndex() !== -1) return;
              const [best] = found;
              const wanted = search?.trim();
              if (wanted) submit(best?.id ?? wanted);
            }}
            error={list.isError ? t('modelsFailed') : null}
          />
        </Combobox.Target>
        <Combobox.Dropdown>
          <Combobox.Options mah={360} className={css.options ?? ''} aria-label={label}>
            {found.map(model => (
              <Combobox.Option key={model.id} value={model.id} active={model.id === value}>
                <ModelOption model={model} plan={plan} unit={unit} />
              </Combobox.Option>
            ))}
            {found.length === 0 && search?.trim() && (
              <Combobox.Option value={search.trim()}>
                {t('useAsWritten', { model: search.trim() })}
              </Combobox.Option>
            )}
          </Combobox.Options>
        </Combobox.Dropdown>
      </Combobox>
      {list.isError && (
        <Button size="xs" variant="light" mt="xs" onClick={() => void list.refetch()}>
          {words('retry')}
        </Button>
      )}
      {chosen && <Chosen model={chosen} plan={plan} unit={unit} />}
    </div>
  );
}

interface ShownModel extends Pick<ModelPickerProps, 'plan' | 'unit'> {
  model: Model;
}

function ModelOption({ model, plan, unit }: ShownModel) {
  const t = useTexts('playground');
  return (
    <div>
      <Group justify="space-between" gap="xs" wrap="nowrap">
        <Text size="sm" fw={600} component="bdi">
          {model.name}
        </Text>
        {(model.isAvailable === false || plan === null) && (
          <span className={css.lock} data-locked={model.isAvailable === false || undefined}>
            {model.isAvailable === false
              ? t('needsPlan', { plan: model.minimumPlan.toUpperCase() })
              : model.minimumPlan.toUpperCase()}
          </span>
        )}
      </Group>
      <Text size="xs" c="dimmed" component="div">
        <bdi dir="ltr">{model.id}</bdi>
      </Text>
      <Facts model={model} unit={unit} />
    </div>
  );
}

function Chosen({ model, plan, unit }: ShownModel) {
  const t = useTexts('playground');
  return (
    <div className={css.chosen}>
      <Facts model={model} unit={unit} />
      {model.isAvailable === false && plan !== null && (
        <Text size="xs" className={css.warning ?? ''}>
          {t('planLacks', { plan: plan.toUpperCase(), needed: model.minimumPlan.toUpperCase() })}
        </Text>
      )}
      {model.retiresAt && (
        <Text size="xs" className={css.warning ?? ''}>
          {t('retires', { date: model.retiresAt })}
        </Text>
      )}
    </div>
  );
}

function Facts({ model, unit }: { model: Model; unit: string }) {
  const t = useTexts('playground');
  const { kind, listed } = useKinds();
  const isMoney = unit === 'microusd';
  const { promptPrice, completionPrice, takes, makes, units, contextLength } = model;
  const taken = takes.filter(each => each !== 'text').map(kind);
  const made = makes.filter(each => each !== 'text').map(kind);
  return (
    <Text size="xs" c="dimmed" component="div" className={css.facts ?? ''}>
      {!isMoney && <span>{t('charges', { count: units })}</span>}
      {promptPrice !== null && completionPrice !== null && (
        <span title={t(isMoney ? 'priceHintMoney' : 'priceHint')}>
          <Dollars micros={promptPrice * 1e6} /> / <Dollars micros={completionPrice * 1e6} />
        </span>
      )}
      {contextLength !== null && <span>{t('context', { count: contextLength })}</span>}
      {taken.length > 0 && <span>{t('takes', { kinds: listed(taken) })}</span>}
      {made.length > 0 && <span>{t('makes', { kinds: listed(made) })}</span>}
    </Text>
  );
}
