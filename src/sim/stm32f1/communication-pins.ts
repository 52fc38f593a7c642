import type { Pins, PortName } from "./chip-context.ts";

/** One pin of the package. */
export interface Pin {
  readonly port: PortName;
  readonly pin: number;
}

interface Remap {
  /** Position and width of the block's field in AFIO_MAPR; width 0: the block cannot be moved. */
  readonly shift: number;
  readonly width: number;
  /** Signals for each value of the field, `signal:pin` separated by blanks; a value not listed selects no pin. */
  readonly choices: Readonly<Record<number, string>>;
}

/** Alternate functions and their remaps (RM0008 9.3; pins that the package lacks included). */
const remaps: Readonly<Record<string, Remap>> = {
  USART1: {
    shift: 2,
    width: 1,
    choices: { 0: "TX:A9 RX:A10 CK:A8 CTS:A11 RTS:A12", 1: "TX:B6 RX:B7 CK:A8 CTS:A11 RTS:A12" },
  },
  USART2: {
    shift: 3,
    width: 1,
    choices: { 0: "TX:A2 RX:A3 CK:A4 CTS:A0 RTS:A1", 1: "TX:D5 RX:D6 CK:D7 CTS:D3 RTS:D4" },
  },
  USART3: {
    shift: 4,
    width: 2,
    choices: {
      0: "TX:B10 RX:B11 CK:B12 CTS:B13 RTS:B14",
      1: "TX:C10 RX:C11 CK:C12 CTS:B13 RTS:B14",
      3: "TX:D8 RX:D9 CK:D10 CTS:D11 RTS:D12",
    },
  },
  SPI1: { shift: 0, width: 1, choices: { 0: "NSS:A4 SCK:A5 MISO:A6 MOSI:A7", 1: "NSS:A15 SCK:B3 MISO:B4 MOSI:B5" } },
  SPI2: { shift: 0, width: 0, choices: { 0: "NSS:B12 SCK:B13 MISO:B14 MOSI:B15" } },
  I2C1: { shift: 1, width: 1, choices: { 0: "SCL:B6 SDA:B7", 1: "SCL:B8 SDA:B9" } },
  I2C2: { shift: 0, width: 0, choices: { 0: "SCL:B10 SDA:B11" } },
  TIM1: {
    shift: 6,
    width: 2,
    choices: {
      0: "ETR:A12 CH1:A8 CH2:A9 CH3:A10 CH4:A11 BKIN:B12 CH1N:B13 CH2N:B14 CH3N:B15",
      1: "ETR:A12 CH1:A8 CH2:A9 CH3:A10 CH4:A11 BKIN:A6 CH1N:A7 CH2N:B0 CH3N:B1",
      3: "ETR:E7 CH1:E9 CH2:E11 CH3:E13 CH4:E14 BKIN:E15 CH1N:E8 CH2N:E10 CH3N:E12",
    },
  },
  TIM2: {
    shift: 8,
    width: 2,
    choices: {
      0: "ETR:A0 CH1:A0 CH2:A1 CH3:A2 CH4:A3",
      1: "ETR:A15 CH1:A15 CH2:B3 CH3:A2 CH4:A3",
      2: "ETR:A0 CH1:A0 CH2:A1 CH3:B10 CH4:B11",
      3: "ETR:A15 CH1:A15 CH2:B3 CH3:B10 CH4:B11",
    },
  },
  TIM3: {
    shift: 10,
    width: 2,
    choices: {
      0: "ETR:D2 CH1:A6 CH2:A7 CH3:B0 CH4:B1",
      2: "ETR:D2 CH1:B4 CH2:B5 CH3:B0 CH4:B1",
      3: "ETR:D2 CH1:C6 CH2:C7 CH3:C8 CH4:C9",
    },
  },
  TIM4: {
    shift: 12,
    width: 1,
    choices: { 0: "ETR:E0 CH1:B6 CH2:B7 CH3:B8 CH4:B9", 1: "ETR:E0 CH1:D12 CH2:D13 CH3:D14 CH4:D15" },
  },
  UART4: { shift: 0, width: 0, choices: { 0: "TX:C10 RX:C11" } },
  UART5: { shift: 0, width: 0, choices: { 0: "TX:C12 RX:D2" } },
  SPI3: { shift: 0, width: 0, choices: { 0: "NSS:A15 SCK:B3 MISO:B4 MOSI:B5" } },
  TIM5: { shift: 0, width: 0, choices: { 0: "CH1:A0 CH2:A1 CH3:A2 CH4:A3" } },
  TIM8: {
    shift: 0,
    width: 0,
    choices: { 0: "ETR:A0 CH1:C6 CH2:C7 CH3:C8 CH4:C9 BKIN:A6 CH1N:A7 CH2N:B0 CH3N:B1" },
  },
  CAN: { shift: 13, width: 2, choices: { 0: "RX:A11 TX:A12", 2: "RX:B8 TX:B9", 3: "RX:D0 TX:D1" } },
};

