export default {
  noLicense: 'the account has no license',
  noneOfOurs: 'no line of it is ours',
  noLineYet: 'no line of this order is known yet',
  neverPaid: 'nothing of this order was ever paid',
  notPaidYet: 'the shop has not told yet that anything of it is paid',
  orderUnknown: 'the order itself is not known yet',
  namesNobody: 'it is paid and names nobody: it has no e-mail address that can be read',
  correctOrAssign: 'correct it in the shop, or assign it',
  buyerRevoked:
    "the buyer's license is revoked: give the money back, or assign the order to the buyer for a new one",
  shareUnknown:
    'an amount of it went back, and what was paid was never told: decide by hand which share that is',
  emailNeeded: 'email: is needed',
  productNeeded: 'product: is needed',
  needsPlan: 'the license needs the plan {name}',
  productUnknown: 'the product {name} is not in the catalogue',
  hadBefore: 'the buyer had the product {name} before',
  settledByHand: 'settled: {name}',
  orderSettled: 'the order is settled: {name}',
} as const;
