import { hex } from "../base/bytes.ts";
import type { MemoryRegion } from "../session/debug-session.ts";

/** The memory map (GDB manual, "Memory Map Format"): what `load` erases and where `break` needs a comparator. */
export function memoryMapXml(regions: readonly MemoryRegion[]): string {
  const lines = [
    '<?xml version="1.0"?>',
    '<!DOCTYPE memory-map PUBLIC "+//IDN gnu.org//DTD GDB Memory Map V1.0//EN" "http://sourceware.org/gdb/gdb-memory-map.dtd">',
    "<memory-map>",
  ];
  for (const { kind, start, length, blockSize } of regions) {
    const place = `<memory type="${kind === "io" ? "ram" : kind}" start="${hex(start)}" length="${hex(length)}"`;
    if (blockSize === undefined) lines.push(`${place}/>`);
    else lines.push(`${place}><property name="blocksize">${hex(blockSize)}</property></memory>`);
  }
  lines.push("</memory-map>", "");
  return lines.join("\n");
}
