// A signed-in buyer's page has no license key. The session's cookie stands for the key of the buyer's license, so
// that the key stays on the server.

import type { IncomingMessage } from 'node:http';
import type { BuyerStore } from '../../store/licenses/buyers.js';
import type { CredentialGuard } from '../../store/limits/credentialGuard.js';
import { addressOf, type TrustProxy } from '../kernel/callerAddress.js';
import { cookieOf, keyInHeaders, takesKey } from '../kernel/credentials.js';

export interface SessionKeyDeps {
  buyers: Pick<BuyerStore, 'session' | 'reveal'>;
  credentials: CredentialGuard;
  /** Compared with the origin too, because a proxy may replace the host that the browser asked. */
  publicUrl: string;
}

export const SESSION_COOKIE = 'sahm_session';

/** The id of the license, if the account has several. Without it, the oldest usable one. */
const LICENSE_HEADER = 'x-license';

/** This route reads the session itself. */
const REVEAL = /^\/+api\/+license\/+reveal\b/;

const READING = ['GET', 'HEAD'];

/**
 * Puts the key of the session's license into a request that a page of ours sent without a key. Undefined if there is
 * nothing to wait for. Without a valid session the request is left as it is, and is refused as one without a key.
 */
export function sessionKeyFor(deps: SessionKeyDeps, trustProxy: TrustProxy) {
  const { buyers, credentials, publicUrl } = deps;
  return (request: IncomingMessage): Promise<void> | undefined => {
    const { url = '', headers } = request;
    if (headers.cookie === undefined || !takesKey(url) || REVEAL.test(url)) return undefined;
    const token = cookieOf(request, SESSION_COOKIE);
    if (
      token === '' ||
      keyInHeaders(request) !== undefined ||
      isFromElsewhere(request, publicUrl)
    ) {
      return undefined;
    }
    return addKey(request, token);
  };

  async function addKey(request: IncomingMessage, token: string): Promise<void> {
    const address = () => addressOf(request, trustProxy);
    const session = await credentials.find(token, address, () => buyers.session(token));
    if (!session || 'kind' in session) return;
    const wanted = request.headers[LICENSE_HEADER];
    const chosen = wanted === undefined ? undefined : String(wanted);
    const revealed = await buyers.reveal(session.accountId, chosen);
    if (revealed) request.headers['x-api-key'] = revealed.key;
  }
}

/**
 * Whether a page of another origin sent the request. The cookie is `SameSite=Strict`, but other hosts of the same
 * domain are the same site. Browsers tell whether the page has this origin; over plain HTTP they only name the origin.
 */
function isFromElsewhere({ method = '', headers }: IncomingMessage, publicUrl: string): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) {
    return site !== 'same-origin' && !(site === 'none' && READING.includes(method));
  }
  if (headers.origin === undefined) return false;
  const host = URL.canParse(headers.origin) ? new URL(headers.origin).host : null;
  return host !== headers.host && host !== new URL(publicUrl).host;
}
