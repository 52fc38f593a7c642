/** Logs of failures with a known cause, in their tools' own formats, and what may be concluded from each. */
import type { Scenario } from "./scenario.ts";
import { programmerScenarios } from "./st-programmer-scenarios.ts";
import { secondTryScenarios } from "./st-second-try-scenarios.ts";
import { serverSessionScenarios } from "./st-server-session-scenarios.ts";
import { serverStartScenarios } from "./st-server-start-scenarios.ts";
import { untoldScenarios } from "./st-untold-scenarios.ts";

export { healthy } from "./healthy.ts";
export type { Scenario } from "./scenario.ts";

export const scenarios: readonly Scenario[] = [
  ...serverStartScenarios,
  ...serverSessionScenarios,
  ...programmerScenarios,
  ...untoldScenarios,
  ...secondTryScenarios,
];
