/** Something that can be ended once; ending it again does nothing. */
export interface Disposable {
  dispose(): void;
}

/**
 * A typed stream of events: `EventStream<{ "target.halted": { pc: number } }>`. Listeners are called in the order in
 * which they were added, at once; one that throws does not keep the others from hearing, its error is rethrown in a
 * microtask so that it is never lost.
 */
export class EventStream<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<(event: never) => void>>();
  readonly #all = new Set<(name: keyof Events, event: Events[keyof Events]) => void>();

  on<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void): Disposable {
    const set = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, set);
    set.add(listener as (event: never) => void);
    return { dispose: () => void set.delete(listener as (event: never) => void) };
  }

  /** Hears every event, whatever its name. */
  onAny(listener: (name: keyof Events, event: Events[keyof Events]) => void): Disposable {
    this.#all.add(listener);
    return { dispose: () => void this.#all.delete(listener) };
  }

  emit<Name extends keyof Events>(name: Name, event: Events[Name]): void {
    const call = (run: () => void): void => {
      try {
        run();
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    };
    for (const listener of [...(this.#listeners.get(name) ?? [])]) call(() => listener(event as never));
    for (const listener of [...this.#all]) call(() => listener(name, event));
  }
}
