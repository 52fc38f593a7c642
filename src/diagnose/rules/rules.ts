import type { Rule } from "../rule.ts";
import { loaderRules } from "./loader/loader.ts";
import { setupRules } from "./setup/setup.ts";

/** Every rule, by family. */
export const rules: readonly Rule[] = [...setupRules, ...loaderRules];
