/** When a request came: its id is a UUID of version 7, which begins with the milliseconds since 1970. */
export function requestInstantOf(id: string): Date {
  return new Date(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16));
}
