import { ProbityError } from "../base/errors.ts";
import type { Link } from "../link/link.ts";
import type { UsbProbe } from "../link/usb/devices.ts";
import { probeSpecWithEngine } from "../session/engine-of-spec.ts";
import { openLink } from "../session/open-link.ts";
import type { RecordChoice } from "../session/open-recorded.ts";
import { simulatedSerial } from "../session/open-simulated.ts";
import type { OpenedLink } from "../session/opened-link.ts";
import type { ProbeSpec } from "../session/probe-spec.ts";
import type { Terminal } from "./terminal.ts";

/** The ST-LINKs on USB, and how one is opened; without a serial number the only one. */
export interface UsbProbes {
  list(): Promise<readonly Pick<UsbProbe, "serial" | "name" | "unusable">[]>;
  open(serial?: string): Promise<OpenedLink>;
}

const machineUsb: UsbProbes = {
  list: async () => (await import("../link/usb/devices.ts")).listUsbProbes(),
  open: (serial) => openLink(serial === undefined ? { kind: "usb" } : { kind: "usb", serial }),
};

function notOne(): ProbityError {
  return new ProbityError("record-one-probe", "A recording is of one probe, and --record does not say of which.", {
    remedy: ["Share one alone: --probe usb:SERIAL (probity probes lists them)."],
  });
}

type SimSpec = Extract<ProbeSpec, { kind: "sim" }>;

/** The probes that `probity share` was asked to share, opened. */
export class SharedProbes {
  readonly #opened: OpenedLink[] = [];
  readonly #terminal: Pick<Terminal, "error">;
  readonly #usb: UsbProbes;
  /** `usb` without a serial number: whatever is plugged in, now or later. */
  #all = false;
  /** Serial numbers of probes on USB of which it was said that they can't be shared. */
  readonly #refused = new Set<string>();

  constructor(terminal: Pick<Terminal, "error">, usb = machineUsb) {
    this.#terminal = terminal;
    this.#usb = usb;
  }

  get links(): readonly Link[] {
    return this.#opened.map(({ link }) => link);
  }

  /**
   * Opens what was named after `--probe`. With `record` that has to be one probe, and all that clients do with it is
   * written down. `engine` is for virtual boards, and an error with another probe. Rejects as opening a link does, or with
   * `record-one-probe`.
   */
  async open(texts: readonly string[], record?: RecordChoice, engine?: string): Promise<void> {
    const specs = texts.map((text) => probeSpecWithEngine(text, engine));
    const [only, ...more] = specs;
    if (record !== undefined) {
      if (more.length > 0 || (only.kind === "usb" && only.serial === undefined)) throw notOne();
      this.#opened.push(await openLink(only, undefined, { record }));
      return;
    }
    for (const spec of specs) {
      if (spec.kind === "usb" && spec.serial === undefined) await this.#openAll();
      else this.#opened.push(await openLink(spec.kind === "sim" ? this.#withSerialOfItsOwn(spec) : spec));
    }
  }

  /** Opens what was plugged in since; what can't be opened is left out, and said once. */
  async discover(): Promise<readonly Link[]> {
    if (!this.#all) return [];
    const known = this.links.map(({ info }) => info.serial);
    const found: Link[] = [];
    for (const { serial, name, unusable } of await this.#usb.list()) {
      if (known.includes(serial)) continue;
      if (unusable !== undefined) {
        this.#refuse(serial, `${name}: ${unusable}.`);
        continue;
      }
      try {
        const opened = await this.#usb.open(serial);
        this.#opened.push(opened);
        found.push(opened.link);
        this.#refused.delete(serial);
      } catch (error) {
        this.#refuse(serial, (error as Error).message);
      }
    }
    return found;
  }

  /** A virtual board's time begins with its first use: from now on they run. */
  async start(): Promise<void> {
    for (const { simulated } of this.#opened) await simulated?.sleep(0);
  }

  async close(): Promise<void> {
    for (const { link, dispose } of this.#opened) {
      await link.close().catch(() => {});
      dispose();
    }
  }

  async #openAll(): Promise<void> {
    this.#all = true;
    const found = await this.discover();
    if (found.length > 0) return;
    // With none to share, the error of opening one says why.
    const [first] = await this.#usb.list();
    this.#opened.push(await this.#usb.open(first?.serial));
  }

  #refuse(serial: string, why: string): void {
    if (this.#refused.has(serial)) return;
    this.#refused.add(serial);
    this.#terminal.error(`Warning: the ST-LINK ${serial} is not shared. ${why}\n`);
  }

  /** Clients choose by serial number: the second virtual probe of the same one gets the next that is free. */
  #withSerialOfItsOwn(spec: SimSpec): SimSpec {
    const taken = this.links.map(({ info }) => info.serial);
    let serial = simulatedSerial(spec);
    if (!taken.includes(serial)) return spec;
    if (spec.keys.has("serial")) {
      throw new ProbityError("probe-spec-invalid", `Two of the probes have the serial number ${serial}.`, {
        facts: { serial },
        remedy: ["Give each virtual probe a serial number of its own: serial=24 hexadecimal digits."],
      });
    }
    while (taken.includes(serial)) {
      serial = (BigInt(`0x${serial}`) + 1n).toString(16).toUpperCase().padStart(serial.length, "0");
    }
    return { ...spec, keys: new Map([...spec.keys, ["serial", serial]]) };
  }
}
