// A table of any length. Only the rows in view are drawn, so that ten thousand scroll smoothly.

import { Text } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useRef } from 'react';
import { useTexts } from '../messages/useTexts.js';
import css from './ui.module.css';

export interface Column<Row> {
  key: string;
  title: string;
  /** Numbers are aligned to the end of their column. */
  isNumber?: boolean;
  /** The share of the width. Default: 1. */
  width?: number;
  cell(row: Row): ReactNode;
}

interface DataTableProps<Row> {
  label: string;
  columns: Column<Row>[];
  rows: Row[];
  keyOf(row: Row): string;
  heightPx?: number;
  /** Rows are as high as what they say. Without it they are one line each. */
  hasLongCells?: boolean;
}

const ROW_HEIGHT_PX = 48;
const BORDERS_PX = 2;
/** Of a column of width 1. Where there is less room, the table scrolls to the side. */
const LEAST_WIDTH_PX = 110;

export function DataTable<Row>({
  label,
  columns,
  rows,
  keyOf,
  heightPx = 480,
  hasLongCells = false,
}: DataTableProps<Row>) {
  const t = useTexts('ui');
  const scrolled = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scrolled.current,
    estimateSize: () => ROW_HEIGHT_PX,
    overscan: 8,
  });
  const template = { gridTemplateColumns: columns.map(({ width = 1 }) => `${width}fr`).join(' ') };
  const minWidth = columns.reduce((sum, { width = 1 }) => sum + width * LEAST_WIDTH_PX, 0);
  const height = Math.min(heightPx, virtualizer.getTotalSize() + ROW_HEIGHT_PX + BORDERS_PX);
  return (
    <div>
      {/* biome-ignore-start lint/a11y/useSemanticElements: a real table cannot leave rows out */}
      {/* biome-ignore-start lint/a11y/useFocusableInteractive: rows are not interactive */}
      <div
        ref={scrolled}
        className={css.table}
        style={{ height }}
        role="table"
        aria-label={label}
        aria-rowcount={rows.length + 1}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
        tabIndex={0}
      >
        <div role="rowgroup" className={css.tableHead} style={{ minWidth }}>
          <div role="row" className={css.tableRow} style={template} aria-rowindex={1}>
            {columns.map(({ key, title, isNumber }) => (
              <div key={key} role="columnheader" data-number={isNumber || undefined}>
                {title}
              </div>
            ))}
          </div>
        </div>
        <div
          role="rowgroup"
          style={{
            height: virtualizer.getTotalSize(),
            minWidth,
            position: 'relative',
          }}
        >
          {virtualizer.getVirtualItems().map(({ index, start }) => {
            const row = rows[index];
            if (row === undefined) return null;
            return (
              <div
                key={keyOf(row)}
                role="row"
                aria-rowindex={index + 2}
                className={css.tableRow}
                {...(hasLongCells && {
                  ref: virtualizer.measureElement,
                  'data-index': index,
                  'data-long': true,
                })}
                style={{ ...template, position: 'absolute', insetInline: 0, top: start }}
              >
                {columns.map(({ key, isNumber, cell }) => (
                  <div key={key} role="cell" data-number={isNumber || undefined}>
                    {cell(row)}
                  </div>
                ))}
              </div>
            );
          })}
        </div>
      </div>
      {/* biome-ignore-end lint/a11y/useFocusableInteractive: see above */}
      {/* biome-ignore-end lint/a11y/useSemanticElements: see above */}
      <Text size="sm" c="dimmed" mt="xs">
        {t('rows', { count: rows.length })}
      </Text>
    </div>
  );
}
