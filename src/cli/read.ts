import type { Command } from "commander";
import { hex32 } from "../base/bytes.ts";
import { hexDump } from "./hex-dump.ts";
import { printResult } from "./json-output.ts";
import { bareFault, checkAligned, checkWithinMemory, checkWraps } from "./memory-ranges.ts";
import { type TargetForWork, type TargetOptions, withTarget } from "./one-shot.ts";
import { type OutputFile, outputFile, writeOutput } from "./output-file.ts";
import { drawBar } from "./st-compat/progress.ts";
import { parseAddress, parseLength, parseWidth, withLoaderOption, withTargetOptions } from "./target-options.ts";
import type { Terminal } from "./terminal.ts";

/** Bytes read at once; between two such pieces progress is told. */
const STRIDE = 4096;

interface ReadOptions extends TargetOptions {
  readonly width?: 8 | 16 | 32;
  readonly force?: boolean;
}

/** `probity read`. */
export function addReadVerb(program: Command, terminal: Terminal): void {
  withLoaderOption(
    withTargetOptions(
      program
        .command("read")
        .description("read memory without halting the core: a dump, or a .bin, .hex or .srec file")
        .argument("<address>", "where to begin", parseAddress)
        .argument("<length>", "bytes; K and M for 1024 and 1024 times that", parseLength)
        .argument("[file]", "write it there; the ending names the format")
        .option("--width <bits>", "read by accesses of 8, 16 or 32 bits, as some registers need", parseWidth)
        .option("--force", "overwrite a file that is there"),
    ),
  ).action(async (address: number, length: number, file: string | undefined, options: ReadOptions) => {
    const { json, width } = options;
    checkWraps({ address, length });
    if (width !== undefined) checkAligned({ address, length }, width);
    const output = file === undefined ? undefined : outputFile(file, options.force);
    // A loader's Init() needs a core that is halted and just reset.
    const connect = options.loader === undefined ? "attach" : "normal";
    await withTarget({ ...options, connect }, terminal, async (target) => {
      checkWithinMemory(target.session.memoryMap, { address, length });
      const data = await readAll(target, { address, length, width }, output === undefined ? undefined : terminal);
      if (output !== undefined) writeOutput(output, address, data);
      printResult(terminal, {
        json,
        value: {
          chip: target.chip.name,
          address,
          length,
          ...(output === undefined ? { data: Buffer.from(data).toString("hex") } : fileJson(output)),
          findings: target.findings,
        },
        lines: () =>
          output === undefined
            ? hexDump(address, data, width)
            : [`${length} bytes, ${hex32(address)} to ${hex32(address + length - 1)}, written to ${output.path}.`],
      });
    });
  });
}

function fileJson({ path, format }: OutputFile): Record<string, string> {
  return { file: path, format };
}

async function readAll(
  opened: TargetForWork,
  { address, length, width }: { readonly address: number; readonly length: number; readonly width?: 8 | 16 | 32 },
  terminal: Terminal | undefined,
): Promise<Uint8Array> {
  const { session, target } = opened;
  const pieces: Uint8Array[] = [];
  for (let done = 0; done < length; ) {
    const range = { address: address + done, length: Math.min(STRIDE, length - done) };
    const piece =
      width === undefined
        ? session.readMemory(range.address, range.length)
        : session.exclusive(() => session.probe.readMemory(target.port.ap, range.address, range.length, width));
    pieces.push(
      await piece.catch((error: unknown) => {
        throw bareFault(opened, range, error);
      }),
    );
    done += range.length;
    if (terminal !== undefined) drawBar(terminal, "Reading    ", done, length);
  }
  return Buffer.concat(pieces);
}
