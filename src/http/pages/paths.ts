// The addresses of the pages. What stands under them is the browser's part: web/src/routes.tsx.

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

/** `legal`: the ids of the operator's texts. */
export function isPage(path: string, legal: string[]): boolean {
  // A proxy may guard an address by its path: it has no second form.
  if (path.includes('//')) return false;
  const text = LEGAL.exec(path)?.[1];
  return text === undefined ? PAGES.some(page => page.test(path)) : legal.includes(text);
}

/** Where only programs ask: they get an error that they can read, whatever they say they accept. */
export function isForPrograms(path: string): boolean {
  return /^\/(api|v1|envelope|media|admin\/api|assets|pages)(\/|$)/.test(path);
}
