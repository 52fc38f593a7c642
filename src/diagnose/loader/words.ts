import { hex } from "../../base/bytes.ts";

/** `0xA0000060`: an address as ST's manuals print it. */
export function addressText(value: number): string {
  return `0x${(value >>> 0).toString(16).toUpperCase().padStart(8, "0")}`;
}

/** `8 KiB`, `64 MiB`, `396 bytes`. */
export function sizeText(bytes: number): string {
  if (bytes >= 0x100000 && bytes % 0x100000 === 0) return `${bytes / 0x100000} MiB`;
  if (bytes >= 0x400 && bytes % 0x400 === 0) return `${bytes / 0x400} KiB`;
  return `${bytes} byte${bytes === 1 ? "" : "s"}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function listText(items: readonly string[], conjunction = "and"): string {
  if (items.length < 2) return items.join("");
  return `${items.slice(0, -1).join(", ")} ${conjunction} ${items[items.length - 1]}`;
}

/** `a NAND flash`, `an SRAM`, as it is spoken. */
export function withArticle(noun: string): string {
  return `${/^([AEIOaeio]|[FHLMNRSX](?=[A-Z]))/.test(noun) && !/^(NAND|NOR|SDRAM|ROM|RAM)\b/.test(noun) ? "an" : "a"} ${noun}`;
}

/** `FSMC_NAND_Init+0x42`; the offset is left out when it is zero. */
export function offsetText(name: string, offset: number): string {
  return offset === 0 ? name : `${name}+${hex(offset)}`;
}
