import { ProbityError } from "../base/errors.ts";

/** `what` needs the core halted. */
export function targetRunning(what: string): ProbityError {
  return new ProbityError("target-running", `Cannot ${what}: the core is running.`, {
    remedy: ["Halt it first (Ctrl-C in GDB, or `monitor halt`)."],
  });
}

/** Nothing here can program the chip's flash. */
export function flashUnsupported(chipName: string): ProbityError {
  return new ProbityError("flash-unsupported", `Programming the flash of ${chipName} is not supported yet.`, {
    remedy: [
      "Name a CMSIS-Pack flash algorithm (.FLM) for this chip with --extload.",
      "Or program it with another tool, then debug with --attach.",
    ],
  });
}

/** The probe's firmware has no commands for registers of the debug port and of access ports. */
export function noDapRegisters(name: string, firmware: string): ProbityError {
  return new ProbityError("probe-too-old", `This probe's firmware cannot do ${name}; V2J24 and later can.`, {
    facts: { firmware },
    remedy: ["Upgrade the ST-LINK firmware."],
  });
}

export function sumCancelled(address: number, length: number): ProbityError {
  return new ProbityError("cancelled", "The checksum was given up: nobody waits for it any more.", {
    facts: { address, length },
  });
}
