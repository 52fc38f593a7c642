import type { Clock } from "../../base/clock.ts";
import { isProbityError, ProbityError } from "../../base/errors.ts";
import type { MemoryPort } from "../../coresight/memory-port.ts";
import { f1ByteNames } from "./f1-layout.ts";

/** Offsets in the flash controller (RM0008 3.4). */
const KEYR = 0x04;
const OPTKEYR = 0x08;
const SR = 0x0c;
const CR = 0x10;

const keys = [0x45670123, 0xcdef89ab] as const;

const SR_BSY = 1 << 0;
const SR_PGERR = 1 << 2;
const SR_WRPRTERR = 1 << 4;
const SR_FLAGS = SR_PGERR | SR_WRPRTERR | (1 << 5);

const CR_OPTPG = 1 << 4;
const CR_OPTER = 1 << 5;
const CR_STRT = 1 << 6;
const CR_LOCK = 1 << 7;
const CR_OPTWRE = 1 << 9;

/** RCC_CR with HSION and HSIRDY: HSI times all that flash does (RM0008 3.3.3). */
const RCC_CR = 0x40021000;
const HSION = 1;
const HSIRDY = 2;

/** Milliseconds: an erase takes at most 40 (DS5319), the mass erase of two banks behind RDP twice that. */
const PATIENCE = 1000;

/** How far a change of the option bytes came. */
export interface Progress {
  /** `erasing`: the command was on its way, and may have been heard. */
  phase: "untouched" | "erasing" | "erased" | "written";
  /** Half-words that are known to be programmed, from RDP on. */
  programmed: number;
  /** The write of the next one was on its way. */
  underWay: boolean;
}

/** The option bytes' part of the F1 flash controller (PM0075 3.4). */
export class F1OptionProgrammer {
  readonly progress: Progress = { phase: "untouched", programmed: 0, underWay: false };
  readonly #port: MemoryPort;
  readonly #clock: Clock;
  readonly #base: number;
  readonly #address: number;

  constructor(port: MemoryPort, clock: Clock, controllerBase: number, address: number) {
    this.#port = port;
    this.#clock = clock;
    this.#base = controllerBase;
    this.#address = address;
  }

  /**
   * Erases unless every byte is erased, then programs the half-words in order: RDP comes first, as its absence is read
   * protection. A failure of one access is tried again; a link that is gone is not.
   */
  async run(halfWords: readonly number[], erase: boolean): Promise<void> {
    const { progress } = this;
    await this.#startHsi();
    await this.#unlock();
    if (erase) await this.#erase();
    else progress.phase = "erased";
    try {
      await this.#program(halfWords);
    } catch (error) {
      if (isLinkGone(error)) throw error;
      // To leave it here is to leave the chip protected: once more, from where it stands.
      await this.#unlock();
      await this.#program(halfWords, progress.underWay);
    }
    progress.phase = "written";
    await this.lock();
  }

  /** Locks the controller. */
  async lock(): Promise<void> {
    await this.#write(CR, CR_LOCK);
  }

  async #startHsi(): Promise<void> {
    const control = await this.#port.readWord(RCC_CR);
    if ((control & HSIRDY) !== 0) return;
    await this.#port.writeWord(RCC_CR, (control | HSION) >>> 0);
    for (let turn = 0; turn < 20; turn++) {
      if (((await this.#port.readWord(RCC_CR)) & HSIRDY) !== 0) return;
    }
    throw new ProbityError("flash-no-clock", "The internal oscillator (HSI), which times flash, does not start.", {
      facts: { register: RCC_CR },
      remedy: ["Reset the chip and try again."],
    });
  }

  async #unlock(): Promise<void> {
    await this.#idle("unlock");
    // Keys for what is open already would lock it until the next reset.
    if (((await this.#read(CR)) & CR_LOCK) !== 0) await this.#writeKeys(KEYR);
    if (((await this.#read(CR)) & CR_OPTWRE) === 0) await this.#writeKeys(OPTKEYR);
    const control = await this.#read(CR);
    if ((control & (CR_LOCK | CR_OPTWRE)) !== CR_OPTWRE) {
      throw new ProbityError("flash-locked", "The flash controller does not open its option bytes.", {
        facts: { register: this.#base + CR, value: control },
        remedy: ["A wrong key locks it until a reset: reset the chip and try again."],
      });
    }
    await this.#write(SR, SR_FLAGS);
  }

  async #writeKeys(offset: number): Promise<void> {
    await this.#port.words(keys.map((value) => ({ kind: "write", address: this.#base + offset, value }) as const));
  }

  async #erase(): Promise<void> {
    await this.#write(CR, CR_OPTWRE | CR_OPTER);
    this.progress.phase = "erasing";
    await this.#write(CR, CR_OPTWRE | CR_OPTER | CR_STRT);
    this.progress.phase = "erased";
    await this.#idle("erase");
  }

  /** With `again` the first one may be programmed already: PGERR says so, and no more. */
  async #program(halfWords: readonly number[], again = false): Promise<void> {
    const { progress } = this;
    await this.#write(CR, CR_OPTWRE | CR_OPTPG);
    for (let i = progress.programmed; i < halfWords.length; i++) {
      progress.underWay = true;
      await this.#port.writeHalfWord(this.#address + 2 * i, halfWords[i]);
      const status = await this.#idle("program");
      const repeated = again && i === progress.programmed && (status & SR_PGERR) !== 0;
      if ((status & (SR_PGERR | SR_WRPRTERR)) !== 0) {
        await this.#write(SR, SR_FLAGS);
        if (!repeated) throw refused(f1ByteNames[i], this.#address + 2 * i, status);
      }
      progress.programmed = i + 1;
      progress.underWay = false;
    }
  }

  /** Waits for BSY to end; resolves to SR. */
  async #idle(doing: string): Promise<number> {
    const started = this.#clock.now();
    for (;;) {
      const status = await this.#read(SR);
      if ((status & SR_BSY) === 0) return status;
      if (this.#clock.now() - started > PATIENCE) {
        throw new ProbityError("flash-timeout", `The flash controller stays busy (${doing}).`, {
          facts: { status, milliseconds: PATIENCE },
          remedy: ["Reset the chip and try again."],
        });
      }
      await this.#clock.sleep(1);
    }
  }

  #read(offset: number): Promise<number> {
    return this.#port.readWord(this.#base + offset);
  }

  #write(offset: number, value: number): Promise<void> {
    return this.#port.writeWord(this.#base + offset, value);
  }
}

/** The probe is gone: nothing more can be done from here. */
export function isLinkGone(error: unknown): boolean {
  return isProbityError(error) && (error.code.startsWith("link-") || error.code.startsWith("probe-"));
}

function refused(name: string, address: number, status: number): ProbityError {
  return new ProbityError("option-byte-refused", `The flash controller refuses to program ${name}.`, {
    facts: { address, status },
    remedy: ["Reset the chip and try again."],
  });
}
