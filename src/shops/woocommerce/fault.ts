// Describes a wrong answer of a shop's REST API, and what the shop's owner has to change.

import { repeatable } from '../../domain/secretForms.js';

interface Answered {
  status: number;
  /** Undefined if it is no JSON, such as an HTML page, or longer than we read. */
  answer: unknown;
  location: string | null;
}

/** `WooCommerce answered 401 (…) to orders: what to change`. */
export function describeFault(what: string, answered: Answered): string {
  const { code, message } = Object(answered.answer) as Record<string, unknown>;
  const said = [code, message].filter(part => typeof part === 'string').join(': ');
  // The shop may repeat our request, so keys are removed before this gets into a log.
  const shown = said === '' ? '' : ` (${repeatable(said)})`;
  return `WooCommerce answered ${answered.status}${shown} to ${what}: ${adviceOn(answered)}`;
}

function adviceOn({ status, answer, location }: Answered): string {
  const { code } = Object(answer) as { code?: unknown };
  if (status >= 300 && status < 400) {
    return `WOOCOMMERCE_URL must be the final address, without a redirect${leadsTo(location)}`;
  }
  switch (status) {
    case 400:
      return refusesStatus(answer)
        ? 'the shop does not have all statuses that WOOCOMMERCE_PAID_STATUSES names'
        : 'it does not understand the question: is it older than WooCommerce 5.8?';
    case 401:
      return code === 'woocommerce_rest_authentication_error'
        ? 'WOOCOMMERCE_CONSUMER_KEY or WOOCOMMERCE_CONSUMER_SECRET is wrong, or the key lacks the permission'
        : 'the key did not arrive or is wrong: check both halves of it, and whether the host strips the header Authorization';
    case 403:
      return 'the key needs the permission "Read" (with WOOCOMMERCE_KEY_NOTE "Read/Write"), and a user who manages the shop; or a firewall keeps us out';
    case 404:
      return 'the REST API is not there: permalinks must not be "Plain", and WOOCOMMERCE_URL must be the shop';
    case 429:
      return 'it is asked too often; it is asked again later';
    default:
      return status < 300
        ? 'that is no answer of the REST API: a page of maintenance, or of a plug-in?'
        : 'the shop is in trouble; it is asked again later';
  }
}

/** Whether the shop refused our list of statuses. WordPress names the refused parameters. */
function refusesStatus(answer: unknown): boolean {
  return 'status' in Object(Object(Object(answer).data).params);
}

function leadsTo(location: string | null): string {
  if (location === null || !URL.canParse(location)) return '';
  const { origin, pathname } = new URL(location);
  return `; this one leads to ${repeatable(origin + pathname)}`;
}
