// Where the reader is: the address below /docs, and what of it is in view.

import { useEffect } from 'react';
import { useLocation } from 'wouter';
import { useLocationProperty } from 'wouter/use-browser-location';

export interface Place {
  /** `''`, `errors`, `models/deepseek/deepseek-chat` */
  path: string;
  /** Without its `#`. */
  anchor: string;
}

export function usePlace(): Place {
  const [location] = useLocation();
  const anchor = useLocationProperty(() => decoded(window.location.hash.slice(1)));
  return { path: decoded(location.replace(/^\/docs\/?/, '').replace(/\/$/, '')), anchor };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

let wentBack = false;
addEventListener('popstate', () => {
  wentBack = true;
});

/** A page begins at its top; "back" leaves it to the browser, which knows where the reader was. */
export function useBeginning({ path, anchor }: Place): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page begins
  useEffect(() => {
    const isNew = !wentBack;
    wentBack = false;
    if (isNew && anchor === '') scrollTo(0, 0);
  }, [path, anchor]);
}

/** Shows what the address points at, as soon as it is there. */
export function useAnchor(anchor: string, isThere: boolean): void {
  useEffect(() => {
    if (!isThere || anchor === '') return;
    const target = document.getElementById(anchor);
    if (target instanceof HTMLDetailsElement) target.open = true;
    target?.scrollIntoView();
  }, [anchor, isThere]);
}
