import { Command, CommanderError } from "commander";
import { addDoctorVerb } from "./doctor.ts";
import { takeEngineDefault } from "./engine-option.ts";
import { addEraseVerb } from "./erase.ts";
import { addExplainVerb } from "./explain.ts";
import { addFlashVerb } from "./flash.ts";
import { addInfoVerb } from "./info.ts";
import { addInspectVerb } from "./inspect.ts";
import { asksForJson, errorDocument, printJson } from "./json-output.ts";
import { listBoards, listFaults } from "./list-boards.ts";
import { addLoaderVerbs } from "./loader-verbs.ts";
import { addOptionBytesVerbs } from "./option-bytes.ts";
import { addProbesVerb } from "./probes.ts";
import { addReadVerb } from "./read.ts";
import { addResetVerb } from "./reset.ts";
import { addShareVerb } from "./share.ts";
import { addSimUsbVerb } from "./sim-usb.ts";
import { Stopped } from "./stop-request.ts";
import type { Terminal } from "./terminal.ts";
import { addUdevVerb } from "./udev.ts";
import { refuseEmpty, usageError } from "./usage-error.ts";
import { addVerifyVerb } from "./verify.ts";
import { probityVersion } from "./version.ts";
import { describeError } from "./words.ts";
import { addWriteVerb } from "./write.ts";

/** Our own verbs, by commander. Resolves to the exit status. */
export async function runVerb(words: readonly string[], terminal: Terminal): Promise<number> {
  let status = 0;
  const program = new Command("probity")
    .description("An honest debug server for STM32, with virtual probes and boards")
    .version(probityVersion)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text),
      writeErr: (text) => terminal.error(text),
      // A command line that is wrong is told like every other error, below.
      outputError: () => {},
    });

  program.hook("preAction", (_, command) => refuseEmpty(command));

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

  addProbesVerb(program, terminal);
  addInfoVerb(program, terminal);
  addFlashVerb(program, terminal);
  addReadVerb(program, terminal);
  addWriteVerb(program, terminal);
  addEraseVerb(program, terminal);
  addVerifyVerb(program, terminal);
  addResetVerb(program, terminal);
  addOptionBytesVerbs(program, terminal);
  addLoaderVerbs(program, terminal);
  addInspectVerb(program, terminal, (code) => {
    status = code;
  });
  addShareVerb(program, terminal);
  addSimUsbVerb(program, terminal);
  addUdevVerb(program, terminal);
  addDoctorVerb(program, terminal, (code) => {
    status = code;
  });
  addExplainVerb(program, terminal, (code) => {
    status = code;
  });

  try {
    takeEngineDefault();
    await program.parseAsync(words as string[], { from: "user" });
    return status;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    const met = error instanceof CommanderError ? usageError(error, words) : error;
    if (asksForJson(words)) printJson(terminal, errorDocument(met));
    // Where a word is missing commander has printed which ones there are.
    if (!(error instanceof CommanderError && error.code === "commander.help"))
      terminal.error(`${describeError(met).join("\n")}\n`);
    return met instanceof Stopped ? met.status : 1;
  }
}
