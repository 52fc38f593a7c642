import type { Disposable } from "../../base/events.ts";
import type { Pins, PortName } from "./chip-context.ts";

/** Where a pull resistor leads: to VDD, to ground. */
export type Pull = "up" | "down";

/** Who hears of every change of level: EXTI, by port number (A = 0) and pin. */
export type PinListener = (port: number, pin: number, level: boolean) => void;

const portNames: readonly PortName[] = ["A", "B", "C", "D", "E", "F", "G"];

/** One pin: what configures it and what drives it. */
interface Pin {
  /** CNF[1:0] MODE[1:0], as in CRL and CRH. */
  config: number;
  output: boolean;
  alternate: boolean;
  external: boolean | undefined;
  pull: Pull | undefined;
  level: boolean;
  /** The pull of the debug port while it holds this pin, `none` for a pin it holds without one. */
  debug: Pull | "none" | undefined;
  /** CRL and CRH leave it to the crystal: PD0 and PD1 without PD01_REMAP. */
  crystal: boolean;
  /** Replaced, never changed: a listener may leave while they are called. */
  listeners: readonly ((level: boolean) => void)[];
}

/** The five pins of the debug port: which settings of SWJ_CFG keep them, and their pulls then (RM0008 9.3.5, 31.4.4). */
const debugPins: readonly { port: number; pin: number; keptBy: readonly number[]; pull: Pull | undefined }[] = [
  { port: 0, pin: 13, keptBy: [0, 1, 2], pull: "up" },
  { port: 0, pin: 14, keptBy: [0, 1, 2], pull: "down" },
  { port: 0, pin: 15, keptBy: [0, 1], pull: "up" },
  { port: 1, pin: 3, keptBy: [0, 1], pull: undefined },
  { port: 1, pin: 4, keptBy: [0], pull: "up" },
];

/** PD0 and PD1 are the crystal's until this makes them pins (RM0008 9.3.2). */
const PD01_REMAP = 1 << 15;
const PORT_D = 3;

/**
 * All pins of the package: the level that results from what GPIO configures, the alternate function or the board
 * drives, and pull resistors (RM0008 9.1). What nothing drives or pulls reads the same in every run: low at an input,
 * high at an open drain that is let go, since nobody uses one without a resistor.
 */
export class PinMatrix implements Pins {
  readonly #ports: readonly (readonly Pin[])[];
  #watchers: readonly PinListener[] = [];
  #configured: readonly (() => void)[] = [];
  readonly #crystalOnPortD: boolean;
  /** GPIOx_IDR of each port. */
  readonly #inputs = new Uint16Array(portNames.length);
  #mapr = 0;

  /** `crystalOnPortD`: PD0 and PD1 share their pads with the crystal, as in packages of up to 64 pins. */
  constructor(crystalOnPortD = true) {
    this.#crystalOnPortD = crystalOnPortD;
    const pin = (): Pin => ({
      config: 4,
      output: false,
      alternate: false,
      external: undefined,
      pull: undefined,
      level: false,
      debug: undefined,
      crystal: false,
      listeners: [],
    });
    this.#ports = portNames.map(() => Array.from({ length: 16 }, pin));
    this.setMapr(0);
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
    const target = this.#pin(port, pin);
    target.listeners = [...target.listeners, listener];
    return {
      dispose: () => {
        target.listeners = target.listeners.filter((other) => other !== listener);
      },
    };
  }

  onConfigured(listener: () => void): Disposable {
    this.#configured = [...this.#configured, listener];
    return {
      dispose: () => {
        this.#configured = this.#configured.filter((other) => other !== listener);
      },
    };
  }

  /** Hears every pin. */
  onAnyChange(listener: PinListener): Disposable {
    this.#watchers = [...this.#watchers, listener];
    return {
      dispose: () => {
        this.#watchers = this.#watchers.filter((watcher) => watcher !== listener);
      },
    };
  }

  /** From GPIOx: CNF and MODE of a pin. */
  configure(port: number, pin: number, config: number): void {
    this.#ports[port][pin].config = config;
    this.#refresh(port, pin);
    for (const listener of this.#configured) listener();
  }

  /** From GPIOx: the ODR bit of a pin. */
  setOutput(port: number, pin: number, level: boolean): void {
    this.#ports[port][pin].output = level;
    this.#refresh(port, pin);
  }

  /** GPIOx_IDR: an analog pin reads 0, its Schmitt trigger is off (RM0008 9.1.12). */
  inputs(port: number): number {
    return this.#inputs[port];
  }

  /** Level by port number, for EXTI. */
  levelAt(port: number, pin: number): boolean {
    return this.#ports[port]?.[pin].level ?? false;
  }

  /** From AFIO: MAPR as written. */
  setMapr(value: number): void {
    this.#mapr = value;
    const setting = (value >>> 24) & 7;
    for (const { port, pin, keptBy, pull } of debugPins) {
      this.#ports[port][pin].debug = keptBy.includes(setting) ? (pull ?? "none") : undefined;
      this.#refresh(port, pin);
    }
    for (const pin of [0, 1]) {
      this.#ports[PORT_D][pin].crystal = this.#crystalOnPortD && !(value & PD01_REMAP);
      this.#refresh(PORT_D, pin);
    }
  }

  #pin(port: PortName, pin: number): Pin {
    return this.#ports[portNames.indexOf(port)][pin];
  }

  #refresh(port: number, number: number): void {
    const pin = this.#ports[port][number];
    const level = levelOf(pin);
    const sampled = level && (pin.config !== 0 || pin.debug !== undefined);
    this.#inputs[port] = sampled ? this.#inputs[port] | (1 << number) : this.#inputs[port] & ~(1 << number);
    if (level === pin.level) return;
    pin.level = level;
    for (const listener of pin.listeners) listener(level);
    for (const watcher of this.#watchers) watcher(port, number, level);
  }
}

function levelOf(pin: Pin): boolean {
  const { config } = pin;
  const plain = (config & 3) !== 0 && pin.debug === undefined && !pin.crystal;
  if (plain) {
    const driven = config & 8 ? pin.alternate : pin.output;
    // An open drain that is not pulling down leaves the pin to the outside.
    if (!driven || (config & 4) === 0) return driven;
  }
  const outside = pin.external ?? (pin.pull === undefined ? undefined : pin.pull === "up");
  if (plain) return outside ?? true;
  if (pin.crystal) return false;
  if (pin.debug !== undefined) return outside ?? pin.debug === "up";
  // Input with pull: ODR picks the direction; a stronger driver outside wins.
  if (config === 8) return outside ?? pin.output;
  return outside ?? false;
}
