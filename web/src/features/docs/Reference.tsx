// Every route of the service. All lines are always drawn; the content of a line only when it is opened.

import { Anchor, Switch, Text, Title } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useTexts } from '../../messages/useTexts.js';
import { Failed, Loading } from '../../ui/states.js';
import { GROUPS, type Operation, schemaIn, useOperations } from './apiDescription.js';
import css from './docs.module.css';
import { useAnchor, usePlace } from './place.js';
import { SchemaFields } from './SchemaFields.js';

const GROUP_TITLES = {
  chat: 'groupChat',
  holder: 'groupHolder',
  service: 'groupService',
  administration: 'groupAdmin',
} as const;

export function Reference() {
  const t = useTexts('docs');
  const { anchor } = usePlace();
  const { data, error, refetch } = useOperations();
  const [wantsAdmin, setWantsAdmin] = useState(false);
  // Routes of administration are shown if the address points at one.
  const pointsAtAdmin = anchor.includes('-admin-api');
  const isAdminShown = wantsAdmin || pointsAtAdmin;
  useAnchor(anchor, data !== undefined);
  if (error) return <Failed error={error} retry={() => void refetch()} />;
  return (
    <article className={css.article}>
      <Title order={1}>{t('reference')}</Title>
      <Text size="lg" c="dimmed" className={css.lead ?? ''}>
        {t('referenceLead')}
      </Text>
      <div className={css.referenceTools}>
        <Switch
          checked={isAdminShown}
          disabled={pointsAtAdmin}
          onChange={event => setWantsAdmin(event.currentTarget.checked)}
          label={t('showAdmin')}
          data-testid="show-admin"
        />
        <Anchor href="/openapi.json">{t('referenceFile')}</Anchor>
      </div>
      {!data && <Loading lines={8} />}
      {GROUPS.filter(group => group !== 'administration' || isAdminShown).map(group => {
        const operations = (data ?? []).filter(operation => operation.group === group);
        if (operations.length === 0) return null;
        return (
          <section key={group} aria-labelledby={`group-${group}`}>
            <Title order={2} size="h3" id={`group-${group}`} className={css.heading ?? ''}>
              {t(GROUP_TITLES[group])}
            </Title>
            {operations.map(operation => (
              <OperationView
                key={operation.id}
                operation={operation}
                isTarget={operation.id === anchor}
              />
            ))}
          </section>
        );
      })}
    </article>
  );
}

const ACCESS = { public: 'noKey', holder: 'needsKey', administrator: 'needsAdmin' } as const;

function OperationView({ operation, isTarget }: { operation: Operation; isTarget: boolean }) {
  const t = useTexts('docs');
  const [isOpen, setOpen] = useState(false);
  const { id, method, path, summary, access } = operation;
  return (
    <details
      id={id}
      className={css.operation}
      dir="ltr"
      data-target={isTarget || undefined}
      data-path={path}
      onToggle={event => setOpen(event.currentTarget.open)}
    >
      <summary>
        <span>
          <span className={css.method} data-method={method}>
            {method}
          </span>{' '}
          <code className={css.path}>{path}</code>
        </span>
        <span className={css.summary} lang="en">
          {summary}
        </span>
      </summary>
      {isOpen && (
        <div className={css.operationBody}>
          <p className={css.quiet}>{t(ACCESS[access])}</p>
          <OperationBody operation={operation} />
        </div>
      )}
    </details>
  );
}

function OperationBody({ operation }: { operation: Operation }) {
  const t = useTexts('docs');
  const { parameters, body, answers } = operation;
  const taken = schemaIn(body);
  return (
    <>
      {parameters.length > 0 && (
        <Part title={t('inAddress')}>
          <SchemaFields
            schema={{
              properties: Object.fromEntries(
                parameters.map(({ name, schema = {} }) => [name, schema]),
              ),
              required: parameters.filter(({ required }) => required).map(({ name }) => name),
            }}
          />
        </Part>
      )}
      {taken && (
        <Part title={t('inBody')}>
          <SchemaFields schema={taken.schema} />
        </Part>
      )}
      {answers.map(({ status, answer }) => {
        const given = schemaIn(answer);
        return (
          <Part
            key={status}
            title={status === 'default' ? t('refusals') : t('answers', { status })}
          >
            {given ? <SchemaFields schema={given.schema} /> : <p>{t('noBody')}</p>}
          </Part>
        );
      })}
    </>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className={css.part}>
      <Title order={3} size="h6" className={css.partTitle ?? ''}>
        {title}
      </Title>
      <div className={css.schema}>{children}</div>
    </div>
  );
}
