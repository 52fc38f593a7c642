import { readFileSync } from "node:fs";
import { readElf } from "../../src/formats/elf.ts";

/** The demo program as raw bytes from 0x08000000 on, as `objcopy -O binary` makes them. */
export function demoBinary(): Uint8Array {
  const url = new URL("../../firmware/blinky/blinky.elf", import.meta.url);
  const { segments } = readElf(readFileSync(url), "blinky.elf");
  const start = Math.min(...segments.map(({ address }) => address));
  const bytes = new Uint8Array(Math.max(...segments.map(({ address, data }) => address + data.length)) - start).fill(
    0xff,
  );
  for (const { address, data } of segments) bytes.set(data, address - start);
  return bytes;
}
