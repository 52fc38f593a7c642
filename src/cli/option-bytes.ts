import type { Command } from "commander";
import { isProbityError } from "../base/errors.ts";
import { changeOptions } from "../stm32/option-bytes/change-options.ts";
import { openOptionBytes } from "../stm32/option-bytes/open.ts";
import type { OptionController, OptionOutcome, OptionReading } from "../stm32/option-bytes/option-controller.ts";
import { confirm } from "./confirm.ts";
import { printResult } from "./json-output.ts";
import { type TargetForWork, type TargetOptions, withTarget } from "./one-shot.ts";
import { changeJson, consentLines, outcomeLines, planLines, readingJson, readingLines } from "./option-bytes-words.ts";
import { Refusal } from "./refusal.ts";
import { withTargetOptions } from "./target-options.ts";
import type { Terminal } from "./terminal.ts";
import { noticeLines } from "./words.ts";

interface ChangeOptions extends TargetOptions {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  /** False: `--no-reset`. */
  readonly reset: boolean;
}

/** What to change, once it is known which options the chip has and how they stand. */
type Wanted = (controller: OptionController, reading: OptionReading) => ReadonlyMap<string, number>;

/** `probity option-bytes get|set`, `protect` and `unprotect`. */
export function addOptionBytesVerbs(program: Command, terminal: Terminal): void {
  const group = program.command("option-bytes").description("show or change the option bytes");
  withTargetOptions(
    group.command("get").description("show the option bytes: in force, and stored for the next reset"),
  ).action(async (options: TargetOptions) => {
    const { json } = options;
    await withOptionBytes(options, terminal, async ({ chip, findings }, _, reading) => {
      const value = { chip: chip.name, ...readingJson(reading), findings };
      printResult(terminal, { json, value, lines: () => readingLines(chip.name, reading) });
    });
  });
  withChangeOptions(
    group
      .command("set")
      .description("change option bytes, and reset the chip: rdp=0|1 wdg_sw=0|1 nrst_stop=0|1 data0=0x5A wrp=0-7 ...")
      .argument("<key=value...>"),
  ).action(async (words: string[], options: ChangeOptions) => {
    const pairs = words.map(pairOf);
    for (const [i, [key]] of pairs.entries()) {
      if (pairs.slice(0, i).some(([before]) => before === key)) throw givenTwice(key);
    }
    await change(options, terminal, (controller) => {
      return new Map(pairs.map(([key, text]) => [key, controller.parse(key, text)]));
    });
  });
  withChangeOptions(
    program
      .command("protect")
      .description("protect flash against debuggers (--read) or against erasing and programming (--write RANGES)")
      .option("--read", "read protection level 1: taking it away again erases the whole flash")
      .option("--write <ranges>", "pages such as 0-7, addresses such as 0x08000000-0x08001FFF, or all"),
  ).action(async (options: ChangeOptions & { read?: boolean; write?: string }) => {
    const { read, write } = options;
    if (!read && write === undefined) {
      throw new Refusal("protect-what", "It is not said what to protect against.", {
        remedy: ["Give --read, --write RANGES, or both."],
      });
    }
    await change(options, terminal, (controller, reading) => {
      const wanted = new Map<string, number>();
      if (read) wanted.set("rdp", Math.max(1, reading.protectionLevel));
      // What is protected already stays so; a 0 bit protects.
      if (write !== undefined) wanted.set("wrp", (controller.parse("wrp", write) & wrpOf(reading)) >>> 0);
      return wanted;
    });
  });
  withChangeOptions(
    program
      .command("unprotect")
      .description("take read protection (which erases the whole flash) and write protection away")
      .option("--read", "read protection only")
      .option("--write", "write protection only"),
  ).action(async (options: ChangeOptions & { read?: boolean; write?: boolean }) => {
    const both = !options.read && !options.write;
    await change(options, terminal, (controller) => {
      const wanted = new Map<string, number>();
      if (options.read || both) wanted.set("rdp", 0);
      if (options.write || both) wanted.set("wrp", controller.parse("wrp", "none"));
      return wanted;
    });
  });
}

