/**
 * One URL for each host of a URL that may name several: `postgres://user@one:5432,two:5433/name`.
 * @throws TypeError where one of them is no URL
 */
export function urlsOfHosts(text: string): [URL, ...URL[]] {
  const [, before = '', hosts = '', behind = ''] =
    /^([a-z]+:\/\/(?:[^/?#]*@)?)([^/?#]*)(.*)$/is.exec(text) ?? [];
  const [first = '', ...more] = hosts.split(',');
  const urlOf = (host: string) => new URL(before + host + behind);
  return [urlOf(first), ...more.map(urlOf)];
}
