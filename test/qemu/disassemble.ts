import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** One instruction as `arm-none-eabi-objdump` prints it. */
export interface Line {
  readonly address: number;
  readonly text: string;
}

/** Disassembles Thumb code that begins at `address`. */
export function disassemble(bytes: Uint8Array, address: number): Line[] {
  const folder = mkdtempSync(join(tmpdir(), "probity-objdump-"));
  try {
    const file = join(folder, "code.bin");
    writeFileSync(file, bytes);
    const options = ["-D", "-z", "-b", "binary", "-m", "arm", "-M", "force-thumb", `--adjust-vma=${address}`, file];
    const text = execFileSync("arm-none-eabi-objdump", options, { encoding: "utf8", maxBuffer: 1 << 28 });
    const lines = [];
    for (const line of text.split("\n")) {
      const match = /^\s*([0-9a-f]+):\t[0-9a-f ]+\t(.*)$/.exec(line);
      if (match !== null) lines.push({ address: Number.parseInt(match[1], 16), text: match[2].replaceAll("\t", " ") });
    }
    return lines;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The half-words as bytes, little-endian. */
export function bytesOf(halfwords: readonly number[]): Uint8Array {
  return Uint8Array.from(halfwords.flatMap((halfword) => [halfword & 0xff, halfword >> 8]));
}
