// Shows a change, field by field.

import { Text } from '@mantine/core';
import { useTexts } from '../../messages/useTexts.js';
import { Instant } from '../../ui/format.js';

const INSTANT = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;

interface Changed {
  name: string;
  before: string | undefined;
  after: string | undefined;
}

export function Difference({ before, after }: { before: unknown; after: unknown }) {
  const t = useTexts('admin');
  return (
    <>
      {changesOf(before, after).map(({ name, before: was, after: is }) => (
        <Text key={name} size="sm" component="div">
          {/* The names are Latin, so this is read from left to right. */}
          <span className="ltr">
            <bdi>{name}</bdi>
            {': '}
            {was !== undefined && <Value text={was} />}
            {was !== undefined && is !== undefined && ' → '}
            {is !== undefined ? <Value text={is} /> : <> ({t('removed')})</>}
          </span>
        </Text>
      ))}
    </>
  );
}

function Value({ text }: { text: string }) {
  return <bdi>{INSTANT.test(text) ? <Instant at={text} /> : text}</bdi>;
}

function changesOf(before: unknown, after: unknown): Changed[] {
  const was = flat(before);
  const is = flat(after);
  return [...new Set([...was.keys(), ...is.keys()])]
    .map(name => ({ name, before: was.get(name), after: is.get(name) }))
    .filter(each => each.before !== each.after);
}

/** Flattens an object to paths such as `limits.openai`, each with its value as text. */
function flat(value: unknown, path = ''): Map<string, string> {
  if (value === undefined || value === null || value === '') return new Map();
  if (typeof value !== 'object' || Array.isArray(value)) {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return new Map([[path || '=', text]]);
  }
  const within = Object.entries(value).map(([name, each]) =>
    each === null
      ? new Map([[path ? `${path}.${name}` : name, '–']])
      : flat(each, path ? `${path}.${name}` : name),
  );
  return new Map(within.flatMap(each => [...each]));
}
