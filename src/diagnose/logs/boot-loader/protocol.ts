/** What the answers of ST's boot loader mean: over a UART (AN3155), and over USB (AN3156, DFU 1.1 section 6.1.2). */
import type { FactValues } from "../../facts.ts";
import { type Said, say } from "../log-reader.ts";

type Operation = FactValues["flash-trouble"]["operation"];

/** A byte that answers a command (AN3155, 3). */
export function answerOf(byte: number): "ok" | "refused" | "garbled" | undefined {
  if (byte === 0x79) return "ok";
  if (byte === 0x1f) return "refused";
  // Busy: wait for the next one.
  return byte === 0x76 ? undefined : "garbled";
}

/** Commands by their code, in words, and what of flash they are about. */
const commands: ReadonlyMap<number, { readonly words: string; readonly operation?: Operation }> = new Map([
  [0x00, { words: "Get" }],
  [0x01, { words: "Get Version" }],
  [0x02, { words: "Get ID" }],
  [0x11, { words: "Read Memory", operation: "read" }],
  [0x21, { words: "Go" }],
  [0x31, { words: "Write Memory", operation: "program" }],
  [0x32, { words: "Write Memory", operation: "program" }],
  [0x43, { words: "Erase", operation: "erase" }],
  [0x44, { words: "Extended Erase", operation: "erase" }],
  [0x45, { words: "Extended Erase", operation: "erase" }],
  [0x63, { words: "Write Protect" }],
  [0x73, { words: "Write Unprotect" }],
  [0x82, { words: "Readout Protect" }],
  [0x92, { words: "Readout Unprotect" }],
  // What goes with Erase in place of pages: all of them.
  [0xff, { words: "a mass erase", operation: "erase" }],
]);

/** Commands that the boot loader refuses at once while flash is read-protected (AN3155, 3.4 to 3.8). */
const refusedWhenProtected: ReadonlySet<number> = new Set([0x11, 0x21, 0x31, 0x32, 0x43, 0x44, 0x45, 0x63, 0x73]);

export function commandWords(code: number): string {
  return commands.get(code)?.words ?? `the command 0x${code.toString(16)}`;
}

/** A command's code by the words that a tool has for it. */
export function commandNamed(text: string): number | undefined {
  const plain = text.toLowerCase().replace(/command$|[^a-z]+/g, "");
  if (plain === "") return undefined;
  // "Get" begins other names as well.
  const exact = [...commands].find(([, { words }]) => lettersOf(words) === plain);
  const [code] =
    exact ?? [...commands].find(([each, { words }]) => each > 0 && lettersOf(words).startsWith(plain)) ?? [];
  return code;
}

function lettersOf(words: string): string {
  return words.toLowerCase().replace(/ /g, "");
}

/** 0x1F in place of the acknowledge of a command's first two bytes. */
export function commandRefused(code: number): Said[] {
  const said: Said[] = [say("boot-loader", { over: "serial", answer: "refused", to: commandWords(code) })];
  const operation = commands.get(code)?.operation;
  if (operation !== undefined && !refusedWhenProtected.has(code)) said.push(say("flash-trouble", { operation }));
  if (refusedWhenProtected.has(code)) said.push(say("read-protection", { on: true, inferred: true }));
  return said;
}

/** Names of DFU's statuses, by number. */
const statuses = [
  "OK",
  "errTARGET",
  "errFILE",
  "errWRITE",
  "errERASE",
  "errCHECK_ERASED",
  "errPROG",
  "errVERIFY",
  "errADDRESS",
  "errNOTDONE",
  "errFIRMWARE",
  "errVENDOR",
  "errUSBR",
  "errPOR",
  "errUNKNOWN",
  "errSTALLEDPKT",
] as const;

export function statusName(code: number): string {
  return statuses[code] ?? `status ${code}`;
}

/** What an error status of DFU says, as ST's boot loader uses it. */
export function statusMeans(name: string, operation: "erase" | "program" | "verify" | "read" = "program"): Said[] {
  const error = (to: string): Said => say("boot-loader", { over: "usb", answer: "error", to });
  switch (name.replace(/[^a-z]/gi, "").toUpperCase()) {
    // An address that the boot loader does not allow (AN3156, 4 and 5).
    case "ERRTARGET":
    case "ERRADDRESS":
      return [error(`${name}: an address that it does not allow`), say("flash-trouble", { operation, reason: "size" })];
    // Read protection is on (AN3156, 4 and 5).
    case "ERRVENDOR":
      return [error(`${name}: read protection`), say("read-protection", { on: true, inferred: true })];
    case "ERRWRITE":
    case "ERRPROG":
      return [error(name), say("flash-trouble", { operation: "program" })];
    case "ERRERASE":
    case "ERRCHECKERASED":
      return [error(name), say("flash-trouble", { operation: "erase" })];
    case "ERRVERIFY":
      return [error(name), say("flash-trouble", { operation: "verify", reason: "mismatch" })];
    case "ERRFILE":
      return [error(name), say("image-unusable", {})];
    case "ERRNOTDONE":
      return [error(`${name}: it takes the image for incomplete`)];
    case "ERRFIRMWARE":
      return [error(`${name}: it takes the program in flash for damaged`)];
    case "ERRUSBR":
    case "ERRPOR":
      return [error(`${name}: a reset in the middle of the work`)];
    case "ERRSTALLEDPKT":
      return [error(`${name}: a request that it does not know or expect`)];
    case "OK":
      return [];
    default:
      return [error(name)];
  }
}

/** It answered over a serial port: what fails later was refused, or lost on the line. Told once. */
export function serialThere(memory: Map<string, unknown>): Said[] {
  if (memory.get("there") === true) return [];
  memory.set("there", true);
  return [
    say("option", { name: "boot-loader", value: "true" }),
    say("boot-loader", { over: "serial", answer: "ok" }),
    say("stage", { stage: "target-connected", reached: true }),
  ];
}
