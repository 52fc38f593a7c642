import type { Disposable } from "../../base/events.ts";
import type { Pins, PortName } from "./peripheral.ts";

/** Where a pull resistor leads: to VDD, to ground. */
export type Pull = "up" | "down";

/** Who hears of every change of level: EXTI, by port number (A = 0) and pin. */
export type PinListener = (port: number, pin: number, level: boolean) => void;

const portNames: readonly PortName[] = ["A", "B", "C", "D", "E"];

/** One pin: what configures it and what drives it. */
interface Pin {
  /** CNF[1:0] MODE[1:0], as in CRL and CRH. */
  config: number;
  output: boolean;
  alternate: boolean;
  external: boolean | undefined;
  pull: Pull | undefined;
  level: boolean;
  readonly listeners: Set<(level: boolean) => void>;
}

/** The five pins of the debug port: which settings of SWJ_CFG keep them, and their pulls then (RM0008 9.3.5, 31.4.4). */
const debugPins: readonly { port: number; pin: number; keptBy: readonly number[]; pull: Pull | undefined }[] = [
  { port: 0, pin: 13, keptBy: [0, 1, 2], pull: "up" },
  { port: 0, pin: 14, keptBy: [0, 1, 2], pull: "down" },
  { port: 0, pin: 15, keptBy: [0, 1], pull: "up" },
  { port: 1, pin: 3, keptBy: [0, 1], pull: undefined },
  { port: 1, pin: 4, keptBy: [0], pull: "up" },
];

const PD01_REMAP = 1 << 15;

/**
 * All pins of the package: the level that results from what GPIO configures, the alternate function or the board
 * drives, and pull resistors (RM0008 9.1). A floating input reads low, so that runs repeat.
 */
export class PinMatrix implements Pins {
  readonly #ports: readonly (readonly Pin[])[];
  readonly #watchers = new Set<PinListener>();
  #mapr = 0;

  constructor() {
    const pin = (): Pin => ({
      config: 4,
      output: false,
      alternate: false,
      external: undefined,
      pull: undefined,
      level: false,
      listeners: new Set(),
    });
    this.#ports = portNames.map(() => Array.from({ length: 16 }, pin));
    this.#refreshAll();
  }

  get mapr(): number {
    return this.#mapr;
  }

  level(port: PortName, pin: number): boolean {
    return this.#pin(port, pin).level;
  }

  setAlternate(port: PortName, pin: number, level: boolean): void {
    this.#pin(port, pin).alternate = level;
    this.#refresh(portNames.indexOf(port), pin);
  }

  isAlternateOutput(port: PortName, pin: number): boolean {
    const { config } = this.#pin(port, pin);
    return (config & 3) !== 0 && (config & 8) !== 0;
  }

  isAnalog(port: PortName, pin: number): boolean {
    return this.#pin(port, pin).config === 0;
  }

  driveExternal(port: PortName, pin: number, level: boolean | undefined): void {
    this.#pin(port, pin).external = level;
    this.#refresh(portNames.indexOf(port), pin);
  }

  /** A resistor of the board at the pin; undefined takes it away. */
  setExternalPull(port: PortName, pin: number, pull: Pull | undefined): void {
    this.#pin(port, pin).pull = pull;
    this.#refresh(portNames.indexOf(port), pin);
  }

  onChange(port: PortName, pin: number, listener: (level: boolean) => void): Disposable {
    const { listeners } = this.#pin(port, pin);
    listeners.add(listener);
    return { dispose: () => void listeners.delete(listener) };
  }

  /** Hears every pin. */
  onAnyChange(listener: PinListener): Disposable {
    this.#watchers.add(listener);
    return { dispose: () => void this.#watchers.delete(listener) };
  }

  /** From GPIOx: CNF and MODE of a pin. */
  configure(port: number, pin: number, config: number): void {
    this.#ports[port][pin].config = config;
    this.#refresh(port, pin);
  }

  /** From GPIOx: the ODR bit of a pin. */
  setOutput(port: number, pin: number, level: boolean): void {
    this.#ports[port][pin].output = level;
    this.#refresh(port, pin);
  }

  /** GPIOx_IDR: an analog pin reads 0, its Schmitt trigger is off (RM0008 9.1.12). */
  inputs(port: number): number {
    let value = 0;
    const pins = this.#ports[port];
    for (let pin = 0; pin < 16; pin++) {
      if (pins[pin].level && (pins[pin].config !== 0 || this.#debugPull(port, pin) !== null)) value |= 1 << pin;
    }
    return value;
  }

  /** Level by port number, for EXTI. */
  levelAt(port: number, pin: number): boolean {
    return this.#ports[port]?.[pin].level ?? false;
  }

  /** From AFIO: MAPR as written. */
  setMapr(value: number): void {
    this.#mapr = value;
    for (const { port, pin } of debugPins) this.#refresh(port, pin);
    this.#refresh(3, 0);
    this.#refresh(3, 1);
  }

  #pin(port: PortName, pin: number): Pin {
    return this.#ports[portNames.indexOf(port)][pin];
  }

  /** The pull of a pin that the debug port holds now; null when the port does not hold it. */
  #debugPull(port: number, pin: number): Pull | undefined | null {
    const row = debugPins.find((row) => row.port === port && row.pin === pin);
    return row?.keptBy.includes((this.#mapr >>> 24) & 7) ? row.pull : null;
  }

  #levelOf(port: number, number: number): boolean {
    const pin = this.#ports[port][number];
    const outside = pin.external ?? (pin.pull === undefined ? undefined : pin.pull === "up");
    // PD0 and PD1 are the crystal's until PD01_REMAP makes them pins (RM0008 9.3.2).
    if (port === 3 && number < 2 && !(this.#mapr & PD01_REMAP)) return false;
    const debugPull = this.#debugPull(port, number);
    if (debugPull !== null) return outside ?? debugPull === "up";
    const { config } = pin;
    if ((config & 3) !== 0) {
      const driven = config & 8 ? pin.alternate : pin.output;
      const openDrain = (config & 4) !== 0;
      return openDrain && driven ? (outside ?? false) : driven;
    }
    // Input with pull: ODR picks the direction; a stronger driver outside wins.
    if (config === 8) return outside ?? pin.output;
    return outside ?? false;
  }

  #refreshAll(): void {
    for (let port = 0; port < portNames.length; port++) {
      for (let pin = 0; pin < 16; pin++) this.#refresh(port, pin);
    }
  }

  #refresh(port: number, number: number): void {
    const pin = this.#ports[port][number];
    const level = this.#levelOf(port, number);
    if (level === pin.level) return;
    pin.level = level;
    for (const listener of [...pin.listeners]) listener(level);
    for (const watcher of this.#watchers) watcher(port, number, level);
  }
}
