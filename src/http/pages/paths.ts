// The paths of the pages. web/src/routes.tsx has what the browser shows for them.

const PAGES = [
  /^\/$/,
  /^\/playground$/,
  /^\/account(\/|$)/,
  /^\/claim\/[^/]+$/,
  /^\/sign-in\/[^/]+$/,
  /^\/admin$/,
  /^\/admin\/(?!api(\/|$))/,
  /^\/docs(\/|$)/,
];
const LEGAL = /^\/legal\/([^/]+)$/;

/** `legal` has the ids of the operator's texts. */
export function isPage(path: string, legal: string[]): boolean {
  // No second spelling of a path, because a proxy may have rules for paths.
  if (path.includes('//')) return false;
  const text = LEGAL.exec(path)?.[1];
  return text === undefined ? PAGES.some(page => page.test(path)) : legal.includes(text);
}

/** Paths that only programs request. Their errors are JSON, whatever the `Accept` header says. */
export function isForPrograms(path: string): boolean {
  return /^\/(api|v1|envelope|media|admin\/api|assets|pages)(\/|$)/.test(path);
}
