/** Who is told when a value changes that no component owns. `listen` is what `useSyncExternalStore` takes. */
export class Listeners {
  readonly #all = new Set<() => void>();

  readonly listen = (listener: () => void): (() => void) => {
    this.#all.add(listener);
    return () => this.#all.delete(listener);
  };

  tell(): void {
    for (const listener of this.#all) listener();
  }
}
