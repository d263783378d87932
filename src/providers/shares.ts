// How much of something that all share is in use by one license: there is a most, so that what is left is
// there for the others.

export interface Shares {
  /** False where the license has as much as one may have. What was taken has to be given back. */
  take(license: string): boolean;
  giveBack(license: string): void;
}

export function createShares(most: number): Shares {
  const taken = new Map<string, number>();
  return {
    take(license) {
      const count = taken.get(license) ?? 0;
      if (count >= most) return false;
      taken.set(license, count + 1);
      return true;
    },
    giveBack(license) {
      const count = taken.get(license) ?? 0;
      if (count > 1) taken.set(license, count - 1);
      else taken.delete(license);
    },
  };
}
