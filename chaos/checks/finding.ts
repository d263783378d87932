/** The result for one promise: how often it was checked, and a sentence for each time it was broken. */
export interface Finding {
  promise: string;
  checked: number;
  broken: string[];
}
