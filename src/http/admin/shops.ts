import { refuse } from '../../domain/refusal.js';
import { SHOPS } from '../../domain/shop.js';
import { phrase } from '../../i18n/phrases.js';
import { callersLanguage } from '../kernel/answering.js';
import { type Endpoint, endpoint } from '../kernel/endpoint.js';
import type { AdminDeps } from './adminDeps.js';
import { shopCheckAnswer } from './wire.js';

/** Tries what is set up for a shop, here and in the shop. */
export function shopEndpoints({ shops, catalog }: AdminDeps): Endpoint[] {
  return [
    endpoint(
      {
        method: 'get',
        path: '/admin/api/shops/{shop}/check',
        summary: 'Tries what is set up for a shop, here and there, and says what to change',
        access: 'viewer',
        answers: { 200: shopCheckAnswer },
      },
      async ({ answer, request, params }) => {
        const shop = SHOPS.find(name => name === params.shop);
        if (!shop) return refuse('not_found', 'not_found', { what: 'shop' });
        const language = callersLanguage(request);
        const checks = (await shops[shop].check([...catalog().products.values()])).map(each => ({
          ...each,
          says: phrase(language, each.says),
        }));
        return answer(200, { shop, ok: checks.every(({ ok }) => ok), checks });
      },
    ),
  ];
}
