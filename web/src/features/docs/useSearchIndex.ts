// The index of the search: sections, questions, errors, programs, models, and the routes of the reference.

import { useMemo } from 'react';
import { useTexts } from '../../messages/useTexts.js';
import { useOperations } from './apiDescription.js';
import { useClients } from './clientList.js';
import { useErrorCodes } from './errorList.js';
import { type Section, useGuide, wordsOf } from './guide.js';
import { useModels } from './modelCard.js';
import { plainText } from './Prose.js';
import { type Entry, indexOf, type SearchIndex } from './searchText.js';

/** Models and routes are only read once `isWanted` is true, when somebody searches. */
export function useSearchIndex(isWanted: boolean): SearchIndex {
  const t = useTexts('docs');
  const guide = useGuide();
  const errors = useErrorCodes();
  const clients = useClients();
  const { data: models } = useModels();
  const { data: operations } = useOperations(isWanted);
  const pages = [
    { path: 'models', title: t('models') },
    { path: 'clients', title: t('clients') },
    { path: 'reference', title: t('reference') },
  ];
  const words = {
    title: t('title'),
    question: t('kindQuestion'),
    model: t('kindModel'),
    client: t('kindClient'),
    path: t('kindPath'),
  };
  const entries: Entry[] = isWanted
    ? [
        ...guide.flatMap(section => sectionEntries(section, words.question)),
        ...pages.map(({ path, title }) => ({
          href: `/docs/${path}`,
          title,
          hint: words.title,
          text: '',
        })),
        ...errors.map(({ code, status, todo }) => ({
          href: `/docs/errors#${code}`,
          title: code,
          hint: t('kindError', { status: String(status) }),
          text: todo,
        })),
        ...clients.map(({ id, name, text }) => ({
          href: `/docs/clients#${id}`,
          title: name,
          hint: words.client,
          text: plainText(text),
        })),
        ...(models ?? []).map(({ id, name, description }) => ({
          href: `/docs/models/${id}`,
          title: name,
          hint: words.model,
          text: `${id} ${description}`,
        })),
        ...(operations ?? []).map(({ id, method, path, summary }) => ({
          href: `/docs/reference#${id}`,
          title: `${method} ${path}`,
          hint: words.path,
          text: summary,
        })),
      ]
    : [];
  const known = JSON.stringify(entries);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `known` is what `entries` has
  return useMemo(() => indexOf(entries), [known]);
}

/** The section, and each of its questions by itself. */
function sectionEntries({ path, title, lead, blocks }: Section<string>, question: string): Entry[] {
  const href = `/docs/${path}`.replace(/\/$/, '');
  const parts: Entry[] = [];
  let part: Entry | undefined;
  for (const block of blocks) {
    if (block.kind === 'questions') {
      parts.push(
        ...block.items.map(([asked, answer], at) => ({
          href: `${href}#q${at + 1}`,
          title: asked,
          hint: question,
          text: plainText(answer),
        })),
      );
    } else if (block.kind === 'heading') {
      part = { href: `${href}#${block.id}`, title: block.text, hint: title, text: '' };
      parts.push(part);
    } else if (part) {
      part.text += ` ${plainText(wordsOf(block))}`;
    }
  }
  const unheaded = blocks.filter(({ kind }) => kind !== 'questions' && kind !== 'heading');
  const text = parts.length > 0 ? '' : unheaded.map(block => plainText(wordsOf(block))).join(' ');
  return [{ href, title, hint: plainText(lead), text }, ...parts];
}
