import { hex, hex32, readU16, readU32, toHex } from "../../base/bytes.ts";
import type { Asked, Exchange } from "../../link/recording/exchange.ts";
import { apRegisterName, coreRegisterName, debugNames, dpRegisterName, groupNames } from "./command-names.ts";
import { debug, dpPort, enterParameter, group, miscItem, mode } from "./commands.ts";
import { type ParsedCommand, parseCommand } from "./parse-command.ts";
import { statusClass, statusWords } from "./status.ts";
import { parseVersionWords } from "./version-words.ts";

/** Gives the name of what stands at an address, if it has one: `DHCSR`, `FLASH_CR`, `GPIOA+0x10`. */
export type AddressNames = (address: number) => string | undefined;

/** An exchange in words. */
export interface Description {
  /** As in the protocol's published descriptions: `READDEBUGREG`. */
  readonly name: string;
  /** What for: `DHCSR (0xe000edf0)`; empty when the name says all. */
  readonly about: string;
  /** What came back; empty when nothing does. */
  readonly answer: string;
  /** Whether the link or the probe answered with an error. */
  readonly failed: boolean;
}

/** Longest data that is printed; of more the length. */
const SHOWN = 16;

/** What is asked for, in one line. */
export function describeAsked(asked: Asked, names: AddressNames): string {
  if (asked.kind === "trace") return `trace endpoint: up to ${asked.readLength} bytes`;
  const about = aboutCommand(asked, names);
  return `${nameOf(asked.command)}${about === "" ? "" : ` ${about}`}`;
}

/** A whole exchange. `list` is the RW_MISC_OUT before it, whose reads an RW_MISC_IN answers. */
export function describeExchange(exchange: Exchange, names: AddressNames, list?: Exchange): Description {
  const { kind, command, data, error, redacted } = exchange;
  const name = kind === "trace" ? "TRACE" : nameOf(command);
  const about = kind === "trace" ? `up to ${exchange.readLength} bytes` : aboutCommand(exchange, names);
  const left = redacted === true ? "contents left out" : "";
  const left2 = about === "" || left === "" ? left : `, ${left}`;
  if (error !== undefined) return { name, about, answer: `${error.code}: ${error.message}`, failed: true };
  if (kind === "trace") return { name, about, answer: `${dataWords(data)}${left && `, ${left}`}`, failed: false };
  const { answer, failed } = answerOf(exchange, names, list);
  return { name, about: `${about}${left2}`, answer, failed };
}

function nameOf(command: Uint8Array): string {
  const [first, sub] = command;
  if (first !== group.debug) return groupNames[first] ?? `command ${hex(first, 2)}`;
  return debugNames[sub]?.[0] ?? `DEBUG command ${hex(sub, 2)}`;
}

function aboutCommand({ command, write }: Pick<Asked, "command" | "write">, names: AddressNames): string {
  const parsed = parseCommand(command, write);
  if (parsed.kind === "question" || parsed.kind === "other") return otherArguments(command);
  if (parsed.kind === "misc")
    return parsed.items.map(({ opcode, argument }) => item(opcode, argument, names)).join("; ");
  return `${placeOf(parsed, names)}${writtenBy(parsed, write)}`;
}

function placeOf(parsed: Exclude<ParsedCommand, { kind: "question" | "other" | "misc" }>, names: AddressNames): string {
  switch (parsed.kind) {
    case "memory": {
      const ap = parsed.ap === 0 ? "" : `, AP ${parsed.ap}`;
      return `${address(parsed.address, names)}, ${parsed.length} bytes${ap}`;
    }
    case "debug-word":
      return `${address(parsed.address, names)}${parsed.ap === 0 ? "" : `, AP ${parsed.ap}`}`;
    case "dap-register":
      return parsed.port === dpPort
        ? `DP ${dpRegisterName(parsed.register, parsed.direction)}`
        : `AP ${parsed.port} ${apRegisterName(parsed.register)}`;
    case "core-register":
      return coreRegisterName(parsed.register);
  }
}

function writtenBy(parsed: ParsedCommand, write: Uint8Array | undefined): string {
  if (parsed.kind === "memory") return write === undefined ? "" : ` = ${dataWords(write)}`;
  if ("value" in parsed && parsed.direction === "write") return ` = ${hex32(parsed.value)}`;
  return "";
}

function item(opcode: number, argument: number, names: AddressNames): string {
  switch (opcode) {
    case miscItem.address:
      return `at ${address(argument, names)}`;
    case miscItem.write:
      return `write ${hex32(argument)}`;
    case miscItem.read:
      return `read ${address(argument, names)}`;
    case miscItem.apNumber:
      return `AP ${argument}`;
    default:
      return `item ${opcode}: ${hex32(argument)}`;
  }
}

const nrst: readonly string[] = ["low", "high", "pulse"];

