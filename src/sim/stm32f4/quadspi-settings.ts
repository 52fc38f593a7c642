import type { QspiCommand } from "../parts/qspi-wire.ts";
import { commandOf } from "./quadspi-command.ts";
import { CCR_SIOO, Cr, Mode, QuadspiRegister as Register } from "./quadspi-registers.ts";

const DCR_WRITABLE = 0x001f0701;

/** The registers of QUADSPI that software sets, and what they mean; nothing happens here (RM0386 14.5). */
export class QuadspiSettings {
  cr = 0;
  /** DLR, AR, ABR, PSMKR, PSMAR, PIR and LPTR, by offset. */
  readonly #words = new Map<number, number>();
  #dcr = 0;
  #ccr = 0;

  reset(): void {
    this.cr = 0;
    this.#dcr = 0;
    this.#ccr = 0;
    this.#words.clear();
  }

  /** The register at an offset; 0 for SR, FCR and DR. */
  read(register: number): number {
    switch (register) {
      case Register.CR:
        return this.cr;
      case Register.DCR:
        return this.#dcr;
      case Register.CCR:
        return this.#ccr;
      default:
        return this.#words.get(register) ?? 0;
    }
  }

  /** Keeps what is written to any register but CR, SR, FCR and DR. */
  store(register: number, value: number): void {
    if (register === Register.DCR) this.#dcr = value & DCR_WRITABLE;
    else if (register === Register.CCR) this.#ccr = value >>> 0;
    else if (register > Register.FCR && register <= Register.LPTR) this.#words.set(register, value >>> 0);
  }

  get enabled(): boolean {
    return (this.cr & Cr.EN) !== 0;
  }

  /** FMODE. */
  get mode(): number {
    return (this.#ccr >>> 26) & 3;
  }

  /** Bytes that FSIZE promises. */
  get flashBytes(): number {
    return 2 ** (((this.#dcr >>> 16) & 31) + 1);
  }

  /** HCLK cycles of one SCLK. */
  get clockCycles(): number {
    return (this.cr >>> 24) + 1;
  }

  /** HCLK cycles that chip select stays high between commands: CSHT. */
  get highCycles(): number {
    return (((this.#dcr >>> 8) & 7) + 1) * this.clockCycles;
  }

  /** FTHRES in bytes. */
  get threshold(): number {
    return ((this.cr >>> 8) & 31) + 1;
  }

  get hasAddress(): boolean {
    return ((this.#ccr >>> 10) & 3) !== 0;
  }

  get hasData(): boolean {
    return ((this.#ccr >>> 24) & 3) !== 0;
  }

  get address(): number {
    return this.read(Register.AR);
  }

  /** Bytes of data; DLR of all ones goes to the end of the flash. */
  get length(): number {
    if (!this.hasData) return 0;
    const dlr = this.read(Register.DLR);
    return dlr !== 0xffffffff ? dlr + 1 : this.flashBytes - (this.hasAddress ? this.address : 0);
  }

  /** Bytes of a status that polling reads: four at most. */
  get statusBytes(): number {
    return Math.min(4, this.read(Register.DLR) + 1);
  }

  /** HCLK cycles between polls: PIR. */
  get intervalCycles(): number {
    return (this.read(Register.PIR) & 0xffff) * this.clockCycles;
  }

  /** HCLK cycles after which chip select rises in memory-mapped mode: LPTR. */
  get timeoutCycles(): number {
    return Math.max(1, (this.read(Register.LPTR) & 0xffff) * this.clockCycles);
  }

  /** A write of CCR begins its command: it has no address, and no data to wait for. */
  get beginsWithCommand(): boolean {
    if (this.mode === Mode.mapped || this.hasAddress) return false;
    const hasInstruction = ((this.#ccr >>> 8) & 3) !== 0;
    return this.mode === Mode.indirectWrite ? hasInstruction && !this.hasData : this.hasData;
  }

  /** A write of AR begins the command. */
  get beginsWithAddress(): boolean {
    return this.hasAddress && (this.mode !== Mode.indirectWrite || !this.hasData);
  }

  /** The address, or the data behind it, lie beyond the flash. */
  get reachesBeyond(): boolean {
    if (!this.hasAddress || this.mode === Mode.polling) return false;
    return this.address + Math.max(1, this.length) > this.flashBytes;
  }

  /** The command in CCR; with SIOO, one whose instruction was `sent` goes without. */
  command(address: number, sent: boolean): QspiCommand {
    return commandOf(this.#ccr, address, this.read(Register.ABR), !(sent && this.#ccr & CCR_SIOO));
  }

  /** A status matches PSMAR in the bits of PSMKR: all of them, or any with PMM. */
  matches(status: number): boolean {
    const mask = this.read(Register.PSMKR);
    const differs = status ^ this.read(Register.PSMAR);
    return this.cr & Cr.PMM ? (~differs & mask) !== 0 : (differs & mask) === 0;
  }
}
