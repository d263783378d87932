// The settings of the answers. An empty field means the model's own default.

import {
  NumberInput,
  SegmentedControl,
  Select,
  Slider,
  Stack,
  Switch,
  Text,
  Textarea,
} from '@mantine/core';
import { useTexts } from '../../messages/useTexts.js';
import { directionOf } from '../../ui/markdown/direction.js';
import type { Model } from './model.js';
import css from './playground.module.css';
import type { Settings } from './request.js';

export type TextDirection = 'auto' | 'rtl' | 'ltr';

interface SettingsPanelProps {
  settings: Settings;
  change(settings: Settings): void;
  system: string;
  setSystem(system: string): void;
  direction: TextDirection;
  setDirection(direction: TextDirection): void;
  models: Model[];
}

const EFFORTS = ['low', 'medium', 'high'] as const;
const EFFORT_TEXTS = { low: 'effortLow', medium: 'effortMedium', high: 'effortHigh' } as const;

export function SettingsPanel(props: SettingsPanelProps) {
  const { settings, change, system, setSystem, direction, setDirection, models } = props;
  const t = useTexts('playground');
  const most = Math.min(...models.map(({ mostTokens }) => mostTokens ?? Number.POSITIVE_INFINITY));
  const hasJson = models.every(({ hasJsonMode }) => hasJsonMode);
  return (
    <details className={css.panel} open={matchMedia('(min-width: 62em)').matches}>
      <summary>{t('settings')}</summary>
      <Stack gap="md" mt="sm">
        <Textarea
          label={t('system')}
          placeholder={t('systemHint')}
          autosize
          minRows={2}
          maxRows={8}
          {...(directionOf(system) && { dir: directionOf(system) ?? 'auto' })}
          value={system}
          onChange={event => setSystem(event.currentTarget.value)}
        />
        <Dial
          label={t('temperature')}
          hint={t('temperatureHint')}
          most={2}
          value={settings.temperature}
          change={temperature => change({ ...settings, temperature })}
        />
        <Dial
          label={t('topP')}
          hint={t('topPHint')}
          most={1}
          value={settings.topP}
          change={topP => change({ ...settings, topP })}
        />
        <NumberInput
          label={t('mostTokens')}
          placeholder={t('modelDefault')}
          min={1}
          {...(Number.isFinite(most) && { max: most })}
          allowDecimal={false}
          hideControls
          value={settings.mostTokens ?? ''}
          onChange={value =>
            change({ ...settings, mostTokens: typeof value === 'number' ? value : null })
          }
        />
        <Select
          label={t('effort')}
          placeholder={t('modelDefault')}
          clearable
          clearButtonProps={{ 'aria-label': t('modelDefault') }}
          value={settings.effort}
          onChange={effort => change({ ...settings, effort })}
          data={EFFORTS.map(value => ({ value, label: t(EFFORT_TEXTS[value]) }))}
        />
        <NumberInput
          label={t('seed')}
          placeholder={t('modelDefault')}
          allowDecimal={false}
          hideControls
          value={settings.seed ?? ''}
          onChange={value =>
            change({ ...settings, seed: typeof value === 'number' ? value : null })
          }
        />
        <Switch
          label={t('asJson')}
          disabled={!hasJson}
          checked={settings.asJson && hasJson}
          onChange={event => change({ ...settings, asJson: event.currentTarget.checked })}
        />
        <div>
          <Text size="sm" fw={500} mb={4} id="text-direction">
            {t('direction')}
          </Text>
          <SegmentedControl
            fullWidth
            size="xs"
            aria-labelledby="text-direction"
            value={direction}
            onChange={value => setDirection(value as TextDirection)}
            data={[
              { value: 'auto', label: t('directionAuto') },
              { value: 'rtl', label: t('directionRtl') },
              { value: 'ltr', label: t('directionLtr') },
            ]}
          />
        </div>
      </Stack>
    </details>
  );
}

interface DialProps {
  label: string;
  hint: string;
  most: number;
  value: number | null;
  change(value: number | null): void;
}

/** The dial's first position means the model's own default. */
function Dial({ label, hint, most, value, change }: DialProps) {
  const t = useTexts('playground');
  return (
    <div>
      <div className={css.dialHead}>
        <Text size="sm" fw={500}>
          {label}
        </Text>
        {value === null ? (
          <Text size="xs" c="dimmed">
            {t('modelDefault')}
          </Text>
        ) : (
          <button type="button" className={css.reset} onClick={() => change(null)}>
            <bdi>{value}</bdi> · {t('reset')}
          </button>
        )}
      </div>
      <Slider
        thumbLabel={label}
        min={0}
        max={most}
        step={0.05}
        value={value ?? most / 2}
        onChange={next => change(Math.round(next * 100) / 100)}
        label={shown => shown.toFixed(2)}
        size="sm"
        className={value === null ? (css.byDefault ?? '') : ''}
      />
      <Text size="xs" c="dimmed" mt={2}>
        {hint}
      </Text>
    </div>
  );
}