/** The pins of one block, as AFIO_MAPR has them at the moment. */
export class BlockPins {
  readonly #pins: Pins;
  readonly #remap: Remap;
  readonly #choices = new Map<number, ReadonlyMap<string, Pin>>();
  readonly #driven = new Map<string, { pin: Pin; level: boolean }>();

  constructor(block: string, pins: Pins) {
    this.#pins = pins;
    this.#remap = remaps[block] ?? { shift: 0, width: 0, choices: {} };
    for (const [value, text] of Object.entries(this.#remap.choices)) this.#choices.set(Number(value), parse(text));
  }

  /** The pin of a signal now (`TX`, `CH1N`); undefined when the remap in force takes it to no pin. */
  find(signal: string): Pin | undefined {
    const { shift, width } = this.#remap;
    const value = (this.#pins.mapr >>> shift) & ((1 << width) - 1);
    return this.#choices.get(value)?.get(signal);
  }

  /** Every pin that a signal may be mapped to. */
  candidates(signal: string): readonly Pin[] {
    const found: Pin[] = [];
    for (const choice of this.#choices.values()) {
      const pin = choice.get(signal);
      if (pin !== undefined && !found.some((known) => samePin(known, pin))) found.push(pin);
    }
    return found;
  }

  /** Level at the signal's pin; `absent` when it has none. */
  level(signal: string, absent: boolean): boolean {
    const pin = this.find(signal);
    return pin === undefined ? absent : this.#pins.level(pin.port, pin.pin);
  }

  /** Drives the signal's pin, as far as GPIO lets it. */
  drive(signal: string, level: boolean): void {
    const pin = this.find(signal);
    const before = this.#driven.get(signal);
    if (pin === undefined || (before?.pin === pin && before.level === level)) return;
    this.#driven.set(signal, { pin, level });
    this.#pins.setAlternate(pin.port, pin.pin, level);
  }

  /** The block was reset: its signals go low and are driven anew. */
  release(): void {
    for (const { pin } of this.#driven.values()) this.#pins.setAlternate(pin.port, pin.pin, false);
    this.#driven.clear();
  }

  /** The signal's pin is an alternate-function output: what the block sends gets out. */
  isOutput(signal: string): boolean {
    const pin = this.find(signal);
    return pin !== undefined && this.#pins.isAlternateOutput(pin.port, pin.pin);
  }

  /** Calls `listener` with the new level whenever the pin that carries `signal` at that moment changes. */
  watch(signal: string, listener: (level: boolean) => void): void {
    for (const candidate of this.candidates(signal)) {
      this.#pins.onChange(candidate.port, candidate.pin, (level) => {
        const pin = this.find(signal);
        if (pin !== undefined && samePin(pin, candidate)) listener(level);
      });
    }
  }
}

function parse(text: string): ReadonlyMap<string, Pin> {
  return new Map(
    text.split(" ").map((entry) => {
      const [signal, name] = entry.split(":");
      return [signal, { port: name[0] as PortName, pin: Number(name.slice(1)) }];
    }),
  );
}

function samePin(a: Pin, b: Pin): boolean {
  return a.port === b.port && a.pin === b.pin;
}
