/** One promise: how often it was looked at, and where it was broken, one sentence each. */
export interface Finding {
  promise: string;
  checked: number;
  broken: string[];
}
