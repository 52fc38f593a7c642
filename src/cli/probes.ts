import type { Command } from "commander";
import { isProbityError, type ProbityError } from "../base/errors.ts";
import { boardByIdentifier } from "../chips/board-identifiers.ts";
import { usbProduct } from "../link/usb/products.ts";
import { openStlinkProbe } from "../probe/stlink/open.ts";
import { probeSpecWithEngine } from "../session/engine-of-spec.ts";
import { listProbes, openLink } from "../session/open-link.ts";
import type { RecordChoice } from "../session/open-recorded.ts";
import type { ProbeSpec } from "../session/probe-spec.ts";
import { withEngineOption } from "./engine-option.ts";
import { printResult } from "./json-output.ts";
import { checkOneRecorded, type RecordOptions, recordChoice, withRecordOptions } from "./record-options.ts";
import { probeForms } from "./target-options.ts";
import type { Terminal } from "./terminal.ts";
import { noticeLines } from "./words.ts";

/** A probe as `probity probes` tells of it (docs/json.md). */
export interface ProbeRow {
  /** 24 hexadecimal digits. */
  readonly serial: string;
  readonly vendorId?: number;
  readonly productId?: number;
  readonly name: string;
  /** What to write after `--probe`. */
  readonly probe: string;
  readonly state: "ready" | "busy" | "no-permission" | "unusable" | "failed";
  /** Why it cannot be used. */
  readonly unusable?: string;
  /** The error's code, and what to do. */
  readonly code?: string;
  readonly remedy?: readonly string[];
  readonly firmware?: string;
  /** At VTref. */
  readonly volts?: number;
  /** The board that it is part of, by ST's name, or the identifier where that is in no list. */
  readonly board?: string;
}

interface ProbesOptions extends RecordOptions {
  readonly probe: string;
  readonly engine?: string;
  readonly json?: boolean;
}

const noProbes = "No ST-LINK is attached. The virtual boards: probity boards";
const states: Readonly<Record<string, ProbeRow["state"]>> = {
  "link-busy": "busy",
  "link-usb-permission": "no-permission",
  "probe-v1-unsupported": "unusable",
  "probe-in-bootloader": "unusable",
};

/** `probity probes`. */
export function addProbesVerb(program: Command, terminal: Terminal): void {
  withEngineOption(withRecordOptions(program.command("probes")))
    .description("list the ST-LINKs on USB or behind a server: firmware, board, and whether they can be used")
    .option("--probe <probe>", probeForms, "usb")
    .option("--json", "print JSON")
    .action(async ({ probe, engine, json, ...recording }: ProbesOptions) => {
      const spec = probeSpecWithEngine(probe, engine);
      const found = spec.kind === "usb" ? await onUsb(spec.serial) : await elsewhere(probe, spec);
      const record = recordChoice(recording, (text) => terminal.error(`${noticeLines(text).join("\n")}\n`));
      checkOneRecorded(
        record,
        found.flatMap(({ row, open }) => (open === undefined ? [] : [row.serial])),
      );
      const rows: ProbeRow[] = [];
      for (const { row, open } of found) rows.push(open === undefined ? row : await asked(row, open, record));
      printResult(terminal, {
        json,
        value: rows,
        lines: () => (rows.length === 0 ? [noProbes] : rows.flatMap(probeLines)),
      });
    });
}

/** A probe that was found; `open` is absent where asking it makes no sense. */
interface FoundProbe {
  readonly row: ProbeRow;
  readonly open?: { readonly spec: ProbeSpec; readonly serial: string | undefined };
}

async function onUsb(wanted: string | undefined): Promise<FoundProbe[]> {
  const { listUsbProbes } = await import("../link/usb/devices.ts");
  const probes = (await listUsbProbes()).filter(
    ({ serial }) => wanted === undefined || serial === wanted.toUpperCase(),
  );
  return probes.map(({ serial, vendorId, productId, name, unusable }) => {
    const row = { serial, vendorId, productId, name, probe: serial === "" ? "usb" : `usb:${serial}` };
    if (unusable !== undefined) return { row: { ...row, state: "unusable", unusable } };
    return {
      row: { ...row, state: "ready" },
      open: { spec: { kind: "usb" }, serial: serial === "" ? undefined : serial },
    };
  });
}

async function elsewhere(text: string, spec: ProbeSpec): Promise<FoundProbe[]> {
  const serials = await listProbes(text);
  return serials.map((serial) => {
    const isServer = text.startsWith("tcp:") && !text.includes("/");
    const probe = isServer ? `${text}/${serial}` : text;
    return { row: { serial, name: "ST-LINK", probe, state: "ready" }, open: { spec, serial } };
  });
}

/** Opens the probe to ask it for its firmware, its voltage and its board; the target is left alone. */
async function asked(
  row: ProbeRow,
  { spec, serial }: NonNullable<FoundProbe["open"]>,
  record: RecordChoice | undefined,
): Promise<ProbeRow> {
  try {
    const { link, dispose } = await openLink(spec, serial, { ...(record !== undefined && { record }) });
    try {
      const { vendorId, productId } = link.info;
      const live = await openStlinkProbe(link);
      const { firmware } = live.identity;
      const volts = await live.targetVoltage().catch(() => undefined);
      const identifier = await live.boardIdentifier?.().catch(() => undefined);
      const board = identifier === undefined ? undefined : (boardByIdentifier(identifier) ?? `board ${identifier}`);
      const name = usbProduct(vendorId, productId)?.name ?? row.name;
      return {
        ...row,
        vendorId,
        productId,
        name,
        firmware,
        ...(volts !== undefined && { volts: Math.round(100 * volts) / 100 }),
        ...(board !== undefined && { board }),
      };
    } finally {
      await link.close().catch(() => {});
      dispose();
    }
  } catch (error) {
    if (!isProbityError(error)) throw error;
    return { ...row, ...trouble(error) };
  }
}

function trouble({ code, message, remedy }: ProbityError): Pick<ProbeRow, "state" | "unusable" | "code" | "remedy"> {
  return { state: states[code] ?? "failed", unusable: message, code, remedy };
}

function probeLines({ probe, name, firmware, board, volts, unusable, remedy = [] }: ProbeRow): string[] {
  const parts = [name, firmware, board, volts === undefined ? undefined : `${volts.toFixed(2)} V`];
  const what = parts.filter((part) => part !== undefined).join("  ");
  if (unusable === undefined) return [`${probe}  ${what}`];
  return [`${probe}  ${what}  (${unusable.replace(/\.$/, "")})`, ...remedy.map((text) => `    ${text}`)];
}
