import { useEffect } from 'react';
import { useLocation } from 'wouter';
import { useLocationProperty } from 'wouter/use-browser-location';

let wentBack = false;
addEventListener('popstate', () => {
  wentBack = true;
});

/** A new page begins at its top. For "back", the browser restores the position. */
export function useBeginning(): void {
  const [path] = useLocation();
  const hash = useLocationProperty(() => location.hash);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page begins
  useEffect(() => {
    const isNew = !wentBack;
    wentBack = false;
    if (isNew && hash === '') scrollTo(0, 0);
  }, [path, hash]);
}
