import { hex, hex32 } from "../../base/bytes.ts";
import { type Facts, ProbityError } from "../../base/errors.ts";
import type { Protocol } from "../probe.ts";

/** What a status means for whoever sent the command. */
type StatusClass =
  | "ok"
  /** The target's bus was busy: try again. */
  | "wait"
  /** The target's bus answered with an error. */
  | "bus-fault"
  | "alignment"
  /** Nothing answers on the wires. */
  | "no-answer"
  /** Something answers, garbled. */
  | "line"
  /** The access port is not open, or there is none with that number. */
  | "bad-ap"
  | "too-many-aps"
  /** Another client holds the probe in another way. */
  | "shared"
  /** This firmware has no such command, or refuses its parameters. */
  | "command"
  | "probe";

interface StatusMeaning {
  readonly name: string;
  readonly class: StatusClass;
  readonly meaning: string;
}

/** Every status that a DEBUG command can answer (byte 0 of the reply), by ST's names. */
const statuses: Readonly<Record<number, StatusMeaning>> = {
  128: { name: "OK", class: "ok", meaning: "done" },
  // A verification mismatch is reported on writes that did succeed; every driver takes it for success.
  13: { name: "WRITE_VERIF_ERROR", class: "ok", meaning: "written, though the read-back differed" },
  64: { name: "CONF_CHANGED", class: "ok", meaning: "done, the configuration changed" },

  16: { name: "SWD_AP_WAIT", class: "wait", meaning: "the access port stays busy with an earlier access" },
  20: { name: "SWD_DP_WAIT", class: "wait", meaning: "the debug port stays busy with an earlier access" },

  1: { name: "UNKNOWN_ERROR", class: "bus-fault", meaning: "the access failed" },
  129: { name: "FAULT", class: "bus-fault", meaning: "the access failed" },
  17: { name: "SWD_AP_FAULT", class: "bus-fault", meaning: "the target's bus answered with an error" },
  21: { name: "SWD_DP_FAULT", class: "bus-fault", meaning: "an earlier access had failed and left its error flag set" },
  24: { name: "SWD_AP_WDATA_ERROR", class: "bus-fault", meaning: "the write's data did not arrive" },
  25: { name: "SWD_AP_STICKY_ERROR", class: "bus-fault", meaning: "the target's bus answered with an error" },
  26: { name: "SWD_AP_STICKYORUN_ERROR", class: "bus-fault", meaning: "accesses came faster than the bus took them" },
  12: { name: "WRITE_ERROR", class: "bus-fault", meaning: "the write failed" },
  10: { name: "ALIGNMENT_ERROR", class: "alignment", meaning: "address or length does not suit the access width" },

  5: { name: "NO_DEVICE_CONNECTED", class: "no-answer", meaning: "nothing answers on the debug wires" },
  9: { name: "GET_IDCODE_ERROR", class: "no-answer", meaning: "the target's identification can't be read" },
  11: { name: "DBG_POWER_ERROR", class: "no-answer", meaning: "the target does not acknowledge debug power-up" },
  4: { name: "UNKNOWN_JTAG_CHAIN", class: "no-answer", meaning: "the JTAG chain holds no known device" },
  18: { name: "SWD_AP_ERROR", class: "line", meaning: "the answer on the wires is no valid acknowledge" },
  22: { name: "SWD_DP_ERROR", class: "line", meaning: "the answer on the wires is no valid acknowledge" },
  19: { name: "SWD_AP_PARITY_ERROR", class: "line", meaning: "data arrived with wrong parity" },
  23: { name: "SWD_DP_PARITY_ERROR", class: "line", meaning: "data arrived with wrong parity" },
  28: { name: "TRACE_AP_TURNAROUND", class: "line", meaning: "the wires' turnaround went wrong" },

  29: { name: "BAD_AP_ERROR", class: "bad-ap", meaning: "the access port is not open or does not exist" },
  41: { name: "TOO_MANY_AP_ERROR", class: "too-many-aps", meaning: "the probe can't hold another access port open" },
  14: {
    name: "ALREADY_OPENED_IN_OTHER_MODE",
    class: "shared",
    meaning: "another program uses the probe over the other protocol",
  },
  27: { name: "AP_ALREADY_USED", class: "shared", meaning: "another program uses this access port" },
  48: { name: "TCPID_NOT_FOUND", class: "shared", meaning: "the probe's server does not know this client" },
  49: { name: "TCPID_MAX_REACHED", class: "shared", meaning: "the probe's server has no room for another client" },

  66: { name: "UNKNOWN_CMD", class: "command", meaning: "the probe's firmware does not know the command" },
  8: { name: "CMD_ERROR", class: "command", meaning: "the probe refuses the command or its parameters" },
  65: { name: "FREQ_NOT_SUPPORTED", class: "command", meaning: "the probe has no such clock frequency" },
  32: { name: "SWV_NOT_AVAILABLE", class: "command", meaning: "the probe has no trace capture" },
  33: { name: "NO_JUMP_TO_USB_LOADER", class: "command", meaning: "the probe can't enter its update mode" },

  2: { name: "SPI_ERROR", class: "probe", meaning: "the probe's own wire engine failed" },
  3: { name: "DMA_ERROR", class: "probe", meaning: "the probe's own DMA failed" },
  6: { name: "INTERNAL_ERROR", class: "probe", meaning: "the probe reports an internal error" },
  7: { name: "CMD_WAIT", class: "probe", meaning: "the probe is still busy with an earlier command" },
};

