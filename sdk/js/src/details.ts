// What the headers of an answer say beside its body.

export interface Left {
  limit: number;
  remaining: number;
  resetsAt: Date;
}

/** What stands beside the data of an answer, and with an error of the service. */
export interface Details {
  /** Name it when you ask for support. */
  requestId: string | null;
  /** What the request cost: requests, or micro-dollars where the plan sells money; null where the service does not say. */
  charged: number | null;
  /** What is left this month at the provider that was used. */
  quota: Left | null;
  /** Of a license with a limit of requests a minute. */
  rateLimit: Left | null;
  headers: Headers;
}

export interface Answer<Data> extends Details {
  data: Data;
  /** Whether it is the first reply again, which an `Idempotency-Key` got before. */
  isReplay: boolean;
}

export function detailsOf(headers: Headers): Details {
  return {
    requestId: headers.get('x-request-id'),
    charged: numberIn(headers, 'x-quota-charged'),
    quota: leftOf(headers, 'x-quota'),
    rateLimit: leftOf(headers, 'x-ratelimit'),
    headers,
  };
}

export function numberIn(headers: Headers, name: string): number | null {
  const text = headers.get(name);
  return text !== null && /^\d+$/.test(text) ? Number(text) : null;
}

function leftOf(headers: Headers, name: string): Left | null {
  const [limit, remaining, resetSeconds] = ['limit', 'remaining', 'reset'].map(field =>
    numberIn(headers, `${name}-${field}`),
  );
  if (limit == null || remaining == null || resetSeconds == null) return null;
  return { limit, remaining, resetsAt: new Date(resetSeconds * 1000) };
}
