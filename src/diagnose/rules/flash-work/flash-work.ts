import type { Rule } from "../../rule.ts";
import { flashFromLog } from "./from-log.ts";
import { workInterrupted } from "./interrupted.ts";

/** Work on flash that did not succeed. */
export const flashWorkRules: readonly Rule[] = [flashFromLog, workInterrupted];
