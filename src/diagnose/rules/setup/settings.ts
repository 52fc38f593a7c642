/** Settings of cortex-debug's that a debug configuration lacks. */
import { quotes } from "../../fact-set.ts";
import type { FactOf } from "../../facts.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";

/** An example of each setting that cortex-debug may ask for. */
const settings: Readonly<Record<string, string>> = {
  configFiles: '["interface/stlink.cfg", "target/stm32f1x.cfg"], with the file of the chip\'s family',
  device: '"STM32F103C8"',
  gdbTarget: '"localhost:61234"',
};

/** Without it nothing starts: cortex-debug itself says that it is not there, or the configuration shows it. */
export function settingMissing(found: FactOf<"option-unknown"> | FactOf<"setting-missing">, key: string): Conclusion {
  return conclusion("vscode-setting-missing", {
    certainty: found.kind === "option-unknown" ? "certain" : "likely",
    values: {
      configuration: "The debug configuration in launch.json",
      lack: `has no "${key}", and cortex-debug does not start without it`,
      correction: `Add "${key}": ${settings[key] ?? "..."} to it.`,
    },
    evidence: quotes(found),
    weight: 90,
    explains: ["not-enough-to-tell"],
  });
}

const wanted = {
  liveWatch: {
    lack: 'does not turn live watch on ("liveWatch"), and without that its panel shows names and no values',
    correction:
      '"liveWatch": { "enabled": true, "samplesPerSecond": 4 }, and start the session anew. OpenOCD, J-Link and other servers that take a second GDB serve it.',
  },
  runToEntryPoint: {
    lack: 'has no "runToEntryPoint", so that the session begins where a reset leads, halted at the first instruction of the reset handler. The stop has no name that cortex-debug knows, which it shows as an exception; nothing failed',
    correction:
      '"runToEntryPoint": "main" ("runToMain": true in old releases), or continue (F5): the core waits for that.',
  },
} as const;

/** What somebody misses who has not set it. */
export const settingWanted: Rule = {
  name: "setting-wanted",
  why: 'cortex-debug reads variables of a running core where "liveWatch" is enabled, and lets it run to a function where "runToEntryPoint" names one; by default it does neither (its debug_attributes.md).',
  conclude(facts) {
    const found = facts.last("setting-missing");
    if (found === undefined) return [];
    const { name, shown } = found.value;
    if (name === "configFiles") return facts.has("option-unknown") ? [] : [settingMissing(found, name)];
    return [
      conclusion("vscode-setting-missing", {
        certainty: shown ? "likely" : "possible",
        severity: "warning",
        values: {
          configuration: "The debug configuration in launch.json",
          lack: wanted[name].lack,
          correction: `Add ${wanted[name].correction}`,
        },
        evidence: quotes(found),
        weight: 30,
        explains: ["not-enough-to-tell"],
      }),
    ];
  },
};

/** The setting from which cortex-debug fills in an option of OpenOCD's trace port. */
const fills: Readonly<Record<string, string>> = { "-pin-freq": "swoFrequency", "-traceclk": "cpuFrequency" };

/** A command in which a value is missing. */
export const valueUndefined: Rule = {
  name: "value-undefined",
  why: "`undefined` is what JavaScript prints of a value that is not there (ECMA-262, ToString): VS Code's extensions put commands together from settings, of which this one has none.",
  conclude(facts) {
    const all = facts.all("value-undefined");
    const told = all.findLast(({ value }) => value.option !== undefined);
    if (all.length === 0) return [];
    const option = told?.value.option;
    const setting = fills[option ?? ""];
    return [
      conclusion("vscode-setting-missing", {
        certainty: setting === undefined ? "possible" : "likely",
        values: {
          configuration: "The debug configuration in launch.json",
          lack:
            setting === undefined
              ? `gives no value for ${option ?? "what a command takes"}: the command has the word undefined there, which a front end in JavaScript prints of a setting that is not set`
              : `has no "${setting}" in its "swoConfig": the command has the word undefined in its place (${option}), and the trace port is not set up`,
          correction:
            setting === undefined
              ? `Look for the setting from which ${option ?? "that value"} is filled in, and give it a value.`
              : `Add "${setting}" to "swoConfig", in hertz: ${setting === "swoFrequency" ? "the bit rate on SWO (2000000 suits an ST-LINK), a whole fraction of the core's clock" : "the core's clock as the program sets it"}.`,
        },
        evidence: quotes(all[0], told),
        weight: setting === undefined ? 40 : 84,
        explains: ["not-enough-to-tell"],
      }),
    ];
  },
};
