import { Alert, Button, List } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api } from '../../../api/client.js';
import { useTexts } from '../../../messages/useTexts.js';
import { Failed } from '../../../ui/states.js';
import { ADMIN, ask } from '../ask.js';
import { Section } from '../Section.js';

/** Proves the ledger. Only on request, because it reads all of it. */
export function Verify() {
  const t = useTexts('adminWork');
  const { data, error, refetch, isFetching } = useQuery({
    queryKey: [ADMIN, 'verify'],
    queryFn: () => ask(() => api.GET('/admin/api/verify')),
    enabled: false,
  });
  return (
    <Section title={t('verifyTitle')} text={t('verifyText')}>
      <div>
        <Button
          variant="light"
          loading={isFetching}
          onClick={() => void refetch()}
          data-testid="verify"
        >
          {t('verify')}
        </Button>
      </div>
      {error && <Failed error={error} />}
      {data && (
        <Alert
          role="status"
          color={data.ok ? 'teal' : 'red'}
          title={t(data.ok ? 'verified' : 'notVerified')}
        >
          {data.problems.length > 0 && (
            <List>
              {data.problems.map(problem => (
                <List.Item key={problem}>
                  <bdi>{problem}</bdi>
                </List.Item>
              ))}
            </List>
          )}
        </Alert>
      )}
    </Section>
  );
}
