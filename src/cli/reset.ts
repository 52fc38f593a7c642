import type { Command } from "commander";
import { hex32 } from "../base/bytes.ts";
import type { ResetKind } from "../cortexm/core.ts";
import { printResult } from "./json-output.ts";
import { type TargetOptions, withTarget } from "./one-shot.ts";
import { withTargetOptions } from "./target-options.ts";
import type { Terminal } from "./terminal.ts";
import { conflict } from "./usage-error.ts";

interface ResetOptions extends TargetOptions {
  readonly halt?: boolean;
  readonly hardware?: boolean;
  readonly core?: boolean;
}

const ways: Readonly<Record<ResetKind, string>> = {
  system: "SYSRESETREQ",
  hardware: "NRST",
  core: "VECTRESET: the core alone",
};

/** `probity reset`. */
export function addResetVerb(program: Command, terminal: Terminal): void {
  withTargetOptions(
    program
      .command("reset")
      .description("reset the chip and let it run")
      .option("--halt", "leave the core halted at its reset vector")
      .option("--hardware", "by the NRST wire")
      .option("--core", "the core alone; peripherals keep what they are set to (not on Cortex-M0 and M0+)"),
  ).action(async (options: ResetOptions) => {
    const { halt = false, hardware = false, core = false, json } = options;
    if (hardware && core) throw conflict("--hardware", "--core");
    const kind: ResetKind = hardware ? "hardware" : core ? "core" : "system";
    await withTarget({ ...options, connect: "attach" }, terminal, async ({ session, chip, findings }) => {
      await session.reset(kind, { halt });
      const pc = halt ? await session.readRegister("pc") : undefined;
      const state = pc === undefined ? "it runs" : `halted at ${hex32(pc)}`;
      printResult(terminal, {
        json,
        value: { chip: chip.name, kind, halted: halt, ...(pc !== undefined && { pc }), findings },
        lines: () => [`${chip.name} was reset (${ways[kind]}); ${state}.`],
      });
    });
  });
}
