import type { Rule } from "../rule.ts";
import { boardRules } from "./board/board.ts";
import { bootLoaderRules } from "./boot-loader/boot-loader.ts";
import { chipRules } from "./chip/chip.ts";
import { firmwareRules } from "./firmware/firmware.ts";
import { flashRules } from "./flash/flash.ts";
import { flashWorkRules } from "./flash-work/flash-work.ts";
import { loaderRules } from "./loader/loader.ts";
import { probeRules } from "./probe/probe.ts";
import { protectionRules } from "./protection/protection.ts";
import { securityRules } from "./security/security.ts";
import { setupRules } from "./setup/setup.ts";
import { wireRules } from "./wire/wire.ts";

/** Every rule, by family. */
export const rules: readonly Rule[] = [
  ...setupRules,
  ...probeRules,
  ...bootLoaderRules,
  ...wireRules,
  ...chipRules,
  ...protectionRules,
  ...securityRules,
  ...firmwareRules,
  ...flashRules,
  ...boardRules,
  ...flashWorkRules,
  ...loaderRules,
];
