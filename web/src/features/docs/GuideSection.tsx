// One section of the guide.

import { Stack, Table, Text, Title } from '@mantine/core';
import { Link } from 'wouter';
import { useTexts } from '../../messages/useTexts.js';
import css from './docs.module.css';
import type { Block, Section } from './guide.js';
import { Prose } from './Prose.js';
import { PARTS } from './parts.js';
import { useAnchor, usePlace } from './place.js';

interface GuideSectionProps {
  section: Section<string>;
  /** The sections before and after it. */
  previous: Section<string> | undefined;
  next: Section<string> | undefined;
}

export function GuideSection({ section, previous, next }: GuideSectionProps) {
  const { anchor } = usePlace();
  useAnchor(anchor, true);
  return (
    <article className={css.article} lang={document.documentElement.lang}>
      <Title order={1}>{section.title}</Title>
      <Text size="lg" c="dimmed" className={css.lead ?? ''}>
        {section.lead}
      </Text>
      <Stack gap="md" mt="xl">
        {section.blocks.map((block, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: blocks have no other name, and never move
          <BlockView key={at} block={block} />
        ))}
      </Stack>
      <Turn previous={previous} next={next} />
    </article>
  );
}

function BlockView({ block }: { block: Block<string> }) {
  const t = useTexts('docs');
  switch (block.kind) {
    case 'heading':
      return (
        <Title order={2} size="h3" id={block.id} className={css.heading ?? ''}>
          <a href={`#${block.id}`}>{block.text}</a>
        </Title>
      );
    case 'text':
      return (
        <p className={css.text}>
          <Prose text={block.text} />
        </p>
      );
    case 'note':
      return (
        <aside className={css.note} aria-label={t('note')}>
          <Prose text={block.text} />
        </aside>
      );
    case 'list':
      return (
        <ul className={css.list}>
          {block.items.map(item => (
            <li key={item}>
              <Prose text={item} />
            </li>
          ))}
        </ul>
      );
    case 'fields':
      return <Fields rows={block.rows} />;
    case 'questions':
      return block.items.map(([question, answer], at) => (
        <section key={question} id={`q${at + 1}`} className={css.question}>
          <Title order={2} size="h4">
            {question}
          </Title>
          <p className={css.text}>
            <Prose text={answer} />
          </p>
        </section>
      ));
    case 'part': {
      const Part = PARTS[block.part];
      return <Part />;
    }
  }
}

function Fields({ rows }: { rows: Array<[name: string, text: string]> }) {
  const t = useTexts('docs');
  return (
    <div className={css.table}>
      <Table verticalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('field')}</Table.Th>
            <Table.Th>{t('meaning')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(([name, text]) => (
            <Table.Tr key={name}>
              <Table.Th scope="row" className={css.fieldName ?? ''}>
                <code>{name}</code>
              </Table.Th>
              <Table.Td>
                <Prose text={text} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function Turn({ previous, next }: Pick<GuideSectionProps, 'previous' | 'next'>) {
  const t = useTexts('docs');
  return (
    <div className={css.turn}>
      {previous ? (
        <Link href={`/docs/${previous.path}`.replace(/\/$/, '')}>
          <small>{t('previous')}</small>
          {previous.title}
        </Link>
      ) : (
        <span />
      )}
      {next && (
        <Link href={`/docs/${next.path}`} className={css.turnNext ?? ''}>
          <small>{t('next')}</small>
          {next.title}
        </Link>
      )}
    </div>
  );
}
