import type { Disposable } from "../../base/events.ts";
import type { WallTime } from "../../base/wall-time.ts";
import { readImage } from "../../formats/image.ts";
import type { SimulatedProbe } from "../simulated-probe.ts";
import { FatVolume, type FileEntry } from "./fat-volume.ts";
import { type Medium, ScsiDisk } from "./scsi-disk.ts";
import { ProgrammingFailed, programTarget } from "./target-programmer.ts";

/** A host is done with a file when it wrote nothing for this long, milliseconds: directory entries come last or first. */
const SETTLE = 300;
const FLASH_BASE = 0x08000000;

/**
 * The drive of an ST-LINK: two files that tell what it is, and room for a program. A .BIN or .HEX that has been copied
 * onto it is programmed into the target and run; then the drive is fresh again, with a FAIL.TXT if it went wrong.
 */
export class ProbeDrive implements Medium, Disposable {
  readonly disk: ScsiDisk;
  readonly #probe: SimulatedProbe;
  readonly #target: string;
  readonly #wall: WallTime;
  #volume: FatVolume;
  #settling: Disposable | undefined;
  #working = false;
  #programmed: (failure: string | undefined) => void = () => {};

  constructor(probe: SimulatedProbe, target: string, wall: WallTime) {
    this.#probe = probe;
    this.#target = target;
    this.#wall = wall;
    this.#volume = this.#fresh(undefined);
    this.disk = new ScsiDisk(() => this);
  }

  get sectorCount(): number {
    return this.#volume.sectorCount;
  }

  read(first: number, count: number): Uint8Array {
    return this.#volume.read(first, count);
  }

  write(first: number, data: Uint8Array): void {
    this.#volume.write(first, data);
    this.#settle();
  }

  flush(): void {
    if (this.#settling !== undefined) this.#settle();
  }

  /** Called after each program: with what went wrong, or nothing. */
  onProgrammed(listener: (failure: string | undefined) => void): void {
    this.#programmed = listener;
  }

  dispose(): void {
    this.#settling?.dispose();
    this.#settling = undefined;
  }

  #settle(): void {
    this.#settling?.dispose();
    this.#settling = this.#wall.after(SETTLE, () => this.#look(), { background: true });
  }

  #look(): void {
    this.#settling = undefined;
    if (this.#working) {
      this.#settle();
      return;
    }
    for (const file of this.#volume.files()) {
      if (!/\.(BIN|HEX)$/.test(file.name)) continue;
      const content = this.#volume.writtenContent(file);
      if (content === undefined) continue;
      this.#working = true;
      void this.#program(file, content.slice()).then((failure) => {
        this.#working = false;
        this.#volume = this.#fresh(failure);
        this.disk.mediumChanged();
        this.#programmed(failure);
      });
      return;
    }
  }

  /** Resolves to what went wrong. */
  async #program(file: FileEntry, content: Uint8Array): Promise<string | undefined> {
    try {
      const { segments } = file.name.endsWith(".HEX")
        ? readImage(content, file.name)
        : { segments: [{ address: FLASH_BASE, data: content }] };
      await this.#probe.together(() => programTarget(this.#probe, segments));
      return undefined;
    } catch (error) {
      if (error instanceof ProgrammingFailed) return error.message;
      return "The application file format is unknown and cannot be parsed and/or processed.";
    }
  }

  #fresh(failure: string | undefined): FatVolume {
    const { firmware, serial } = this.#probe.identity;
    const details = [
      `Version: ${firmware.text}`,
      "Build:   Probity virtual ST-LINK",
      `Serial:  ${serial}`,
      `Target:  ${this.#target}`,
    ];
    const files = [
      { name: "DETAILS.TXT", text: `${details.join("\r\n")}\r\n` },
      { name: "MBED.HTM", text: page(this.#target) },
    ];
    if (failure !== undefined) files.push({ name: "FAIL.TXT", text: `${failure}\r\n` });
    return new FatVolume("PROBITY", files);
  }
}

/** A page that leads nowhere but to this machine: the board is on no web site. */
function page(target: string): string {
  return `<!doctype html>\r\n<title>Virtual board</title>\r\n<p>A virtual ${target} of Probity.</p>\r\n`;
}