/** `FAULT: the access failed`: ST's name of a status byte and what it means. */
export function statusWords(status: number): string {
  const known = statuses[status];
  return known === undefined ? `status ${hex(status, 2)}, in no published list` : `${known.name}: ${known.meaning}`;
}

/** The class of a status byte; a value that is in no list counts as a failure of the probe. */
export function statusClass(status: number): StatusClass {
  return statuses[status]?.class ?? "probe";
}

/** What was being done when a status came back: goes into the message and the facts. */
export interface StatusContext {
  /** In words, such as `reading 4 bytes`. */
  readonly doing: string;
  readonly protocol: Protocol;
  readonly facts?: Facts;
  /** Set for memory accesses: where the access started, or where the probe says that it faulted. */
  readonly address?: number;
}

const noAnswerRemedy = [
  "Check that the target has power and that SWDIO, SWCLK, GND and VTref are connected.",
  "If its program switches the debug pins off or sleeps, connect under reset (NRST has to be wired).",
  "Hold BOOT0 high and reset, so that the boot loader runs in place of the program.",
];

/** The error that a status other than success stands for. */
export function statusError(status: number, context: StatusContext): ProbityError {
  const known = statuses[status];
  const meaning = known?.meaning ?? `the probe answers with status ${hex(status, 2)}, which is in no published list`;
  const where = context.address === undefined ? "" : ` at ${hex32(context.address)}`;
  const failed = `${context.doing}${where} failed`;
  const facts: Facts = {
    status,
    ...(known ? { statusName: known.name } : {}),
    ...context.facts,
    ...(context.address === undefined ? {} : { address: context.address }),
  };
  const error = (code: string, remedy: readonly string[] = []): ProbityError =>
    new ProbityError(code, `${capital(failed)}: ${meaning}.`, { facts, remedy });
  const wires = context.protocol;
  const memory = context.address !== undefined;
  switch (statusClass(status)) {
    case "wait":
      return error(memory ? "memory-wait" : `${wires}-wait`, [
        "The bus may be stuck on a memory without clock, or the core asleep: reset the target or connect under reset.",
      ]);
    case "bus-fault":
      return memory ? error("memory-fault") : error(`${wires}-fault`, ["Reset the target and connect again."]);
    case "alignment":
      return error("memory-alignment");
    case "no-answer":
      return error(`${wires}-no-answer`, noAnswerRemedy);
    case "line":
      return error(`${wires}-line-error`, [
        "Shorten the wires or lower the clock frequency.",
        ...noAnswerRemedy.slice(0, 2),
      ]);
    case "bad-ap":
      return error("probe-bad-ap", ["Choose an access port that this chip has."]);
    case "too-many-aps":
      return error("probe-too-many-aps");
    case "shared":
      return error("probe-in-use", ["End the other debugger, or share the probe with the same protocol."]);
    case "command":
      return error("probe-command-refused", [
        "If it happens on every connect, update the probe's firmware with STLinkUpgrade; if the target worked before, it no longer answers: connect again, under reset if need be.",
      ]);
    case "ok":
    case "probe":
      return error("probe-failed", ["Unplug the probe and plug it in again."]);
  }
}

function capital(text: string): string {
  return text[0].toUpperCase() + text.slice(1);
}
