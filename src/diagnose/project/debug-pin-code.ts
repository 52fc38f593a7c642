import type { Chip } from "../../chips/chip.ts";
import { type DebugPinRegister, debugPinRegisters } from "../../chips/debug-pins.ts";
import { type FlowCall, type FunctionFlow, functionFlow } from "../../formats/code-flow.ts";
import { type ProgramCode, type ProgramFunction, programCode } from "../../formats/elf-functions.ts";
import { holdsForAll, type KnownBits, shiftedLeft, wholeValue } from "../../formats/known-bits.ts";
import { symbolAt } from "../../formats/nearest-symbol.ts";
import { thumbConstants } from "../../formats/thumb-constants.ts";
import { addressText, offsetText } from "../loader/words.ts";
import type { ProjectProgram } from "./choose-program.ts";
import { vectorTable } from "./vector-table.ts";

/** A place of a program that takes the debug pins away. */
export interface DebugPinTaking {
  readonly at: number;
  /** `HAL_MspInit (Src/stm32f1xx_hal_msp.c, line 74)`. */
  readonly place: string;
  readonly register: string;
  /** What the value does, in words. */
  readonly effect: string;
  /** On every way from reset, on some, or nothing was seen to lead there. */
  readonly reached: "always" | "sometimes" | "unseen";
  /** Part of the field comes from reading the register, and is taken for 0. */
  readonly readBack: boolean;
  readonly evidence: readonly string[];
}

/** Functions that have their flow followed while looking for the way from reset: real chains are short. */
const MOST_FLOWS = 400;
/** Farthest that an offset of a load or store reaches from a constant base. */
const REACH = 4096;

/** Functions of libraries for the F1 whose first argument says what SWJ_CFG becomes (StdPeriph, libopencm3, libmaple). */
const libraries: Readonly<Record<string, (first: number, second: number | undefined) => boolean>> = {
  GPIO_PinRemapConfig: (first, second) => first === 0x00300400 && second !== 0,
  gpio_primary_remap: (first) => ((first >>> 24) & 7) === 4,
  afio_cfg_debug_ports: (first) => first === 0x04000000,
};

/** Finds where a program takes PA13 and PA14 from the debug port of a chip, by the code itself. */
export function debugPinTakings(program: ProjectProgram, chip: Chip): DebugPinTaking[] {
  const registers = debugPinRegisters(chip);
  if (registers.length === 0) return [];
  return new TakingSearch(program, chip, registers).find();
}

interface Found {
  readonly at: number;
  readonly in: ProgramFunction;
  readonly register: string;
  readonly effect: string;
  readonly readBack: boolean;
  readonly avoidable: boolean;
  readonly value: string;
}

class TakingSearch {
  readonly #program: ProjectProgram;
  readonly #chip: Chip;
  readonly #registers: readonly DebugPinRegister[];
  readonly #code: ProgramCode;
  readonly #flows = new Map<number, FunctionFlow>();
  readonly #reset: number | undefined;
  readonly #reachable: ReadonlySet<number>;
  /** A store that gives the pins back, or keeps them: with one, none of the others is the last word for certain. */
  #keeps = false;

