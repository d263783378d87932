// The look of the pages: one accent colour, and shades of grey.

import { createTheme, type MantineColorsTuple, type MantineThemeOverride } from '@mantine/core';

const ACCENT = '#0f766e';
const LATIN = "'Vazirmatn Variable', system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";
/** Fonts of the device, because a web font with all Chinese characters would have megabytes. */
const CHINESE =
  "system-ui, -apple-system, 'PingFang TC', 'Microsoft JhengHei', 'Noto Sans CJK TC', 'Noto Sans TC', sans-serif";
const MONOSPACE =
  "ui-monospace, 'SF Mono', 'Cascadia Code', Menlo, Consolas, 'DejaVu Sans Mono', monospace";
/** How much white (below 0: black) is mixed into each shade. The seventh is the colour itself. */
const SHADES = [0.93, 0.82, 0.68, 0.52, 0.36, 0.16, 0, -0.14, -0.28, -0.42];

export function themeOf(accent: string | null, language: string): MantineThemeOverride {
  const fontFamily = language.startsWith('zh') ? CHINESE : LATIN;
  return createTheme({
    colors: { accent: shadesOf(accent ?? ACCENT) },
    primaryColor: 'accent',
    primaryShade: 6,
    autoContrast: true,
    fontFamily,
    fontFamilyMonospace: MONOSPACE,
    headings: { fontFamily, fontWeight: '700' },
    defaultRadius: 'md',
    cursorType: 'pointer',
    respectReducedMotion: true,
    components: {
      Alert: {
        styles: {
          // In some of the colours it would be too pale on them.
          title: { color: 'var(--mantine-color-text)' },
          // A long address or code in it is broken, or scrolled in its own field: it must not widen what is around it.
          body: { minWidth: 0 },
          message: { overflowWrap: 'anywhere' },
        },
      },
    },
  });
}

function shadesOf(hex: string): MantineColorsTuple {
  const [first = hex, ...others] = SHADES.map(share => mixed(hex, share));
  const [b = hex, c = hex, d = hex, e = hex, f = hex, g = hex, h = hex, i = hex, j = hex] = others;
  return [first, b, c, d, e, f, g, h, i, j];
}

function mixed(hex: string, share: number): string {
  const towards = share > 0 ? 255 : 0;
  const parts = [1, 3, 5].map(at => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16);
    return Math.round(part + (towards - part) * Math.abs(share));
  });
  return `#${parts.map(part => part.toString(16).padStart(2, '0')).join('')}`;
}
