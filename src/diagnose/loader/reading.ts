import { baseName } from "../../base/paths.ts";
import { type AddressPlace, describeAddress } from "../../chips/address-map.ts";
import { shortChipName } from "../../chips/memory-controllers.ts";
import { decodeThumb, type ThumbInstruction, type ThumbOperand } from "../../formats/thumb-instruction.ts";
import type { Finding } from "../finding.ts";
import { cfsrFlags, hfsrFlags } from "./fault-bits.ts";
import type { ExceptionFrame, LoaderFailure } from "./loader-facts.ts";
import { type LoaderNeeds, loaderName, loaderNeeds } from "./loader-needs.ts";
import { deviceWords } from "./remedies.ts";
import { addressText, offsetText } from "./words.ts";

/** A cause that a failure may have: its finding when what was read shows it. */
export type LoaderRule = (reading: Reading) => Finding | undefined;

/** One load or store, with the address it went to. */
export interface MemoryAccess {
  readonly at: number;
  readonly kind: "load" | "store";
  readonly address: number;
}

/** What was read of a failure, in the terms that rules ask in. */
export class Reading {
  readonly failure: LoaderFailure;
  readonly needs: LoaderNeeds;

  constructor(failure: LoaderFailure) {
    this.failure = failure;
    this.needs = loaderNeeds(failure.loader);
  }

  /** `Init() of nand512w3a.stldr`. */
  get call(): string {
    return `${this.failure.function}() of ${loaderName(this.failure.loader)}`;
  }

  /** `STM32F10x medium-density, device ID 0x410`, or as far as it is known. */
  get chipWords(): string {
    const { chip, chipName, deviceId } = this.failure.target;
    const name = chip === undefined ? chipName : shortChipName(chip);
    return deviceId === undefined ? name : `${name}, device ID 0x${deviceId.toString(16).toUpperCase()}`;
  }

  /** The exception that the core is handling (IPSR): 0 none, 3 HardFault, 4 to 6 the other faults, 15 SysTick. */
  get exception(): number {
    return (this.failure.core?.xpsr ?? 0) & 0x1ff;
  }

  /** True when a fault ended it, wherever its handler went then. */
  get faulted(): boolean {
    const { outcome } = this.failure;
    return outcome === "faulted" || outcome === "locked-up" || (this.exception >= 3 && this.exception <= 6);
  }

  /**
   * What exception entry left on the stack. Where a handler of the application's was let run on, SP has moved: there it
   * counts only when it looks like a frame of the loader's.
   */
  get frame(): ExceptionFrame | undefined {
    const { core, outcome } = this.failure;
    const frame = core?.frame;
    if (frame === undefined || (outcome !== "timed-out" && outcome !== "locked-up")) return frame;
    // In lockup LR need not hold EXC_RETURN: then nobody knows which stack the frame is on.
    if (outcome === "locked-up" && (core?.r[14] ?? 0) >>> 5 === 0x7ffffff) return frame;
    return this.inLoader(frame.pc) && (frame.xpsr & 0x01000000) !== 0 ? frame : undefined;
  }

  /** BFAR, if it belongs to this fault: its VALID bit may be left over from an earlier one. */
  get bfar(): number | undefined {
    const { core } = this.failure;
    return ((core?.cfsr ?? 0) & 0xff00) === 0 ? undefined : core?.bfar;
  }

  /** The instruction at fault: the stacked PC, or where the core stands unless that is in a fault handler. */
  get pc(): number | undefined {
    const { core } = this.failure;
    if (core === undefined) return undefined;
    if (this.frame !== undefined) return this.frame.pc;
    // In lockup PC reads as 0xFFFFFFFE (ARMv7-M B1.5.15).
    if (this.failure.outcome === "locked-up") return undefined;
    return this.exception >= 3 && this.exception <= 6 ? undefined : core.r[15];
  }

  /** The return address that goes with {@link pc}. */
  get lr(): number | undefined {
    return this.pc === undefined ? undefined : (this.frame?.lr ?? this.failure.core?.r[14]);
  }

