// A list that the service gives page by page.

import { Button, Stack, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useTexts } from '../../messages/useTexts.js';
import { type Column, DataTable } from '../../ui/DataTable.js';
import { Failed, Loading } from '../../ui/states.js';
import { ADMIN } from './ask.js';

interface Read<Row> {
  rows: Row[];
  next: string | null;
}

export interface Pages<Row> {
  rows: Row[] | undefined;
  error: unknown;
  retry(): void;
  hasMore: boolean;
  isReadingMore: boolean;
  readMore(): void;
}

/** `name` identifies the list and its filter. */
export function usePages<Row>(
  name: unknown[],
  read: (cursor: { cursor?: string }) => Promise<Read<Row>>,
): Pages<Row> {
  const query = useInfiniteQuery({
    queryKey: [ADMIN, ...name],
    queryFn: ({ pageParam }) => read(pageParam === null ? {} : { cursor: pageParam }),
    initialPageParam: null as string | null,
    getNextPageParam: page => page.next,
  });
  return {
    rows: query.data?.pages.flatMap(page => page.rows),
    error: query.error,
    retry: () => void query.refetch(),
    hasMore: query.hasNextPage,
    isReadingMore: query.isFetchingNextPage,
    readMore: () => void query.fetchNextPage(),
  };
}

interface PagedTableProps<Row> {
  label: string;
  /** The text for an empty list. */
  empty: string;
  pages: Pages<Row>;
  columns: Column<Row>[];
  keyOf(row: Row): string;
  hasLongCells?: boolean;
}

export function PagedTable<Row>(props: PagedTableProps<Row>) {
  const { label, empty, pages, columns, keyOf, hasLongCells = false } = props;
  const { rows, error, retry } = pages;
  if (error) return <Failed error={error} retry={retry} />;
  if (!rows) return <Loading />;
  if (rows.length === 0) return <Text c="dimmed">{empty}</Text>;
  return (
    <Stack gap="sm">
      <DataTable {...{ label, columns, rows, keyOf, hasLongCells }} />
      <MoreButton pages={pages} />
    </Stack>
  );
}

export function MoreButton({ pages }: { pages: Omit<Pages<unknown>, 'rows'> }) {
  const t = useTexts('admin');
  if (!pages.hasMore) return null;
  return (
    <Button variant="default" loading={pages.isReadingMore} onClick={pages.readMore}>
      {t('older')}
    </Button>
  );
}
