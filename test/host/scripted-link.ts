import { expect } from "vitest";
import { fromHex, toHex } from "../../src/base/bytes.ts";
import type { Link, LinkInfo } from "../../src/link/link.ts";

/**
 * One expected transfer: the beginning of the command block (the rest has to be zero), then the reply, or for a write
 * the data that has to come. Hexadecimal, blanks allowed: `["F2 36 F0 ED 00 E0", "80 00 00 00 03 00 03 00"]`.
 */
export type Exchange = readonly [command: string, reply?: string, data?: string];

/** A link that plays a script and fails at the first transfer that differs from it. */
export class ScriptedLink implements Link {
  readonly info: LinkInfo;
  /** Milliseconds of every sleep, in order. */
  readonly sleeps: number[] = [];
  readonly clock = {
    now: () => this.#now,
    sleep: async (milliseconds: number) => {
      this.sleeps.push(milliseconds);
      this.#now += milliseconds;
    },
  };
  transfers = 0;
  closed = false;
  trace = new Uint8Array();
  #now = 0;
  readonly #script: Exchange[] = [];

  constructor(script: readonly Exchange[] = [], info: Partial<LinkInfo> = {}) {
    this.info = { name: "script", vendorId: 0x0483, productId: 0x3748, serial: "0".repeat(24), ...info };
    this.#script.push(...script);
  }

  /** More to expect. */
  expect(...script: Exchange[]): void {
    this.#script.push(...script);
  }

  /** Fails if a part of the script was not played. */
  finished(): void {
    expect(this.#script.map(([command]) => command)).toEqual([]);
  }

  async transfer(command: Uint8Array, write?: Uint8Array, readLength = 0): Promise<Uint8Array> {
    this.transfers++;
    this.#now += 1;
    const [wanted, reply, data] = this.#script.shift() ?? ["no further transfer"];
    expect(spaced(toHex(command))).toBe(spaced(plain(wanted).padEnd(32, "0")));
    if (data !== undefined || write !== undefined)
      expect(spaced(toHex(write ?? new Uint8Array()))).toBe(spaced(plain(data ?? "")));
    const bytes = fromHex(plain(reply ?? "")) ?? new Uint8Array();
    if (reply !== undefined) expect(`${readLength} bytes for ${wanted}`).toBe(`${bytes.length} bytes for ${wanted}`);
    else expect(readLength).toBe(0);
    return bytes;
  }

  async readTrace(length: number): Promise<Uint8Array> {
    return this.trace.slice(0, length);
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

function plain(text: string): string {
  return text.replace(/\s/g, "").toLowerCase();
}

function spaced(text: string): string {
  return plain(text).replace(/..(?=.)/g, "$& ");
}

/** What a V2J37S7 (PID 3748) at rest says while it is opened. */
export const openV2: readonly Exchange[] = [
  ["F1", "29 47 83 04 48 37"],
  ["F5", "01 00"],
];

/** The same of a V3J8M3B1 (PID 374F). */
export const openV3: readonly Exchange[] = [
  ["F1", "30 00 83 04 4F 37"],
  ["FB", "03 00 08 03 01 00 00 00 83 04 4F 37"],
  ["F5", "01 00"],
];
