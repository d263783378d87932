// How many decimals people write of a currency. Keep these the same as in src/domain/money.ts: amounts are counted in
// those smallest units. What the browser knows of currencies differs, and has no toman.

const PLACES = new Map([
  ...'BIF CLP DJF GNF IRR IRT JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF XTR'
    .split(' ')
    .map(code => [code, 0] as const),
  ...'BHD JOD KWD OMR TND'.split(' ').map(code => [code, 3] as const),
]);

export function placesOf(currency: string): number {
  return PLACES.get(currency) ?? 2;
}
