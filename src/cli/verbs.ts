import { Command, CommanderError } from "commander";
import { addDoctorVerb } from "./doctor.ts";
import { addExplainVerb } from "./explain.ts";
import { listBoards, listFaults } from "./list-boards.ts";
import { addFlashVerb, addLoaderVerbs } from "./loader-verbs.ts";
import type { Terminal } from "./terminal.ts";
import { probityVersion } from "./version.ts";
import { describeError } from "./words.ts";

/** Our own verbs, by commander. Resolves to the exit status. */
export async function runVerb(words: readonly string[], terminal: Terminal): Promise<number> {
  let status = 0;
  const program = new Command("probity")
    .description("An honest debug server for STM32, with virtual probes and boards")
    .version(probityVersion)
    .exitOverride()
    .configureOutput({ writeOut: (text) => terminal.out(text), writeErr: (text) => terminal.error(text) });

  program
    .command("gdbserver")
    .description("serve GDB, with the options of ST-LINK_gdbserver (see: probity gdbserver --help)")
    .allowUnknownOption()
    .helpOption(false);

  program
    .command("boards")
    .description("list the virtual boards, or the faults that they can have")
    .option("--faults", "list the faults")
    .option("--json", "print JSON")
    .action((options: { faults?: boolean; json?: boolean }) => {
      terminal.out(options.faults ? listFaults(options.json) : listBoards(options.json));
    });

  program
    .command("probes")
    .description("list the ST-LINKs attached over USB")
    .option("--json", "print JSON")
    .action(async (options: { json?: boolean }) => {
      const { listUsbProbes } = await import("../link/usb.ts");
      const rows = await listUsbProbes();
      if (options.json) terminal.out(`${JSON.stringify(rows, null, 2)}\n`);
      else if (rows.length === 0) terminal.out("No ST-LINK is attached. The virtual boards: probity boards\n");
      else
        for (const { serial, name, unusable } of rows) {
          terminal.out(`usb:${serial}  ${name}${unusable === undefined ? "" : `  (${unusable})`}\n`);
        }
    });

  addFlashVerb(program, terminal);
  addLoaderVerbs(program, terminal);
  addDoctorVerb(program, terminal, (code) => {
    status = code;
  });
  addExplainVerb(program, terminal, (code) => {
    status = code;
  });

  try {
    await program.parseAsync(words as string[], { from: "user" });
    return status;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    terminal.error(`${describeError(error).join("\n")}\n`);
    return 1;
  }
}
