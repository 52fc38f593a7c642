import { hex32 } from "../../base/bytes.ts";
import type { Chip } from "../../chips/chip.ts";
import type { ConnectedTarget, ConnectMode } from "../../stm32/connect.ts";
import { isSystemMemory } from "../../stm32/system-memory.ts";
import type { FactRecorder } from "./fact-recorder.ts";

/** What connecting has read of the target, as facts; nothing is read for it. */
export function recordTarget(recorder: FactRecorder, target: ConnectedTarget, mode: ConnectMode): void {
  const { voltage, frequencyKhz, idcode, protocol, running } = target;
  if (voltage !== undefined) recorder.read("voltage", { volts: voltage }, `${voltage.toFixed(2)} V at VTref`);
  const at = frequencyKhz === undefined ? "" : ` at ${frequencyKhz} kHz`;
  const name = protocol === "swd" ? "DPIDR" : "IDCODE";
  const what = `${protocol.toUpperCase()} answers${at}: ${name} 0x${idcode.toString(16).padStart(8, "0")}`;
  recorder.read(
    "wire-answer",
    { answer: "ok", manner: mode, protocol, ...(frequencyKhz !== undefined && { khz: frequencyKhz }) },
    what,
  );
  if (frequencyKhz !== undefined) recorder.read("wire-clock", { khz: frequencyKhz }, what);
  recorder.read("core", { state: running ? "running" : "halted" }, running ? "the core runs" : "the core is halted");
}

/** Where the core stands; in system memory it is ST's boot loader that was started. */
export function recordPc(recorder: FactRecorder, chip: Chip | undefined, pc: number): void {
  const at = hex32(pc);
  recorder.read("core-register", { name: "pc", value: pc }, `PC ${at}`);
  if (isSystemMemory(chip, pc)) {
    recorder.read("boot-memory", { memory: "system" }, `the core starts in system memory: PC ${at}`);
  }
}
