// The search over all of the documentation. The arrow keys choose a result, and Enter opens it.

import { Kbd, TextInput } from '@mantine/core';
import { type KeyboardEvent, useDeferredValue, useEffect, useId, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import { useTexts } from '../../messages/useTexts.js';
import css from './docs.module.css';
import { type Entry, search } from './searchText.js';
import { useSearchIndex } from './useSearchIndex.js';

export function Search() {
  const t = useTexts('docs');
  const [, navigate] = useLocation();
  const [query, setQuery] = useState('');
  const [isOpen, setOpen] = useState(false);
  const [chosen, setChosen] = useState(0);
  const [isWanted, setWanted] = useState(false);
  const field = useFieldOnSlash();
  const listId = useId();
  const index = useSearchIndex(isWanted);
  const wanted = useDeferredValue(query);
  const found = search(index, wanted);
  const isShown = isOpen && wanted.trim() !== '';
  const open = ({ href }: Entry) => {
    setOpen(false);
    setQuery('');
    field.current?.blur();
    navigate(href);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') return setOpen(false);
    if (event.key === 'Enter') {
      const entry = found[chosen];
      if (isShown && entry) open(entry);
      return;
    }
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step === 0 || found.length === 0) return;
    event.preventDefault();
    setOpen(true);
    setChosen((chosen + step + found.length) % found.length);
  };
  return (
    <search className={css.search}>
      <TextInput
        ref={field}
        type="search"
        data-testid="docs-search"
        aria-label={t('search')}
        placeholder={t('searchHint')}
        role="combobox"
        aria-expanded={isShown}
        aria-controls={listId}
        aria-autocomplete="list"
        {...(isShown && found[chosen] && { 'aria-activedescendant': `${listId}-${chosen}` })}
        autoComplete="off"
        rightSection={<Kbd size="xs">/</Kbd>}
        value={query}
        onFocus={() => setWanted(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={onKeyDown}
        onChange={event => {
          setQuery(event.currentTarget.value);
          setChosen(0);
          setOpen(true);
        }}
      />
      {isShown && (
        <Results
          id={listId}
          found={found}
          chosen={chosen}
          open={open}
          nothing={t('searchNothing', { query: wanted.trim() })}
        />
      )}
    </search>
  );
}

interface ResultsProps {
  id: string;
  found: Entry[];
  chosen: number;
  nothing: string;
  open(entry: Entry): void;
}

function Results({ id, found, chosen, nothing, open }: ResultsProps) {
  const t = useTexts('docs');
  useEffect(() => {
    document.getElementById(`${id}-${chosen}`)?.scrollIntoView({ block: 'nearest' });
  }, [id, chosen]);
  if (found.length === 0) {
    return (
      <p className={css.results} role="status">
        {nothing}
      </p>
    );
  }
  return (
    <div id={id} role="listbox" aria-label={t('searchResults')} className={css.results}>
      {found.map((entry, at) => (
        // biome-ignore lint/a11y/useFocusableInteractive: the field keeps the focus, and says which is chosen
        <div
          key={entry.href}
          id={`${id}-${at}`}
          role="option"
          aria-selected={at === chosen}
          className={css.result}
          // `onMouseDown`, because it comes before the field loses the focus.
          onMouseDown={event => {
            event.preventDefault();
            open(entry);
          }}
        >
          <strong>
            <bdi>{entry.title}</bdi>
          </strong>
          <span className={css.quiet}>{entry.hint}</span>
        </div>
      ))}
    </div>
  );
}

/** The key "/" moves the focus to the field, except from another field. */
function useFieldOnSlash() {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const listen = (event: globalThis.KeyboardEvent) => {
      const { target } = event;
      if (event.key !== '/' || event.ctrlKey || event.metaKey) return;
      if (target instanceof Element && target.matches('input, textarea, select')) return;
      event.preventDefault();
      field.current?.focus();
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, []);
  return field;
}