  /** A register as it was at {@link pc}. R4 to R11 are as the handler found them. */
  register(number: number): number | undefined {
    const { core } = this.failure;
    if (core === undefined) return undefined;
    const { frame } = this;
    if (frame === undefined) return core.r[number];
    const stacked = [frame.r0, frame.r1, frame.r2, frame.r3][number];
    if (stacked !== undefined) return stacked;
    if (number === 12) return frame.r12;
    if (number === 13) return this.sp;
    if (number === 14) return frame.lr;
    if (number === 15) return frame.pc;
    return core.r[number];
  }

  /** SP before exception entry pushed its frame; bit 9 of the stacked xPSR tells of a word for alignment (B1.5.7). */
  get sp(): number | undefined {
    const { frame } = this;
    if (frame === undefined) return this.failure.core?.r[13];
    return frame.address + 32 + ((frame.xpsr & 0x200) !== 0 ? 4 : 0);
  }

  /** The function of the loader that an address lies in. */
  symbolAt(address: number): { name: string; offset: number } | undefined {
    if (!this.inLoader(address)) return undefined;
    const at = address - this.failure.loadBase;
    let best: { name: string; offset: number } | undefined;
    for (const { name, value, type, size } of this.failure.loader.symbols) {
      if (type !== "function") continue;
      const offset = at - ((value & ~1) >>> 0);
      if (offset < 0 || (size > 0 && offset >= size)) continue;
      if (best === undefined || offset < best.offset)
        best = { name: name.replace(/\.(constprop|isra|part|cold)(\.\d+)?/g, ""), offset };
    }
    return best;
  }

  /** `FSMC_NAND_Init+0x42 (nand.c:88)`, or the address where no symbol covers it. */
  place(address: number): string {
    const symbol = this.symbolAt(address);
    const line = this.inLoader(address) ? this.failure.lineOf?.(address - this.failure.loadBase) : undefined;
    const name = symbol === undefined ? addressText(address) : offsetText(symbol.name, symbol.offset);
    return line === undefined ? name : `${name} (${baseName(line)})`;
  }

  /** The variable of the loader that an address lies in. */
  variableAt(address: number): string | undefined {
    const at = address - this.failure.loadBase;
    return this.failure.loader.symbols.find(
      ({ type, value, size }) => type === "object" && at >= value && at < value + Math.max(size, 1),
    )?.name;
  }

  /** True inside what the loader put into RAM to be executed. */
  inLoader(address: number): boolean {
    const at = address - this.failure.loadBase;
    return this.failure.loader.segments.some(({ address: start, data }) => at >= start && at < start + data.length);
  }

  inDamage(address: number): boolean {
    return this.failure.damaged?.some(({ start, end }) => address >= start && address < end) ?? false;
  }

  /** What lives at an address, on the specimen's RAM rather than the row's where both are known. */
  describe(address: number): AddressPlace {
    const { chip, ram } = this.failure.target;
    const own = ram.find(({ base, size }) => address >= base && address < base + size);
    if (own !== undefined) return { name: `RAM (${own.name})`, exists: true, block: own.name };
    const place = describeAddress(address, chip, this.needs.families);
    if (place.exists === true && place.name.startsWith("RAM") && ram.length > 0) {
      return { name: `beyond the RAM of this ${shortChipName(chip ?? neverChip)}`, exists: false };
    }
    return place;
  }

  /** The instruction at an address, from what was read of the target, else from the file. */
  instructionAt(address: number): ThumbInstruction | undefined {
    const code = this.failure.core?.code;
    if (code !== undefined && address >= code.address && address + 2 <= code.address + code.bytes.length) {
      const read = decodeThumb(code.bytes, address - code.address, address);
      if (read !== undefined) return read;
    }
    const at = address - this.failure.loadBase;
    for (const { address: start, data } of this.failure.loader.segments) {
      if (at >= start && at < start + data.length) return decodeThumb(data, at - start, address);
    }
    return undefined;
  }