function otherArguments(command: Uint8Array): string {
  if (command[0] === group.dfu) return command[1] === 7 ? "leave" : hex(command[1], 2);
  if (command[0] !== group.debug) return "";
  switch (command[1]) {
    case debug.enter:
      return command[2] === enterParameter.swd
        ? "SWD"
        : command[2] === enterParameter.jtag
          ? "JTAG"
          : hex(command[2], 2);
    case debug.driveNrst:
      return nrst[command[2]] ?? hex(command[2], 2);
    case debug.initAp:
    case debug.closeAp:
      return `AP ${command[2]}`;
    case debug.swdSetFreq:
    case debug.jtagSetFreq:
      return `divisor ${readU16(command, 2)}`;
    case debug.setComFreq:
      return `${command[2] === 0 ? "SWD" : "JTAG"} ${readU32(command, 4)} kHz`;
    case debug.getComFreq:
      return command[2] === 0 ? "SWD" : "JTAG";
    case debug.startTraceRx:
      return `buffer ${readU16(command, 2)} bytes, ${readU32(command, 4)} baud`;
    default:
      return "";
  }
}

function answerOf(
  { command, data }: Exchange,
  names: AddressNames,
  list: Exchange | undefined,
): Pick<Description, "answer" | "failed"> {
  const right = (answer: string): Pick<Description, "answer" | "failed"> => ({ answer, failed: false });
  if (data.length === 0) return right("");
  if (command[0] === group.getCurrentMode) {
    const found = Object.entries(mode).find(([, value]) => value === data[0])?.[0];
    return right(found === undefined ? hex(data[0], 2) : `${found} mode`);
  }
  if (command[0] === group.getVersion && data.length >= 6) return right(parseVersionWords(data));
  if (command[0] === group.getTargetVoltage && data.length >= 8) {
    const [reference, half] = [readU32(data, 0), readU32(data, 4)];
    return right(reference === 0 ? "no reading" : `${((2.4 * half) / reference).toFixed(3)} V`);
  }
  if (command[0] !== group.debug) return right(dataWords(data));
  const [, form] = debugNames[command[1]] ?? ["", "status"];
  if (command[1] === debug.rwMiscIn) return miscAnswer(data, names, list);
  if (command[1] === debug.getTraceNb && data.length >= 2) return right(`${readU16(data, 0)} bytes`);
  if (form !== "status") return right(dataWords(data));
  const failed = statusClass(data[0]) !== "ok";
  const status = data[0] === 0x80 ? "OK" : statusWords(data[0]);
  if (command[1] === debug.getLastRwStatus2 && failed && data.length >= 8) {
    return { answer: `${status}, at ${hex32(readU32(data, 4))}`, failed };
  }
  const isWord = [debug.readReg, debug.readDebugReg, debug.readDapReg].includes(command[1] as never);
  if (isWord && data.length >= 8) return { answer: failed ? status : hex32(readU32(data, 4)), failed };
  if (command[1] === debug.readIdcodes && data.length >= 8 && !failed) return right(hex32(readU32(data, 4)));
  if (command[1] === debug.setComFreq && data.length >= 8 && !failed) return right(`${readU32(data, 4)} kHz`);
  return { answer: status, failed };
}

/** Values, then a status for each; of a list that is known only what was read, and what failed. */
function miscAnswer(
  data: Uint8Array,
  names: AddressNames,
  list: Exchange | undefined,
): Pick<Description, "answer" | "failed"> {
  const count = Math.floor(data.length / 8);
  const parsed = list === undefined ? undefined : parseCommand(list.command, list.write);
  const items = parsed?.kind === "misc" && parsed.items.length === count ? parsed.items : undefined;
  let failed = false;
  const words: string[] = [];
  for (let i = 0; i < count; i++) {
    const status = data[4 * (count + i)];
    const wrong = statusClass(status) !== "ok";
    failed ||= wrong;
    const asked = items?.[i];
    if (asked !== undefined && asked.opcode !== miscItem.read && !wrong) continue;
    const value = wrong ? statusWords(status) : hex32(readU32(data, 4 * i));
    const name = asked === undefined ? undefined : (names(asked.argument) ?? hex32(asked.argument));
    words.push(name === undefined ? value : `${name} = ${value}`);
  }
  return { answer: words.length === 0 ? "OK" : words.join(", "), failed };
}

function address(value: number, names: AddressNames): string {
  const name = names(value);
  return name === undefined ? hex32(value) : `${name} (${hex32(value)})`;
}

function dataWords(bytes: Uint8Array): string {
  if (bytes.length === 4) return hex32(readU32(bytes, 0));
  const shown = toHex(bytes.subarray(0, SHOWN));
  return bytes.length > SHOWN ? `${shown}... (${bytes.length} bytes)` : shown;
}
