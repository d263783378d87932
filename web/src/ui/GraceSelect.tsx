// How long the old secret of a key that is replaced goes on.

import { NativeSelect } from '@mantine/core';
import { useTexts } from '../messages/useTexts.js';

const HOUR_SECONDS = 3_600;
const GRACES = [
  { seconds: 24 * HOUR_SECONDS, text: 'graceDay' },
  { seconds: HOUR_SECONDS, text: 'graceHour' },
  { seconds: 0, text: 'graceNone' },
] as const;

export const USUAL_GRACE_SECONDS: number = GRACES[0].seconds;

interface GraceProps {
  seconds: number;
  choose(seconds: number): void;
}

export function GraceSelect({ seconds, choose }: GraceProps) {
  const t = useTexts('ui');
  return (
    <NativeSelect
      label={t('grace')}
      value={String(seconds)}
      onChange={event => choose(Number(event.currentTarget.value))}
      data={GRACES.map(each => ({ value: String(each.seconds), label: t(each.text) }))}
    />
  );
}
