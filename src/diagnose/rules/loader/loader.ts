import type { Rule } from "../../rule.ts";
import { externalFlashFromLog } from "./external-flash.ts";
import { externalMemoryUnread } from "./external-memory-unread.ts";
import { externalPartFaults } from "./external-part-faults.ts";
import { loaderInitFromLog } from "./init-from-log.ts";

/** External loaders. */
export const loaderRules: readonly Rule[] = [
  loaderInitFromLog,
  externalMemoryUnread,
  externalPartFaults,
  externalFlashFromLog,
];
