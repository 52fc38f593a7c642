/** External loaders. */

export interface LoaderFacts {
  loader: { readonly name: string; readonly path?: string };
  "loader-init": {
    readonly outcome: "ok" | "failed" | "timed-out";
    /** What the tool says Init() returned. */
    readonly returned?: number;
    /** The core still ran when the tool gave up, after so many seconds. */
    readonly running?: boolean;
    readonly waited?: number;
  };
  /** An external loader was set to work, whether or not its name is told. */
  "loader-started": Record<string, never>;
  /** A dump of registers: name and value in order. */
  "register-dump": { readonly registers: readonly (readonly [name: string, value: number])[] };
}
