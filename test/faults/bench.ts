import { readU32, toHex, writeU16, writeU32 } from "../../src/base/bytes.ts";
import { openLink } from "../../src/session/open-link.ts";
import type { OpenedLink } from "../../src/session/opened-link.ts";
import { parseProbeSpec } from "../../src/session/probe-spec.ts";
import { StLinkHost } from "../stlink-host.ts";

const DHCSR = 0xe000edf0;
const FLASH_KEYR = 0x40022004;
const FLASH_SR = 0x4002200c;
const FLASH_CR = 0x40022010;
const FLASH_AR = 0x40022014;

const opened: OpenedLink[] = [];

/** Stops what the tests opened. */
export function closeBenches(): void {
  for (const bench of opened.splice(0)) bench.dispose();
}

/** A bench with faults, and commands by hand: what any tool would send. */
export async function plug(faults: string, board = "bluepill", probe = "v2-1"): Promise<Bench> {
  const link = await openLink(parseProbeSpec(`sim:${board}?pace=fast&probe=${probe}&${faults}`));
  opened.push(link);
  return new Bench(link);
}

/** An ST-LINK on its USB cable, as a driver sees it. */
export class Bench {
  readonly link: OpenedLink;
  readonly host: StLinkHost;

  constructor(link: OpenedLink) {
    const { simulated } = link;
    if (simulated === undefined) throw new Error("not a virtual probe");
    this.link = link;
    this.host = new StLinkHost({ command: (block, data, length) => simulated.execute(block, data, length) });
  }

  /** Volts at VTref. */
  get volts(): number {
    const reply = this.host.send("F7", 8);
    return (2.4 * readU32(reply, 4)) / readU32(reply, 0);
  }

  /** Enters debug mode over SWD; the status. */
  enter(): number {
    return this.host.status("F2 30 A3");
  }

  nrst(low: boolean): void {
    this.host.status(`F2 3C ${low ? "00" : "01"}`);
  }

  /** Enters with NRST low, arms the reset vector catch and lets NRST go; the status of entering. */
  enterUnderReset(): number {
    this.nrst(true);
    const status = this.enter();
    this.nrst(true);
    this.poke(DHCSR, 0xa05f0001);
    this.poke(0xe000edfc, 0x01000001);
    this.nrst(false);
    this.pass(1);
    return status;
  }

  /** A word anywhere: undefined when the access failed. */
  peek(address: number): number | undefined {
    const { status, value } = this.host.value(`F2 36 ${littleEndian(address)}`);
    return status === 0x80 ? value : undefined;
  }

  /** Status of the write. */
  poke(address: number, value: number): number {
    return this.host.status(`F2 35 ${littleEndian(address)} ${littleEndian(value)}`);
  }

  halt(): void {
    this.poke(DHCSR, 0xa05f0003);
  }

  get dhcsr(): number {
    return this.peek(DHCSR) ?? 0;
  }

  pass(milliseconds: number): void {
    this.link.board?.chip.advance(milliseconds * 1e6);
  }

  /** Erases a page of an STM32F1; SR at its end. */
  erasePage(address: number): number | undefined {
    this.#unlock();
    this.poke(FLASH_CR, 2);
    this.poke(FLASH_AR, address);
    this.poke(FLASH_CR, 0x42);
    this.pass(25);
    return this.#finish();
  }

  /** Programs a half-word of an STM32F1; SR at its end. */
  program(address: number, value: number): number | undefined {
    this.#unlock();
    this.poke(FLASH_CR, 1);
    const data = new Uint8Array(2);
    writeU16(data, 0, value);
    this.host.write("48", address, data);
    this.pass(1);
    return this.#finish();
  }

  #unlock(): void {
    this.poke(FLASH_SR, 0x34);
    this.poke(FLASH_KEYR, 0x45670123);
    this.poke(FLASH_KEYR, 0xcdef89ab);
  }

  #finish(): number | undefined {
    const status = this.peek(FLASH_SR);
    this.poke(FLASH_CR, 0x80);
    return status;
  }
}

function littleEndian(value: number): string {
  const word = new Uint8Array(4);
  writeU32(word, 0, value >>> 0);
  return toHex(word);
}
