import type { LogReader } from "./log-reader.ts";

/** Every reader there is. A new tool's is added here. */
export const readers: readonly LogReader[] = [];
