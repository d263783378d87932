import { Badge, Table } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api } from '../../../api/client.js';
import { useTexts } from '../../../messages/useTexts.js';
import { ShortInstant, useFormat } from '../../../ui/format.js';
import { Failed, Loading } from '../../../ui/states.js';
import { WideTable } from '../../../ui/WideTable.js';
import { Action } from '../Action.js';
import css from '../admin.module.css';
import { ADMIN, ask, useMay } from '../ask.js';
import { Section } from '../Section.js';
import { JobResult } from './JobResult.js';
import { timesOf } from './jobTimes.js';

const RUNS = {
  done: { text: 'runDone', color: 'teal' },
  running: { text: 'runRunning', color: 'blue' },
  failed: { text: 'runFailed', color: 'red' },
  abandoned: { text: 'runAbandoned', color: 'orange' },
} as const;

function readJobs() {
  return ask(() => api.GET('/admin/api/jobs'));
}
type Job = Awaited<ReturnType<typeof readJobs>>['jobs'][number];

export function useJobs() {
  return useQuery({ queryKey: [ADMIN, 'jobs'], queryFn: readJobs });
}

export function Jobs() {
  const t = useTexts('adminWork');
  const { data, error, refetch } = useJobs();
  return (
    <Section title={t('jobs')}>
      {error ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : !data ? (
        <Loading />
      ) : (
        <WideTable minWidthPx={760}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('name')}</Table.Th>
              <Table.Th>{t('schedule')}</Table.Th>
              <Table.Th>{t('lastRun')}</Table.Th>
              <Table.Th>{t('result')}</Table.Th>
              <Table.Th aria-label={t('run')} />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {data.jobs.map(job => (
              <One key={job.name} job={job} />
            ))}
          </Table.Tbody>
        </WideTable>
      )}
    </Section>
  );
}

function One({ job: { name, schedule, last_run } }: { job: Job }) {
  const t = useTexts('adminWork');
  const may = useMay();
  const run = () =>
    ask(() => api.POST('/admin/api/jobs/{name}/run', { params: { path: { name } } }));
  const shown = last_run && RUNS[last_run.outcome];
  return (
    <Table.Tr>
      <Table.Td>
        <code className={css.whole}>{name}</code>
      </Table.Td>
      <Table.Td>
        <Times cron={schedule} />
      </Table.Td>
      <Table.Td>
        {last_run ? (
          <ShortInstant at={last_run.finished_at ?? last_run.started_at} />
        ) : (
          t('neverRan')
        )}
      </Table.Td>
      <Table.Td className={css.wrapped ?? ''}>
        {shown && (
          <Badge variant="dot" color={shown.color}>
            {t(shown.text)}
          </Badge>
        )}
        {last_run?.outcome !== 'running' && last_run?.result != null && (
          <JobResult result={last_run.result} />
        )}
      </Table.Td>
      <Table.Td>
        {may('owner') && (
          <Action
            label={t('run')}
            title={t('runTitle', { name })}
            consequence={t('runText')}
            isSmall
            act={run}
          />
        )}
      </Table.Td>
    </Table.Tr>
  );
}

/** In the time zone of the service, as all that the pages show. */
function Times({ cron }: { cron: string }) {
  const t = useTexts('adminJobs');
  const { time, minute, timeZone } = useFormat();
  const times = timesOf(cron);
  switch (times?.kind) {
    case 'seconds':
      return t('everySeconds', { count: times.every });
    case 'minutes':
      return t('everyMinutes', { count: times.every });
    case 'hour':
      return t('everyHour', { minute: minute(times.at) });
    case 'day':
      return t('everyDay', { time: `${time(times.at)} ${timeZone}` });
    default:
      return <code className={css.whole}>{cron}</code>;
  }
}
