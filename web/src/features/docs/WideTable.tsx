// A table that scrolls to the side by itself if the page is too narrow for it.

import { Table } from '@mantine/core';
import type { ReactNode } from 'react';
import css from './docs.module.css';

interface WideTableProps {
  label: string;
  minWidthPx: number;
  children: ReactNode;
}

export function WideTable({ label, minWidthPx, children }: WideTableProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <section className={css.table} aria-label={label} tabIndex={0}>
      <Table verticalSpacing="sm" miw={minWidthPx}>
        {children}
      </Table>
    </section>
  );
}
