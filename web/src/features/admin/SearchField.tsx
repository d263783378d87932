// The field that finds a license, on every page. The key "/" moves the focus to it.

import { Anchor, Kbd, Text, TextInput } from '@mantine/core';
import { useClickOutside, useDebouncedValue, useHotkeys } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { useTexts } from '../../messages/useTexts.js';
import { messageOf } from '../../ui/messageOf.js';
import css from './admin.module.css';
import { ADMIN, type License } from './ask.js';
import { StateBadge } from './StateBadge.js';
import { search, tidied } from './search.js';

const PAUSE_MS = 250;

export function SearchField() {
  const t = useTexts('admin');
  const input = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState('');
  const [isOpen, setOpen] = useState(false);
  /** Whether Enter was pressed, perhaps before the answer came. Then the license is opened if only one is found. */
  const [isEntered, setEntered] = useState(false);
  const [paused] = useDebouncedValue(tidied(typed), PAUSE_MS);
  const close = () => {
    setOpen(false);
    setEntered(false);
  };
  const whole = useClickOutside<HTMLDivElement>(close);
  useHotkeys([['/', () => input.current?.select()]]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys move between the field and what it found
    <div ref={whole} className={css.search} onKeyDown={event => step(event, close)}>
      <TextInput
        ref={input}
        type="search"
        aria-label={t('search')}
        placeholder={t('searchText')}
        value={typed}
        onChange={event => {
          setTyped(event.currentTarget.value);
          setOpen(true);
          setEntered(false);
        }}
        onFocus={() => setOpen(true)}
        onKeyDown={event => event.key === 'Enter' && setEntered(true)}
        rightSection={<Kbd>/</Kbd>}
        autoComplete="off"
        spellCheck={false}
        dir="ltr"
        data-testid="search"
      />
      {isOpen && paused !== '' && (
        <Found wanted={paused} isEntered={isEntered && paused === tidied(typed)} chosen={close} />
      )}
    </div>
  );
}

interface FoundProps {
  wanted: string;
  isEntered: boolean;
  chosen(): void;
}

function Found({ wanted, isEntered, chosen }: FoundProps) {
  const t = useTexts('admin');
  const [, goTo] = useLocation();
  const { data, error } = useQuery({
    queryKey: [ADMIN, 'search', wanted],
    queryFn: () => search(wanted),
    // Not cached, because the text may be a license key.
    gcTime: 0,
  });
  const only = data?.length === 1 ? data[0]?.id : undefined;
  useEffect(() => {
    if (!isEntered || only === undefined) return;
    goTo(`/admin/licenses/${only}`);
    chosen();
  }, [isEntered, only, goTo, chosen]);
  return (
    <div className={css.found}>
      <Text size="sm" c="dimmed" px="md" py="xs" role="status">
        {error
          ? messageOf(error, t('noAnswer'))
          : !data
            ? t('searching')
            : t('found', { count: data.length })}
      </Text>
      {data?.map(license => (
        <Row key={license.id} license={license} chosen={chosen} />
      ))}
      {data?.length === 0 && (
        <Text size="sm" px="md" pb="sm">
          {t('nothingFoundText')}{' '}
          <Anchor component={Link} href={purchasesOf(wanted)} onClick={chosen} underline="always">
            {t('lookInPurchases')}
          </Anchor>
        </Text>
      )}
    </div>
  );
}

function Row({ license, chosen }: { license: License; chosen(): void }) {
  const { id, email, plan, status, key_last4 } = license;
  return (
    <Link
      href={`/admin/licenses/${id}`}
      className={css.foundRow ?? ''}
      onClick={chosen}
      data-testid="license-row"
    >
      <bdi className={css.foundEmail}>{email}</bdi>
      <span>{plan.toUpperCase()}</span>
      <code>…{key_last4}</code>
      <StateBadge status={status} />
    </Link>
  );
}

function purchasesOf(wanted: string): string {
  if (wanted.startsWith('sahm_')) return '/admin/purchases';
  const name = wanted.includes('@') ? 'email' : 'order';
  return `/admin/purchases?${name}=${encodeURIComponent(wanted)}`;
}

function step(event: KeyboardEvent<HTMLDivElement>, close: () => void): void {
  if (event.key === 'Escape') close();
  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
  const places = [...event.currentTarget.querySelectorAll<HTMLElement>('input, a')];
  const at = places.indexOf(document.activeElement as HTMLElement);
  const next = places[at + (event.key === 'ArrowDown' ? 1 : -1)];
  if (!next) return;
  event.preventDefault();
  next.focus();
}
