import type { MemoryPort, WordOperation } from "../coresight/memory-port.ts";
import type { CoreRegisterName, CoreRegisters, RegisterValue } from "./core.ts";
import type { CoreProbe } from "./core-probe.ts";
import { allReady, bySelector, needsSpecial, registerWrites } from "./register-batch.ts";
import { byteOf, placeOf, RegisterFile, selector, withByte } from "./register-file.ts";

/** The registers of a core that is halted, each read once until it is written or forgotten. */
export class RegisterAccess {
  readonly #port: MemoryPort;
  readonly #probe: CoreProbe;
  readonly #known = new RegisterFile();

  constructor(port: MemoryPort, probe: CoreProbe) {
    this.#port = port;
    this.#probe = probe;
  }

  /** The core runs, or has run. */
  forget(): void {
    this.#known.clear();
  }

  /** One that was read in another way, by its selector. */
  put(number: number, value: number): void {
    this.#known.set(number, value);
  }

  /** One by its selector. */
  async get(number: number): Promise<number> {
    const known = this.#known.get(number);
    if (known !== undefined) return known;
    const value = await this.#probe.readCoreRegister(this.#port.ap, number);
    this.#known.set(number, value);
    return value >>> 0;
  }

  /** Reads selectors 0 to 18 by one command; `undefined` where the probe has none. */
  async readBlock(): Promise<Uint32Array | undefined> {
    const readAll = this.#probe.readAllCoreRegisters;
    if (readAll === undefined) return undefined;
    const { words } = await readAll.call(this.#probe, this.#port.ap);
    words.forEach((value, number) => {
      this.#known.set(number, value);
    });
    return words;
  }

  async all(): Promise<CoreRegisters> {
    const missing = this.#known.missing();
    if (missing.filter((number) => number <= selector.psp).length > 1) await this.readBlock();
    for (const number of this.#known.missing()) await this.get(number);
    return this.#known.snapshot();
  }

  async read(name: CoreRegisterName): Promise<number> {
    const { selector: number, byte } = placeOf(name);
    const value = await this.get(number);
    return byte === undefined ? value : byteOf(value, byte);
  }

  async write(name: CoreRegisterName, value: number): Promise<void> {
    const { selector: number, byte } = placeOf(name);
    const whole = byte === undefined ? value >>> 0 : withByte(await this.get(number), byte, value);
    await this.#probe.writeCoreRegister(this.#port.ap, number, whole);
    this.#known.wrote(number, whole);
  }

  /** Several, and then the words: in one batch where the probe has a queue for them. */
  async writeAll(values: readonly RegisterValue[], then: readonly WordOperation[]): Promise<void> {
    const special = needsSpecial(values) ? await this.get(selector.special) : 0;
    const wanted = bySelector(values, special);
    let ready = false;
    if (this.#port.wordQueue !== undefined && wanted.length > 1) {
      const states = await this.#port.words([...registerWrites(wanted), ...then]);
      ready = allReady(states.slice(0, wanted.length));
    } else if (wanted.length === 0) {
      ready = true;
      if (then.length > 0) await this.#port.words(then);
    }
    if (!ready) {
      for (const [number, value] of wanted) await this.#probe.writeCoreRegister(this.#port.ap, number, value);
      if (then.length > 0) await this.#port.words(then);
    }
    for (const [number, value] of wanted) this.#known.wrote(number, value);
  }
}
