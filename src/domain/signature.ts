// What files of a type begin with.

/** The first bytes; `null` stands for any byte. */
export type Signature = Array<number | null>;

export function isSigned(bytes: Uint8Array, signatures: Signature[]): boolean {
  return signatures.some(signature =>
    signature.every((byte, index) => byte === null || bytes[index] === byte),
  );
}

/** The type whose files begin as these bytes do; null of others. */
export function typeBySignature(
  signatures: Record<string, Signature[]>,
  bytes: Uint8Array,
): string | null {
  const found = Object.entries(signatures).find(([, ofType]) => isSigned(bytes, ofType));
  return found?.[0] ?? null;
}
