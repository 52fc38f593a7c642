import { hex, hex32 } from "../base/bytes.ts";
import type { OptionOutcome, OptionPlan, OptionReading } from "../stm32/option-bytes/option-controller.ts";
import { labelled } from "./finding-words.ts";

/** What `option-bytes get` prints. */
export function readingLines(chip: string, reading: OptionReading): string[] {
  const { fields, registers, bytes, address, problems } = reading;
  const width = Math.max(...fields.map(({ name }) => name.length));
  const rows = fields.map(({ name, loaded, stored, words }) => {
    const { value, meaning } = words(loaded);
    const pending = stored === undefined || stored === loaded ? "" : `; from the next reset on ${words(stored).value}`;
    return `${name.padEnd(width)}  ${value} (${meaning})${pending}`;
  });
  const halves =
    bytes === undefined
      ? "hidden by the read protection"
      : Array.from({ length: bytes.length / 2 }, (_, i) => hex(bytes[2 * i] | (bytes[2 * i + 1] << 8), 4)).join(" ");
  return [
    `Option bytes of ${chip}`,
    ...rows,
    ...registers.map(({ name, value }) => `${name} = ${hex32(value)}`),
    `${hex32(address)}: ${halves}`,
    ...problems.flatMap((problem) => labelled("Problem:", [problem])),
  ];
}

/** The same for programs. */
export function readingJson({ family, protectionLevel, fields, registers, bytes, address, problems }: OptionReading) {
  return {
    family,
    protectionLevel,
    options: Object.fromEntries(
      fields.map(({ key, name, loaded, stored, words }) => [
        key,
        { name, loaded, stored: stored ?? null, words: words(loaded).value },
      ]),
    ),
    registers: Object.fromEntries(registers.map(({ name, value }) => [name, value])),
    address,
    bytes: bytes === undefined ? null : [...bytes],
    problems,
  };
}

/** What is going to be done. */
export function planLines(chip: string, plan: OptionPlan): string[] {
  if (plan.nothing) return [];
  const { changes, destroys, effect } = plan;
  const rows = changes.map(({ name, fromWords, toWords }) => `  ${name}: ${fromWords} -> ${toWords}`);
  if (rows.length === 0) rows.push("  every option byte is written again, with the value that is in force");
  return [
    `Option bytes of ${chip}:`,
    ...rows,
    ...destroys.flatMap((what) => labelled("Destroys:", [`${what}.`])),
    ...effect.flatMap((when) => labelled("Effect:", [when])),
  ];
}

/** What the user has to agree to. */
export function consentLines(chip: string, { changes, destroys, warnings, effect }: OptionPlan): string[] {
  const what = changes.map(({ name, fromWords, toWords }) => `${name} ${fromWords} -> ${toWords}`).join(", ");
  const cost = destroys.length === 0 ? warnings : destroys.map((each) => `This destroys ${each}.`);
  return [`Option bytes of ${chip}: ${what}.`, ...cost, ...effect];
}

/** What was done. */
export function outcomeLines(plan: OptionPlan, done: boolean, dryRun: boolean, outcome?: OptionOutcome): string[] {
  if (plan.nothing) return ["Nothing to do: the option bytes are so already."];
  if (dryRun)
    return [...plan.warnings.flatMap((text) => labelled("Warning:", [text])), "Nothing was changed (--dry-run)."];
  if (!done) return [];
  const written = plan.changes.map(({ name, toWords }) => `${name} = ${toWords}`);
  const what = written.length === 0 ? "The option bytes were written again" : `Written: ${written.join(", ")}`;
  const erased = outcome?.erasedBytes;
  return [
    `${what}.`,
    ...(erased === undefined ? [] : [`The flash is erased: all ${erased / 1024} KiB were read and hold nothing.`]),
    outcome?.inForce ? "In force after a reset." : "Not in force yet: reset the chip, or switch it off and on.",
  ];
}

/** Plan and outcome for programs. */
export function changeJson(plan: OptionPlan, outcome?: OptionOutcome) {
  const { changes, destroys, warnings, effect } = plan;
  return {
    changes: changes.map(({ key, from, to }) => ({ key, from, to })),
    destroys,
    warnings,
    effect,
    inForce: plan.nothing || (outcome?.inForce ?? false),
    ...(outcome?.erasedBytes !== undefined && { erasedBytes: outcome.erasedBytes }),
  };
}
