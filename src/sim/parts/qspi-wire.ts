/** Lines that a phase of a command uses; 0 leaves the phase out. */
export type QspiLines = 0 | 1 | 2 | 4;

/** A phase that carries a value, most significant bit first. */
export interface QspiPhase {
  readonly value: number;
  readonly bits: number;
  readonly lines: QspiLines;
}

/** What goes over the wires between the fall of chip select and the data. */
export interface QspiCommand {
  readonly instruction: QspiPhase;
  readonly address: QspiPhase;
  readonly alternate: QspiPhase;
  readonly dummyCycles: number;
  readonly dataLines: QspiLines;
  /** Address and data on both edges of the clock. */
  readonly doubleRate: boolean;
}

/** A part on a Quad-SPI bus. One command at a time: select, data bytes in one direction, deselect. */
export interface QspiDevice {
  /** Chip select falls, and everything before the data is clocked in. */
  select(command: QspiCommand): void;
  /** The next byte as the master samples it on {@link QspiCommand.dataLines}. */
  read(): number;
  write(byte: number): void;
  /** Chip select rises: what was a complete command takes effect. */
  deselect(): void;
  /** Virtual nanoseconds until which no status bit changes by itself; 0 when nothing is under way. */
  readonly steadyUntil: number;
}

export const noPhase: QspiPhase = { value: 0, bits: 0, lines: 0 };

/** Clock cycles that a phase takes. */
export function phaseClocks({ bits, lines }: QspiPhase): number {
  return lines === 0 ? 0 : bits / lines;
}

/** What nobody drives: the lines are pulled up. */
export const FLOATING = 0xf;

/** Levels of the four lines, IO3 to IO0, in each clock of a phase that the master drives; lines it leaves alone are high. */
export function driven({ value, bits, lines }: QspiPhase): number[] {
  const clocks: number[] = [];
  if (lines === 0) return clocks;
  const rest = FLOATING & ~((1 << lines) - 1);
  for (let shift = bits - lines; shift >= 0; shift -= lines) {
    clocks.push(rest | ((value >>> shift) & ((1 << lines) - 1)));
  }
  return clocks;
}

/** Levels of the lines in each clock between instruction and data. */
export function clocksBeforeData({ address, alternate, dummyCycles }: QspiCommand): number[] {
  return [...driven(address), ...driven(alternate), ...new Array<number>(dummyCycles).fill(FLOATING)];
}

/** The value that clocks [from, to) carry on `lines` lines, as a part that listens on them hears it. */
export function heard(clocks: readonly number[], from: number, to: number, lines: number): number {
  let value = 0;
  for (let i = from; i < to; i++) value = value * 2 ** lines + ((clocks[i] ?? FLOATING) & ((1 << lines) - 1));
  return value;
}

/**
 * What a master hears on `masterLines` lines while a part sends bytes on `partLines`, the part's first bit in clock
 * `delay` of the master's data phase (negative: the master begins to listen too late). A single line is IO1.
 */
export class MisalignedReader {
  readonly #source: (index: number) => number;
  readonly #partLines: number;
  readonly #masterLines: number;
  #clock: number;

  constructor(source: (index: number) => number, partLines: number, masterLines: number, delay: number) {
    this.#source = source;
    this.#partLines = partLines;
    this.#masterLines = masterLines;
    this.#clock = -delay;
  }

  next(): number {
    let byte = 0;
    for (let bits = 0; bits < 8; bits += this.#masterLines) {
      const levels = this.#levels(this.#clock++);
      const sampled = this.#masterLines === 1 ? (levels >>> 1) & 1 : levels & ((1 << this.#masterLines) - 1);
      byte = (byte << this.#masterLines) | sampled;
    }
    return byte;
  }

  #levels(clock: number): number {
    const lines = this.#partLines;
    if (clock < 0 || lines === 0) return FLOATING;
    const bit = clock * lines;
    const value = (this.#source(Math.floor(bit / 8)) >>> (8 - lines - (bit % 8))) & ((1 << lines) - 1);
    return lines === 1 ? (FLOATING & ~2) | (value << 1) : (FLOATING & ~((1 << lines) - 1)) | value;
  }
}
