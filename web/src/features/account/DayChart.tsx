// Requests by day. The chart is a canvas, so there is a table with the same numbers for people who cannot see it.

import { useComputedColorScheme, VisuallyHidden } from '@mantine/core';
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useTexts } from '../../messages/useTexts.js';
import { useFormat } from '../../ui/format.js';
import css from './account.module.css';
import type { UsageRow } from './holder.js';

const DAY_SECONDS = 86_400;
const HEIGHT_PX = 220;

interface DayChartProps {
  from: string;
  to: string;
  rows: UsageRow[];
}

export default function DayChart({ from, to, rows }: DayChartProps) {
  const t = useTexts('account');
  const format = useFormat();
  const place = useRef<HTMLDivElement>(null);
  const label = t('requests');
  const theme = useComputedColorScheme();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the format changes only with the language, the colours with the theme
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const data = everyDay(from, to, rows);
    const style = getComputedStyle(element);
    const ink = style.getPropertyValue('--mantine-color-dimmed');
    const accent = style.getPropertyValue('--mantine-primary-color-filled');
    const line = { stroke: style.getPropertyValue('--line'), width: 1 };
    // A canvas is drawn from left to right. The isolate lets a date keep the order of its own language.
    const shortDay = (seconds: number) =>
      `\u2068${format.shortDate(new Date(seconds * 1_000))}\u2069`;
    const bars = uPlot.paths.bars?.({ size: [0.7, 48] });
    const chart = new uPlot(
      {
        width: element.clientWidth,
        height: HEIGHT_PX,
        // Days are in the service's zone. Treated as UTC, the browser's zone cannot move them.
        tzDate: seconds => uPlot.tzDate(new Date(seconds * 1_000), 'UTC'),
        legend: { show: false },
        cursor: { y: false },
        scales: {
          // Half a day more at each side, where half of a bar stands.
          x: { range: (_, first, last) => [first - DAY_SECONDS / 2, last + DAY_SECONDS / 2] },
          y: { range: (_, __, most) => [0, Math.max(1, most)] },
        },
        axes: [
          {
            stroke: ink,
            grid: { show: false },
            // A Chinese day needs more room than what is left between two days by default.
            space: 64,
            values: (_, days) => days.map(day => shortDay(day)),
          },
          {
            stroke: ink,
            grid: line,
            values: (_, counts) => counts.map(format.count),
            incrs: WHOLE,
          },
        ],
        series: [
          {},
          {
            label,
            fill: accent,
            stroke: accent,
            ...(bars && { paths: bars }),
            points: { show: false },
          },
        ],
      },
      data,
      element,
    );
    const resized = new ResizeObserver(() =>
      chart.setSize({ width: element.clientWidth, height: HEIGHT_PX }),
    );
    resized.observe(element);
    return () => {
      resized.disconnect();
      chart.destroy();
    };
  }, [from, to, rows, label, theme]);
  return (
    <figure style={{ margin: 0 }}>
      <div ref={place} className={css.chart} aria-hidden="true" />
      <VisuallyHidden component="figcaption">
        {rows
          .map(({ key, requests }) => `${format.day(key)}: ${format.count(requests)}`)
          .join('; ')}
      </VisuallyHidden>
    </figure>
  );
}

/** The steps of the axis: whole numbers, because there are no half requests. */
const WHOLE = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 50_000, 100_000];

/** Adds the days without requests, with 0. */
function everyDay(from: string, to: string, rows: UsageRow[]): uPlot.AlignedData {
  const counts = new Map(rows.map(({ key, requests }) => [key, requests]));
  const days: number[] = [];
  const requests: number[] = [];
  for (let at = Date.parse(from) / 1_000; at <= Date.parse(to) / 1_000; at += DAY_SECONDS) {
    days.push(at);
    requests.push(counts.get(new Date(at * 1_000).toISOString().slice(0, 10)) ?? 0);
  }
  return [days, requests];
}
