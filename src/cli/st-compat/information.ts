import { hex32 } from "../../base/bytes.ts";
import { isProbityError } from "../../base/errors.ts";
import { chipByDeviceId } from "../../chips/table.ts";
import { listSharedProbes } from "../../link/stlink-server/open.ts";
import { listProbes } from "../../session/open-link.ts";
import { loaderFolders, loaderFoldersVariable, readLoaders } from "../find-loaders.ts";
import type { Terminal } from "../terminal.ts";
import { describeError } from "../words.ts";
import { fatalReport } from "./fatal-errors.ts";
import type { ServerSettings } from "./option-table.ts";
import { sharedPort } from "./shared.ts";

/** Options that print something and exit. Resolves to the exit status, or undefined when none was given. */
export async function runInformation(settings: ServerSettings, terminal: Terminal): Promise<number | undefined> {
  if (settings.flag("licenses")) {
    terminal.out(licences);
    return 0;
  }
  if (settings.given("memory-map")) return printMemoryMap(settings.text("memory-map"), terminal);
  if (settings.flag("ext-memory-loaders")) {
    return listLoaders(settings, terminal);
  }
  if (settings.flag("debuggers")) return listDebuggers(settings, terminal);
  return undefined;
}

/** `--ext-memory-loaders`: the XML document that IDEs read (stlink-gdbserver 3.8). What is no loader is named on stderr. */
function listLoaders(settings: ServerSettings, terminal: Terminal): number {
  const folders = loaderFolders(settings.text("stm32cubeprogrammer-path"), process.env[loaderFoldersVariable]);
  const lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<ext-memory-loaders>"];
  for (const { path, loader, problem } of readLoaders(folders)) {
    if (loader === undefined) {
      terminal.error(`Note: ${path} is left out: ${problem}\n`);
      continue;
    }
    const { name, start, kind } = loader.device;
    const attributes = `name="${escaped(name)}" start="${hex32(start)}" type="${escaped(kind)}"`;
    lines.push(`  <ext-memory-loader ${attributes}>${escaped(path)}</ext-memory-loader>`);
  }
  terminal.out(`${[...lines, "</ext-memory-loaders>"].join("\n")}\n`);
  return 0;
}

function escaped(text: string): string {
  const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return text.replace(/[&<>"]/g, (character) => entities[character]);
}

const licences = `Probity is licensed under the Apache License, Version 2.0.
It uses usb (MIT) as a package of its own, and has commander (MIT), fast-xml-parser (MIT),
momoa (Apache-2.0) and nrf-intel-hex (BSD) built in.
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

/** With `-t`, what the server has that runs on this machine; `undefined` where none does. */
async function inServer(settings: ServerSettings): Promise<string[] | undefined> {
  if (!settings.flag("shared")) return undefined;
  return listSharedProbes({ host: "127.0.0.1", port: sharedPort() }).catch((error: unknown) => {
    if (isProbityError(error, "link-server-absent")) return undefined;
    throw error;
  });
}

/** `-q`: a line per probe that ends in `ST-LINK:` and the serial number; wrappers look for these words. */
async function listDebuggers(settings: ServerSettings, terminal: Terminal): Promise<number> {
  try {
    const serials = (await inServer(settings)) ?? (await listProbes(settings.text("probe")));
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
