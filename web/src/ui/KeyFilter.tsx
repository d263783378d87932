// Chooses by which key of a license requests are listed. Not shown where it has no named keys.

import { NativeSelect } from '@mantine/core';
import { useTexts } from '../messages/useTexts.js';
import { type KeyList, useNamedKeys } from './useNamedKeys.js';

interface Props {
  list: KeyList;
  /** The id of a named key, `master`, or empty for all. */
  chosen: string;
  choose(key: string): void;
}

export function KeyFilter({ list, chosen, choose }: Props) {
  const t = useTexts('namedKeys');
  const { data = [] } = useNamedKeys(list);
  if (data.length === 0) return null;
  return (
    <NativeSelect
      aria-label={t('byKey')}
      value={chosen}
      onChange={event => choose(event.currentTarget.value)}
      data={[
        { value: '', label: t('allKeys') },
        { value: 'master', label: t('masterKey') },
        ...data.map(({ id, name }) => ({ value: id, label: name })),
      ]}
      className="no-print"
      data-testid="by-key"
    />
  );
}