function withChangeOptions(command: Command): Command {
  return withTargetOptions(command)
    .option("--yes", "don't ask before the read protection changes")
    .option("--dry-run", "say what would be done, and do nothing")
    .option("--no-reset", "leave it to a later reset to put it in force");
}

function wrpOf({ fields }: OptionReading): number {
  const field = fields.find(({ key }) => key === "wrp");
  return field?.stored ?? field?.loaded ?? 0xffffffff;
}

function pairOf(word: string): [string, string] {
  const [, key, value] = /^([a-z0-9_]+)=(.+)$/i.exec(word) ?? [];
  if (key !== undefined && value !== undefined) return [key.toLowerCase(), value];
  throw new Refusal("option-byte-value", `"${word}" is not KEY=VALUE.`, {
    facts: { word },
    remedy: ["Write for example wdg_sw=0 data0=0x5A. Nothing was changed."],
  });
}

function givenTwice(key: string): Refusal {
  return new Refusal("option-byte-value", `${key} is given twice.`, {
    facts: { key },
    remedy: ["Give each option once. Nothing was changed."],
  });
}

/** Opens the target without a reset: what a cut-off change left is lost by one. */
async function withOptionBytes(
  options: TargetOptions,
  terminal: Terminal,
  work: (target: TargetForWork, controller: OptionController, reading: OptionReading) => Promise<void>,
): Promise<void> {
  await withTarget({ ...options, connect: "attach" }, terminal, async (target) => {
    const { chip, clock, session } = target;
    try {
      const controller = alone(session, openOptionBytes(chip, target.target.port, clock));
      const reading = await controller.read();
      await work(target, controller, reading);
    } catch (error) {
      throw asRefusal(error);
    }
  });
}

async function change(options: ChangeOptions, terminal: Terminal, wantedOf: Wanted): Promise<void> {
  const { json, yes, dryRun = false, reset } = options;
  const note = (text: string): void => terminal.error(`${noticeLines(text).join("\n")}\n`);
  await withOptionBytes(options, terminal, async (target, controller, reading) => {
    const { chip, session, findings, stop } = target;
    const plan = controller.plan(reading, wantedOf(controller, reading));
    const print = (done: boolean, outcome?: OptionOutcome): void =>
      printResult(terminal, {
        json,
        value: { chip: chip.name, dryRun, done, ...changeJson(plan, outcome), findings },
        lines: () => outcomeLines(plan, done, dryRun, outcome),
      });
    if (dryRun || plan.nothing) {
      if (!json) for (const line of planLines(chip.name, plan)) terminal.out(`${line}\n`);
      return print(false);
    }
    for (const warning of plan.warnings) note(`Warning: ${warning}`);
    if (plan.needsConsent) await confirm(terminal, { lines: consentLines(chip.name, plan), yes });
    const core = { halt: () => session.halt(), reset: () => session.reset("system", { halt: true }) };
    const outcome = await stop.inOrder(() => changeOptions(core, controller, plan, { inForce: reset }));
    // The program runs again, where there is one.
    if (outcome !== undefined && !plan.unprotects) await session.resume();
    for (const text of outcome?.notes ?? []) note(`Note: ${text}`);
    print(true, outcome);
  });
}

/** The controller with the session's lock around what it does. */
function alone(session: TargetForWork["session"], controller: OptionController): OptionController {
  return {
    read: () => session.exclusive(() => controller.read()),
    parse: (key, text) => controller.parse(key, text),
    plan: (reading, wanted) => controller.plan(reading, wanted),
    apply: (plan) => session.exclusive(() => controller.apply(plan)),
    check: (plan) => session.exclusive(() => controller.check(plan)),
  };
}

/** Errors about option bytes say all themselves. */
function asRefusal(error: unknown): unknown {
  if (!isProbityError(error) || !error.code.startsWith("option-")) return error;
  const { code, message, facts, remedy } = error;
  return new Refusal(code, message, { facts, remedy, cause: error });
}
