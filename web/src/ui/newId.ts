/** `crypto.randomUUID` is only there over HTTPS and on this machine, and not for a first try in the own network. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');
}
