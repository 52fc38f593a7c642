import type { Disposable } from "../../base/events.ts";
import type { Cpu, EngineName } from "../cpu/cpu.ts";
import type { DebugTarget } from "../dap/debug-target.ts";
import type { Eeprom24, Eeprom24Name } from "../parts/eeprom-24cxx.ts";
import type { WeakSupply } from "../stm32/chip-options.ts";
import type { MemorySegment } from "../stm32/memories.ts";
import type { WornCells } from "../stm32/worn-cells.ts";
import type { Stm32f1Config } from "../stm32f1/chip-config.ts";
import type { Scheduler } from "../time/scheduler.ts";

/** A 24Cxx on one of the I2C buses, with its pull-up resistors on the unmapped pins of that bus. */
export interface EepromOptions {
  readonly bus: "I2C1" | "I2C2";
  /** 24C02 unless given. */
  readonly part?: Eeprom24Name;
  /** 7-bit device address, 0x50 unless given. */
  readonly address?: number;
  readonly content?: Uint8Array;
}

/** How a virtual board is to be made. */
export interface BoardOptions {
  /** A program that is in flash already when power comes: ELF segments. */
  readonly flash?: readonly MemorySegment[];
  /** Jumpers: true is the position 1. */
  readonly boot0?: boolean;
  readonly boot1?: boolean;
  /** The chip answers on twice the flash that its size register admits, as many do. */
  readonly hiddenFlash?: boolean;
  /** The 12 bytes of the chip's unique id. */
  readonly uid?: readonly number[];
  /** The 16 option bytes. */
  readonly optionBytes?: readonly number[];
  /** Supply in volts; 3.3 unless given. */
  readonly voltage?: number;
  /** A supply that gives way while flash is erased. */
  readonly weakSupply?: WeakSupply;
  /** What the flash size register says, in KiB, when it is not the truth. */
  readonly sizeRegisterKib?: number;
  /** Cells of main flash that an erase does not bring back. */
  readonly wornCells?: WornCells;
  /** STM32F4: sectors of bank 1, a bit each, that are write-protected. STM32F1 has its option bytes for that. */
  readonly protectedSectors?: number;
  /** In what the chip differs from ST's, where another maker's is in its place. */
  readonly die?: Partial<Stm32f1Config>;
  /** A 24Cxx EEPROM on one of the I2C buses. */
  readonly eeprom?: EepromOptions;
  /** What executes code; else what cpu/default-engine.ts says. */
  readonly engine?: EngineName;
}

/** What every chip on a virtual board has, whatever its family. */
export interface BoardChip extends DebugTarget {
  /** Part number: `STM32F103C8`. */
  readonly name: string;
  readonly scheduler: Scheduler;
  readonly cpu: Cpu;
  /** Puts segments into the memories as a factory programmer would, without controller or time. */
  loadFlash(segments: readonly MemorySegment[]): void;
}

/** A virtual chip with its external parts and wiring. */
export interface Board<Chip extends BoardChip = BoardChip> {
  /** As in `--probe sim:NAME`. */
  readonly name: string;
  readonly chip: Chip;
  /** The EEPROM, when the options asked for one. */
  readonly eeprom?: Eeprom24;
  /** Names that {@link onUart} and {@link sendUart} take, in lower case. */
  readonly uarts: readonly string[];
  /** Lamps by name: lit or not. */
  led(name: string): boolean;
  /** Called whenever a lamp goes on or off. */
  onLed(name: string, listener: (lit: boolean) => void): Disposable;
  /** Hears each byte that leaves the TX pin of a UART. Throws `board-uart-unknown`. */
  onUart(name: string, listener: (byte: number) => void): Disposable;
  /** Somebody hears a UART or sees a lamp. */
  watched(): boolean;
  /** Sends bytes to the RX pin of a UART, at its baud rate. Throws `board-uart-unknown`. */
  sendUart(name: string, bytes: Iterable<number>): void;
  /** The reset button: pressed (true) or released. */
  pressReset(pressed: boolean): void;
  /** Takes the supply away and gives it back. */
  powerCycle(): void;
}

/** One kind of board, as `probity boards` lists it. */
export interface BoardDescription {
  /** One line: chip, crystals, parts. */
  readonly description: string;
  readonly create: (options: BoardOptions) => Board;
}
