import { hex32 } from "../../base/bytes.ts";
import { isProbityError } from "../../base/errors.ts";
import { chipByDeviceId } from "../../chips/table.ts";
import type { Terminal } from "../terminal.ts";
import { describeError } from "../words.ts";
import { fatalReport } from "./fatal-errors.ts";
import type { ServerSettings } from "./option-table.ts";

/** Options that print something and exit. Resolves to the exit status, or undefined when none was given. */
export async function runInformation(settings: ServerSettings, terminal: Terminal): Promise<number | undefined> {
  if (settings.flag("licenses")) {
    terminal.out(licences);
    return 0;
  }
  if (settings.given("memory-map")) return printMemoryMap(settings.text("memory-map"), terminal);
  if (settings.flag("ext-memory-loaders")) {
    terminal.out('<?xml version="1.0" encoding="UTF-8"?>\n<ext-memory-loaders>\n</ext-memory-loaders>\n');
    terminal.error("Note: external loaders have no effect yet, so none is listed.\n");
    return 0;
  }
  if (settings.flag("debuggers")) return listDebuggers(settings, terminal);
  return undefined;
}

const licences = `Probity is licensed under the Apache License, Version 2.0.
It uses usb (MIT) as a package of its own, and has commander (MIT) and nrf-intel-hex (BSD) built in.
Nothing of STMicroelectronics is contained.
`;

function printMemoryMap(text: string, terminal: Terminal): number {
  const id = /^(0x)?[0-9a-fA-F]{1,4}$/.test(text) ? Number.parseInt(text.replace(/^0x/, ""), 16) : Number.NaN;
  const chip = Number.isNaN(id) ? undefined : chipByDeviceId(id);
  if (chip === undefined) {
    terminal.error(
      `Cause:    no STM32 with device id "${text}" is known.\nRemedy:   give DBGMCU_IDCODE[11:0] in hexadecimal, as 0x410.\n`,
    );
    return 1;
  }
  const rows: [string, number, number][] = [];
  if (chip.flashBase !== undefined && chip.maxFlashBytes !== undefined) {
    rows.push(["flash", chip.flashBase, chip.maxFlashBytes]);
  }
  for (const { name, base, size } of chip.ram) rows.push([name, base, size]);
  if (chip.systemMemory?.size !== undefined)
    rows.push(["system memory", chip.systemMemory.base, chip.systemMemory.size]);
  terminal.out(`${chip.name}\n`);
  for (const [name, base, size] of rows) {
    terminal.out(`  ${hex32(base)} - ${hex32(base + size - 1)}  ${name} (${size / 1024} KiB)\n`);
  }
  return 0;
}

/** `-q`: a line per probe that ends in `ST-LINK:` and the serial number; wrappers look for these words. */
async function listDebuggers(settings: ServerSettings, terminal: Terminal): Promise<number> {
  try {
    const { listProbes } = await import("../../session/open-link.ts");
    const serials = await listProbes(settings.text("probe"));
    serials.forEach((serial, index) => {
      terminal.out(`${index} ST-LINK: ${serial}\n`);
    });
    if (serials.length === 0) terminal.out("No debugger is attached.\n");
    return 0;
  } catch (error) {
    terminal.error(`${describeError(error).join("\n")}\n`);
    return isProbityError(error) ? fatalReport(error).status : 1;
  }
}
