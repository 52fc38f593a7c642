import { hex, hex32, sameBytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { ProbityError } from "../../base/errors.ts";
import type { Chip } from "../../chips/chip.ts";
import type { MemoryPort } from "../../coresight/memory-port.ts";
import { changeFailed, verifyFailed } from "./change-failed.ts";
import { checkErased } from "./check-erased.ts";
import {
  encodeF1,
  type F1Options,
  f1ByteNames,
  RDP_OPEN,
  RDP_PROTECTED,
  type UserBit,
  userBitsOf,
} from "./f1-layout.ts";
import { F1OptionProgrammer } from "./f1-program.ts";
import { baseOf, F1_OPTION_BYTES, type F1State, problemsOf, readF1 } from "./f1-read.ts";
import type {
  OptionChange,
  OptionController,
  OptionField,
  OptionOutcome,
  OptionPlan,
  OptionReading,
} from "./option-controller.ts";
import { badValue, parseBit, parseByte, unknownOption } from "./parse-value.ts";
import { pageUnits, parseProtected, protectedWords, type WriteUnits } from "./write-units.ts";

interface F1Reading extends OptionReading {
  readonly state: F1State;
}

interface F1Plan extends OptionPlan {
  readonly options: F1Options;
  /** The bytes are all erased: a change that was cut off is completed without another erase. */
  readonly erase: boolean;
  /** They can be read back before a reset. */
  readonly readable: boolean;
}

/** Where the flash and its controller are, as the table of chips says. */
export interface F1Place {
  readonly row: Chip;
  /** From the size register; 0 if it does not tell. */
  readonly flashBytes: number;
}

/** Option bytes of the STM32F1 (PM0075 2.4, 2.5, 3.4). */
export class F1OptionBytes implements OptionController {
  readonly #port: MemoryPort;
  readonly #clock: Clock;
  readonly #controller: number;
  readonly #address: number;
  readonly #flashBase: number;
  readonly #flashBytes: number;
  readonly #units: WriteUnits;
  readonly #userBits: readonly UserBit[];

  constructor(port: MemoryPort, clock: Clock, { row, flashBytes }: F1Place) {
    this.#port = port;
    this.#clock = clock;
    this.#controller = row.flashControllerBase ?? 0x40022000;
    this.#address = row.optionBytes?.base ?? 0x1ffff800;
    this.#flashBase = row.flashBase ?? 0x08000000;
    this.#flashBytes = flashBytes > 0 ? flashBytes : (row.maxFlashBytes ?? 0);
    const layout = row.flashLayout?.kind === "uniform" ? row.flashLayout : undefined;
    this.#units = pageUnits(this.#flashBase, this.#flashBytes, layout?.eraseSize ?? 1024, layout?.wrpUnitPages ?? 4);
    this.#userBits = userBitsOf(row.deviceId);
  }

  async read(): Promise<F1Reading> {
    const state = await readF1(this.#port, this.#controller, this.#address);
    const { loaded, bytes } = state;
    return {
      state,
      family: "STM32F1",
      protectionLevel: loaded.readProtected ? 1 : 0,
      fields: this.#fields(state),
      registers: [
        { name: "FLASH_OBR", value: loaded.obr },
        { name: "FLASH_WRPR", value: loaded.wrpr },
      ],
      bytes,
      address: this.#address,
      problems: problemsOf(state),
    };
  }

  #fields({ loaded, stored }: F1State): OptionField[] {
    const options = stored?.options;
    const level = (value: number | undefined) => (value === undefined ? undefined : value === RDP_OPEN ? 0 : 1);
    const byte = (key: string, name: string, now: number, next: number | undefined): OptionField => ({
      key,
      name,
      loaded: now,
      stored: next,
      words: (value) => ({ value: hex(value, 2), meaning: "for the program's own use" }),
    });
    return [
      {
        key: "rdp",
        name: "RDP",
        loaded: loaded.readProtected ? 1 : 0,
        stored: level(options?.rdp),
        words: (value) => ({ value: `level ${value}`, meaning: protectionWords[value] }),
      },
      ...this.#userBits.map(({ key, name, mask, meaning }) => {
        const bit = (user: number): number => ((user & mask) !== 0 ? 1 : 0);
        return {
          key,
          name,
          loaded: bit(loaded.user),
          stored: options && bit(options.user),
          words: (value: number) => ({ value: String(value), meaning: meaning[value] }),
        };
      }),
      byte("data0", "DATA0", loaded.data0, options?.data0),
      byte("data1", "DATA1", loaded.data1, options?.data1),
      {
        key: "wrp",
        name: "WRP",
        loaded: loaded.wrpr,
        stored: options?.wrp,
        words: (value) => ({
          value: protectedWords(this.#units, value),
          meaning: "pages that can neither be erased nor programmed",
        }),
      },
    ];
  }

  parse(key: string, text: string): number {
    const bits = this.#userBits.map((bit) => bit.key);
    if (bits.includes(key)) return parseBit(key, text);
    switch (key) {
      case "rdp":
        if (text === "2") {
          throw badValue(key, text, "The STM32F1 has no level 2.", "Write rdp=0 (open) or rdp=1 (read-protected).");
        }
        return parseBit(key, text);
      case "data0":
      case "data1":
        return parseByte(key, text);
      case "wrp":
        return parseProtected(this.#units, text);
      default:
        throw unknownOption("STM32F1", key, ["rdp", ...bits, "data0", "data1", "wrp"]);
    }
  }

  plan(reading: OptionReading, wanted: ReadonlyMap<string, number>): F1Plan {
    const { state, fields, problems } = reading as F1Reading;
    const { loaded, stored } = state;
    const base = baseOf(state);
    const options = this.#wanted(base, wanted);
    const unprotects = loaded.readProtected && options.rdp === RDP_OPEN;
    this.#refuseTorn(state, wanted, unprotects);
    const next = this.#valuesOf(options);
    const changes = fields.flatMap((field): OptionChange[] => {
      const { key, name, words } = field;
      const from = field.stored ?? field.loaded;
      const to = next.get(key) ?? from;
      // A reading that hides the bytes shows RDP alone as it was loaded.
      if (from === to) return [];
      return [{ key, name, from, to, fromWords: words(from).value, toWords: words(to).value }];
    });
    const whole = stored === undefined ? !loaded.error : stored.states.every((each) => each === "good");
    const nothing = changes.length === 0 && whole;
    const level = options.rdp === RDP_OPEN ? 0 : 1;
    const before = loaded.readProtected ? 1 : 0;
    return {
      options,
      next,
      changes,
      nothing,
      unprotects,
      // Protected chips have loaded what they hold, or hold what was written since.
      bearsReset: stored === undefined || stored.states.every((each) => each === "good"),
      erase: stored === undefined || !stored.states.every((each) => each === "erased"),
      readable: !loaded.readProtected,
      needsConsent: !nothing && level !== before,
      destroys: unprotects ? [this.#wholeFlash()] : [],
      warnings: nothing ? [] : [...problems, ...this.#warnings(base, options, before)],
      effect: nothing ? [] : effectOf(before, level),
    };
  }

  #wholeFlash(): string {
    const last = this.#flashBase + this.#flashBytes - 1;
    const where = `${this.#flashBytes / 1024} KiB at ${hex32(this.#flashBase)}-${hex32(last)}`;
    return `all of the flash (${where}): the chip erases it before RDP is 0xA5`;
  }

  #wanted(base: F1Options, wanted: ReadonlyMap<string, number>): F1Options {
    let { user } = base;
    for (const { key, mask } of this.#userBits) {
      const bit = wanted.get(key);
      if (bit !== undefined) user = bit === 1 ? user | mask : user & ~mask;
    }
    const rdp = wanted.get("rdp");
    const closed = base.rdp === RDP_OPEN ? RDP_PROTECTED : base.rdp;
    return {
      rdp: rdp === undefined ? base.rdp : rdp === 0 ? RDP_OPEN : closed,
      user,
      data0: wanted.get("data0") ?? base.data0,
      data1: wanted.get("data1") ?? base.data1,
      wrp: wanted.get("wrp") ?? base.wrp,
    };
  }

  #valuesOf({ rdp, user, data0, data1, wrp }: F1Options): Map<string, number> {
    const bits = this.#userBits.map(({ key, mask }) => [key, (user & mask) !== 0 ? 1 : 0] as const);
    return new Map([["rdp", rdp === RDP_OPEN ? 0 : 1], ...bits, ["data0", data0], ["data1", data1], ["wrp", wrp]]);
  }

  /** What did not read well is never written back: the user says what it shall be. */
  #refuseTorn({ loaded, stored }: F1State, wanted: ReadonlyMap<string, number>, unprotects: boolean): void {
    const keysOf = (name: string): string[] =>
      name === "USER" ? this.#userBits.map(({ key }) => key) : [name.startsWith("WRP") ? "wrp" : name.toLowerCase()];
    // Which one it is can't be seen on a protected chip; what counts is 0xFF, and unprotecting may write that.
    const suspects =
      stored !== undefined
        ? f1ByteNames.filter((_, i) => stored.states[i] === "torn")
        : loaded.error && !unprotects
          ? f1ByteNames.slice(1)
          : [];
    const missing = suspects.filter((name) => !keysOf(name).every((key) => wanted.has(key)));
    if (missing.length === 0) return;
    const keys = [...new Set(missing.flatMap(keysOf))];
    throw new ProbityError(
      "option-bytes-torn",
      `${missing.join(", ")} did not read well (the complement does not fit), and a bad read is not written back.`,
      {
        facts: { bytes: missing.join(" "), optionByte: loaded.obr },
        remedy: [`Say what they shall be: ${keys.map((key) => `${key}=...`).join(" ")} in the same command.`],
      },
    );
  }

  #warnings(base: F1Options, options: F1Options, levelBefore: number): string[] {
    const warnings: string[] = [];
    if ((base.user & 1) !== 0 && (options.user & 1) === 0) {
      warnings.push(
        "WDG_SW=0 starts the independent watchdog at every reset: a program that does not reload it within its time " +
          "is reset again and again, and a debugger has to freeze it (DBG_IWDG_STOP, as Probity does on connecting).",
      );
    }
    for (const { mask, name, meaning } of this.#userBits.slice(1)) {
      if ((base.user & mask) !== 0 && (options.user & mask) === 0) warnings.push(`${name}=0: ${meaning[0]}.`);
    }
    const more = (base.wrp & ~options.wrp) >>> 0;
    if (more !== 0) {
      const which = protectedWords(this.#units, ~more >>> 0);
      warnings.push(`No debugger or program can erase or program ${which} any more until wrp is changed.`);
    }
    if (levelBefore === 0 && options.rdp !== RDP_OPEN) {
      warnings.push(
        "Read protection hides the flash from every debugger, this one too, and only erasing all of it takes it away.",
      );
    }
    return warnings;
  }

  async apply(plan: OptionPlan): Promise<void> {
    const { options, erase, readable } = plan as F1Plan;
    const halfWords = encodeF1(options);
    const programmer = new F1OptionProgrammer(this.#port, this.#clock, this.#controller, this.#address);
    try {
      await programmer.run(halfWords, erase);
    } catch (error) {
      const { progress } = programmer;
      if (progress.phase === "untouched") await programmer.lock().catch(() => {});
      throw changeFailed(error, progress, plan);
    }
    if (!readable) return;
    const wanted = new Uint8Array(halfWords.flatMap((half) => [half & 0xff, half >>> 8]));
    const found = await this.#port.read(this.#address, F1_OPTION_BYTES).catch((error: unknown) => {
      throw changeFailed(error, programmer.progress, plan);
    });
    if (!sameBytes(found, wanted)) throw verifyFailed(this.#address, wanted, found);
  }

  async check(plan: OptionPlan): Promise<OptionOutcome> {
    const { options } = plan as F1Plan;
    const { loaded } = await readF1(this.#port, this.#controller, this.#address);
    const protect = options.rdp !== RDP_OPEN;
    const wrong = [
      ...(loaded.wrpr !== options.wrp ? ["WRP"] : []),
      ...(loaded.user !== options.user ? ["USER"] : []),
      ...(loaded.data0 !== options.data0 ? ["DATA0"] : []),
      ...(loaded.data1 !== options.data1 ? ["DATA1"] : []),
      ...(loaded.error ? ["OPTERR"] : []),
    ];
    if (wrong.length > 0) {
      throw new ProbityError(
        "option-bytes-not-in-force",
        `After a reset ${wrong.join(", ")} ${wrong.length === 1 ? "is" : "are"} not as written.`,
        {
          facts: { optionByte: loaded.obr, writeProtection: loaded.wrpr },
          remedy: ["Switch the board off and on, and look again: `probity option-bytes get`."],
        },
      );
    }
    if (loaded.readProtected !== protect) {
      return {
        inForce: false,
        erasedBytes: undefined,
        notes: ["The read protection changes at the next power-on: switch the board off and on (PM0075 2.4)."],
      };
    }
    const erasedBytes = plan.unprotects
      ? await checkErased(this.#port, this.#flashBase, this.#flashBytes, 0xff)
      : undefined;
    return { inForce: true, erasedBytes, notes: [] };
  }
}

const protectionWords = ["debuggers read and write flash", "flash and option bytes are hidden from debuggers"] as const;

function effectOf(before: number, after: number): string[] {
  if (before === after) return ["At the next reset."];
  return [
    "At the next reset; a chip that had a debugger on it may take the read protection at power-on only (PM0075 2.4).",
  ];
}
