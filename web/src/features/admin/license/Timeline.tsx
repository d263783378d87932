// Everything that happened to a license, newest first: the answer to "where did my requests go?".

import { Text } from '@mantine/core';
import { api } from '../../../api/client.js';
import { useTexts } from '../../../messages/useTexts.js';
import { Instant } from '../../../ui/format.js';
import { Failed, Loading } from '../../../ui/states.js';
import css from '../admin.module.css';
import { ask } from '../ask.js';
import { Difference } from '../Difference.js';
import { EventName } from '../EventName.js';
import { MoreButton, usePages } from '../PagedTable.js';
import { Section } from '../Section.js';

export function Timeline({ id }: { id: string }) {
  const t = useTexts('adminLicense');
  const pages = usePages(['timeline', id], async cursor => {
    const params = { path: { id }, query: { limit: 50, ...cursor } };
    const { events, next_cursor } = await ask(() =>
      api.GET('/admin/api/licenses/{id}/timeline', { params }),
    );
    return { rows: events, next: next_cursor };
  });
  return (
    <Section title={t('timeline')} text={t('timelineText')} testId="timeline">
      {pages.error ? (
        <Failed error={pages.error} retry={pages.retry} />
      ) : !pages.rows ? (
        <Loading />
      ) : pages.rows.length === 0 ? (
        <Text c="dimmed">{t('noEvents')}</Text>
      ) : (
        <div>
          {pages.rows.map(({ event, at, actor, details }, place) => (
            <div key={`${at} ${event} ${String(place)}`} className={css.event}>
              <Text fw={600}>
                <EventName name={event} />
              </Text>
              <Text size="sm" c="dimmed">
                <Instant at={at} /> · <bdi>{actor}</bdi>
              </Text>
              <Details details={details} />
            </div>
          ))}
        </div>
      )}
      <MoreButton pages={pages} />
    </Section>
  );
}

/** The details as a change with old and new values, or as a list of facts. */
function Details({ details }: { details: Record<string, unknown> }) {
  const isChange = 'before' in details || 'after' in details;
  return isChange ? (
    <Difference before={details.before} after={details.after} />
  ) : (
    <Difference before={undefined} after={details} />
  );
}
