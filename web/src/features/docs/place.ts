// The reader's place: the address below /docs, and the anchor in the page.

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

/** Scrolls to the anchor as soon as its element exists. */
export function useAnchor(anchor: string, isThere: boolean): void {
  useEffect(() => {
    if (!isThere || anchor === '') return;
    const target = document.getElementById(anchor);
    if (target instanceof HTMLDetailsElement) target.open = true;
    target?.scrollIntoView();
  }, [anchor, isThere]);
}
