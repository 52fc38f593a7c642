declare const __PROBITY_VERSION__: string | undefined;

/** The version of this package; `0.0.0-source` when it runs from its sources. */
export const probityVersion = typeof __PROBITY_VERSION__ === "string" ? __PROBITY_VERSION__ : "0.0.0-source";