  constructor(program: ProjectProgram, chip: Chip, registers: readonly DebugPinRegister[]) {
    this.#program = program;
    this.#chip = chip;
    this.#registers = registers;
    const table = vectorTable(program.elf);
    const start = table?.reset ?? program.elf.entry;
    this.#reset = start === 0 ? undefined : (start & ~1) >>> 0;
    this.#code = programCode(
      program.elf,
      program.symbols,
      (table?.handlers ?? []).map((vector) => (vector & ~1) >>> 0),
    );
    this.#reachable = this.#reachableFromRoots();
  }

  find(): DebugPinTaking[] {
    const found = [...this.#stores(), ...(this.#chip.family === "STM32F1" ? this.#libraryCalls() : [])];
    return found.map((each) => {
      const reached = this.#reached(each);
      return {
        at: each.at,
        place: this.#place(each.at),
        register: each.register,
        effect: each.effect,
        reached,
        readBack: each.readBack,
        evidence: [
          `${this.#program.path}: ${addressText(each.at)}, ${this.#place(each.at)}: ${each.value}`,
          ...(each.readBack
            ? ["the other bits of SWJ_CFG come from reading it: by RM0008 9.4.2 undefined, on chips 0"]
            : []),
          ...(reached === "always"
            ? [`${this.#program.path}: every way from reset leads there${this.#chain(each.in)}`]
            : []),
        ],
      };
    });
  }

  *#stores(): Iterable<Found> {
    const { stretches, isCode, functionAt } = this.#code;
    const near = new Map<number, ProgramFunction>();
    for (const { at, value } of thumbConstants(stretches, isCode)) {
      if (!this.#registers.some(({ address }) => value < address + 4 && address - value < REACH)) continue;
      const owner = functionAt(at);
      if (owner !== undefined) near.set(owner.start, owner);
    }
    for (const owner of near.values()) {
      for (const { at, address, value, width, avoidable } of this.#flow(owner).stores) {
        for (const register of this.#registers) {
          const offset = address - register.address;
          if (offset < 0 || offset + width > 4) continue;
          const bits = offset === 0 && width === 4 ? value : part(value, offset, width);
          const effect = effectOf(register, bits);
          if (effect === "kept") this.#keeps = true;
          if (effect === "kept" || effect === undefined) continue;
          const written = `${register.name} (${addressText(register.address)}) gets ${bitsText(bits, register.mask)}`;
          yield { at, in: owner, register: register.name, ...effect, avoidable, value: written };
        }
      }
    }
  }

  *#libraryCalls(): Iterable<Found> {
    for (const { name, start } of this.#code.functions) {
      const takes = name === undefined ? undefined : libraries[name];
      if (takes === undefined) continue;
      for (const caller of this.#code.callers.get(start) ?? []) {
        const owner = this.#code.functionAt(caller);
        if (owner === undefined) continue;
        for (const call of this.#flow(owner).calls) {
          const [first, second] = call.arguments.map(wholeValue);
          if (call.target !== start || first === undefined || !takes(first, second)) continue;
          yield {
            at: call.at,
            in: owner,
            register: "AFIO_MAPR",
            effect: "SWJ_CFG = 100: JTAG and SWD switched off, their pins are the application's",
            readBack: false,
            avoidable: call.avoidable,
            value: `${name}(${addressText(first)}${second === undefined ? "" : `, ${second}`}) is called, which writes SWJ_CFG`,
          };
        }
      }
    }
  }

  #flow(of: ProgramFunction): FunctionFlow {
    const known = this.#flows.get(of.start);
    if (known !== undefined) return known;
    const flow =
      this.#flows.size >= MOST_FLOWS
        ? { stores: [], calls: [] }
        : functionFlow(of, this.#code.stretches, this.#code.isCode);
    this.#flows.set(of.start, flow);
    return flow;
  }

  #reached({ in: owner, avoidable, readBack }: Found): DebugPinTaking["reached"] {
    if (!avoidable && !readBack && !this.#keeps && this.#wayTo(owner) !== undefined) return "always";
    return this.#reachable.has(owner.start) ? "sometimes" : "unseen";
  }

  /** The functions from reset to this one, each calling the next on every way through it. */
  #wayTo(owner: ProgramFunction, seen = new Set<number>()): ProgramFunction[] | undefined {
    if (owner.start === this.#reset) return [owner];
    seen.add(owner.start);
    for (const start of this.#code.callers.get(owner.start) ?? []) {
      const caller = this.#code.functionAt(start);
      if (caller === undefined || seen.has(start)) continue;
      const calls = (call: FlowCall): boolean => call.target === owner.start && !call.avoidable;
      if (!this.#flow(caller).calls.some(calls)) continue;
      const way = this.#wayTo(caller, seen);
      if (way !== undefined) return [...way, owner];
    }
    return undefined;
  }

  #chain(owner: ProgramFunction): string {
    const names = (this.#wayTo(owner) ?? []).map(({ name, start }) => name ?? addressText(start));
    return names.length < 2 ? "" : ` (${names.join(" > ")})`;
  }

  #reachableFromRoots(): Set<number> {
    const callees = new Map<number, number[]>();
    for (const [target, callers] of this.#code.callers) {
      for (const caller of callers) {
        const list = callees.get(caller);
        if (list === undefined) callees.set(caller, [target]);
        else list.push(target);
      }
    }
    const seen = new Set<number>(this.#code.pointedAt);
    if (this.#reset !== undefined) seen.add(this.#reset);
    const open = [...seen];
    for (let start = open.pop(); start !== undefined; start = open.pop()) {
      for (const next of callees.get(start) ?? []) {
        if (seen.has(next)) continue;
        seen.add(next);
        open.push(next);
      }
    }
    return seen;
  }

  #place(at: number): string {
    const symbol = symbolAt(this.#program.symbols, at);
    const line = this.#program.lines?.lineAt(at);
    const where = line === undefined ? "" : ` (${line.file}, line ${line.line})`;
    return `${symbol === undefined ? addressText(at) : offsetText(symbol.name, line === undefined ? symbol.offset : 0)}${where}`;
  }
}

/** The bits that a store of a byte or half-word at an offset gives the register. */
function part(value: KnownBits, offset: number, width: number): KnownBits {
  const mask = ((2 ** (8 * width) - 1) << (8 * offset)) >>> 0;
  const moved = shiftedLeft(value, 8 * offset);
  return { known: (moved.known & mask) >>> 0, bits: (moved.bits & mask) >>> 0 };
}

/** What a value does whatever its unknown bits are; `kept` when it surely leaves the port alone, `undefined` if open. */
function effectOf(
  register: DebugPinRegister,
  value: KnownBits,
): { readonly effect: string; readonly readBack: boolean } | "kept" | undefined {
  const { mask, effect } = register;
  if (holdsForAll(value, mask, (each) => effect(each) === undefined)) return "kept";
  const sure = holdsForAll(value, mask, (each) => effect(each) !== undefined);
  if (!sure) {
    // AFIO->MAPR |= 4 << 24: SWJ_CFG is write-only (RM0008 9.4.2), and what is read there is 0 in practice.
    const words = register.name === "AFIO_MAPR" && (value.bits & mask) !== 0 ? effect(value.bits) : undefined;
    return words === undefined ? undefined : { effect: words, readBack: true };
  }
  // Unknown bits of the mode are said as if they were the debug port's: what is told is what is known.
  const fill = register.name === "GPIOA_MODER" ? 0x28000000 & ~value.known : 0;
  const words = effect((value.bits | fill) >>> 0) ?? effect(value.bits);
  return words === undefined ? undefined : { effect: words, readBack: false };
}

/** `100 in bits 26:24`: the known value of a field. */
function bitsText({ known, bits }: KnownBits, mask: number): string {
  const low = Math.log2((mask & -mask) >>> 0);
  const high = Math.floor(Math.log2(mask >>> 0));
  const digits: string[] = [];
  for (let bit = high; bit >= low; bit--) digits.push((known >>> bit) & 1 ? String((bits >>> bit) & 1) : "x");
  return `${digits.join("")} in bits ${high}:${low}`;
}
