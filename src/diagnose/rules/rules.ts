import type { Rule } from "../rule.ts";
import { loaderRules } from "./loader/loader.ts";

/** Every rule, by family. */
export const rules: readonly Rule[] = [...loaderRules];
