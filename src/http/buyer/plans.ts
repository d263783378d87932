// GET /api/plans: what can be bought, for everybody.

import { type Catalog, planCovers } from '../../domain/catalog.js';
import { DESCRIPTIONS, PROVIDERS, WALLET } from '../../domain/provider.js';
import { callersLanguage } from '../kernel/answering.js';
import { type Endpoint, endpoint } from '../kernel/endpoint.js';
import { plansAnswer } from './wire.js';

export function plans({ catalog }: { catalog: () => Catalog }): Endpoint {
  return endpoint(
    {
      method: 'get',
      path: '/api/plans',
      summary: 'The plans from the least to the most, with what each opens, and the add-ons',
      access: 'public',
      query: null,
      answers: { 200: plansAnswer },
      noStore: false,
    },
    async ({ answer, request, response }) => {
      const language = callersLanguage(request);
      const sold = catalog();
      const models = [...sold.models.values()];
      const products = [...sold.products.values()];
      response.vary('Accept-Language');
      return answer(200, {
        plans: [...sold.plans.values()].map(({ code, rank, name, allowances, wallet }) => ({
          code,
          rank,
          name: name[language],
          allowances: (wallet ? [] : PROVIDERS).map(provider => ({
            provider,
            name: DESCRIPTIONS[provider].name,
            requests: allowances[provider],
          })),
          ...(wallet && { microusd: wallet.monthlyMicrousd }),
          models: models.filter(model => planCovers(sold, code, model.minimumPlan)).length,
          products: products.flatMap(product =>
            product.kind === 'plan' && product.plan === code
              ? [{ id: product.id, term: product.term }]
              : [],
          ),
        })),
        addons: products.flatMap(product =>
          product.kind === 'addon' && product.provider !== WALLET
            ? [
                {
                  id: product.id,
                  provider: product.provider,
                  requests: product.units,
                  lasts: product.lasts,
                  minimum_plan: product.minimumPlan,
                },
              ]
            : [],
        ),
        wallet_addons: products.flatMap(product =>
          product.kind === 'addon' && product.provider === WALLET
            ? [
                {
                  id: product.id,
                  microusd: product.units,
                  lasts: product.lasts,
                  minimum_plan: product.minimumPlan,
                },
              ]
            : [],
        ),
      });
    },
  );
}
