import { hex } from "../base/bytes.ts";
import type { CoreRegisters, HaltReason } from "../cortexm/core.ts";
import type { BreakpointSet } from "./breakpoint-set.ts";
import { registerHex, registerTable } from "./register-table.ts";

/** GDB's numbers of the signals that a core can stop with (GDB's `include/gdb/signals.def`). */
export const signal = { none: 0x00, interrupt: 0x02, trap: 0x05, segmentation: 0x0b } as const;

/** The parts of a debugger that its stop replies depend on. */
export interface StopReplyContext {
  readonly announced: ReadonlySet<string>;
  readonly breakpoints: BreakpointSet;
}

/** As which signal GDB shows a stop. A caught fault is a SIGSEGV, as it would be in a hosted program. */
export function signalOf(reason: HaltReason): number {
  switch (reason.kind) {
    case "request":
      return signal.interrupt;
    case "vector-catch":
      return /reset/i.test(reason.cause) ? signal.trap : signal.segmentation;
    default:
      return signal.trap;
  }
}

/**
 * `T` with all registers, so that GDB asks for none of them afterwards (GDB manual, "Stop Reply Packets").
 *
 * `swbreak`/`hwbreak` are told only of breakpoints that this debugger has set, and by the kind it set: GDB takes a stop
 * so marked at an address where it has no breakpoint for an old one and silently goes on, so a `BKPT` in the program
 * itself, or a breakpoint of another debugger, would never be seen.
 */
export function stopReply(
  signalNumber: number,
  reason: HaltReason | undefined,
  registers: CoreRegisters | undefined,
  context: StopReplyContext,
): string {
  let reply = `T${signalNumber.toString(16).padStart(2, "0")}thread:1;core:0;`;
  if (reason?.kind === "watchpoint") {
    const access = context.breakpoints.watchpointAt(reason.address, reason.access) ?? reason.access;
    const key = { write: "watch", read: "rwatch", access: "awatch" }[access];
    reply += `${key}:${hex(reason.address).slice(2)};`;
  } else if (reason?.kind === "breakpoint") {
    const kind = context.breakpoints.breakpointAt(reason.address);
    if (kind === "software" && context.announced.has("swbreak+")) reply += "swbreak:;";
    if (kind === "hardware" && context.announced.has("hwbreak+")) reply += "hwbreak:;";
  }
  if (registers !== undefined) {
    for (const register of registerTable) {
      reply += `${hex(register.number, 2).slice(2)}:${registerHex(register.value(registers))};`;
    }
  }
  return reply;
}
