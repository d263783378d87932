import { Table } from '@mantine/core';
import type { ReactNode } from 'react';

/** A short table that scrolls to the side on narrow screens, also by the keyboard. */
export function WideTable({ minWidthPx, children }: { minWidthPx: number; children: ReactNode }) {
  return (
    <Table.ScrollContainer
      minWidth={minWidthPx}
      scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}
    >
      <Table verticalSpacing="xs">{children}</Table>
    </Table.ScrollContainer>
  );
}