  /** The half-word of code at an address, from what was read of the target, else from the file. */
  halfWordAt(address: number): number | undefined {
    const { core, loader, loadBase } = this.failure;
    const stretches = [
      ...(core?.code === undefined ? [] : [{ address: core.code.address, data: core.code.bytes }]),
      ...loader.segments.map(({ address: start, data }) => ({ address: start + loadBase, data })),
    ];
    for (const { address: start, data } of stretches) {
      const offset = address - start;
      if (offset >= 0 && offset + 2 <= data.length) return data[offset] | (data[offset + 1] << 8);
    }
    return undefined;
  }

  /** A word of the loader's own code or constants, as its file holds it. */
  wordAt(address: number): number | undefined {
    const at = address - this.failure.loadBase;
    const segment = this.failure.loader.segments.find(
      ({ address: start, data }) => at >= start && at + 4 <= start + data.length,
    );
    if (segment === undefined) return undefined;
    const view = new DataView(segment.data.buffer, segment.data.byteOffset, segment.data.length);
    return view.getUint32(at - segment.address, true);
  }

  /** Where an operand points with the registers as they were at {@link pc}. */
  addressOf(operand: ThumbOperand, at: number): number | undefined {
    if (operand.base === 15) return (((at + 4) & ~3) + operand.offset) >>> 0;
    const base = this.register(operand.base);
    const index = operand.index === undefined ? 0 : this.register(operand.index);
    if (base === undefined || index === undefined) return undefined;
    return (base + operand.offset + (index << (operand.shift ?? 0))) >>> 0;
  }

  /** The memory access that the instruction at fault made. */
  accessAtFault(): MemoryAccess | undefined {
    const { pc } = this;
    if (pc === undefined) return undefined;
    const instruction = this.instructionAt(pc);
    if (instruction?.operand === undefined) return undefined;
    if (instruction.kind !== "load" && instruction.kind !== "store") return undefined;
    const address = this.addressOf(instruction.operand, pc);
    return address === undefined ? undefined : { at: pc, kind: instruction.kind, address };
  }

  /** Lines on the fault registers and the stacked frame. */
  faultEvidence(): string[] {
    const { core } = this.failure;
    if (core === undefined) return [];
    const lines: string[] = [];
    const named = (value: number, flags: readonly string[]): string =>
      `${addressText(value)}${flags.length > 0 ? ` (${flags.join(", ")})` : ""}`;
    if (core.cfsr !== 0 || core.hfsr !== 0) {
      const parts = [
        `CFSR = ${named(core.cfsr, cfsrFlags(core.cfsr))}`,
        `HFSR = ${named(core.hfsr, hfsrFlags(core.hfsr))}`,
      ];
      if (this.bfar !== undefined) parts.push(`BFAR = ${addressText(this.bfar)}`);
      if (core.mmfar !== undefined) parts.push(`MMFAR = ${addressText(core.mmfar)}`);
      lines.push(parts.join(", "));
    }
    const where = (address: number): string =>
      `${addressText(address)}${this.symbolAt(address) === undefined ? "" : ` = ${this.place(address)}`}`;
    const { pc, lr } = this;
    if (pc !== undefined && lr !== undefined) {
      const caller = this.inLoader((lr & ~1) >>> 0) ? where((lr & ~1) >>> 0) : addressText(lr);
      lines.push(`${this.frame === undefined ? "" : "stacked "}PC ${where(pc)}, LR ${caller}`);
    }
    return lines;
  }

  /** What the loader says of its own memory. */
  deviceEvidence(): string {
    return `its own description: ${deviceWords(this.failure.loader)}`;
  }
}

/** Every finding rests on a core that answered: what ST's server blames is not it. */
export const POWER_AND_CABLE = "power and cabling of the chip are not the cause: the core was read";

const neverChip = { name: "chip" } as Parameters<typeof shortChipName>[0];
