import type { FactOf } from "../../facts.ts";

/** SP word-aligned in RAM or just behind it, PC odd (Thumb) and in the code region or RAM (ARMv7-M B3.1). */
export function isSane({ stackPointer, resetVector }: FactOf<"vector-table">["value"]): boolean {
  const inRam =
    (stackPointer >= 0x10000000 && stackPointer <= 0x10100000) ||
    stackPointer >>> 28 === 2 ||
    stackPointer >>> 29 === 3;
  const isCode = resetVector < 0x3000_0000 || (resetVector >= 0x6000_0000 && resetVector < 0xa000_0000);
  return inRam && stackPointer % 4 === 0 && (resetVector & 1) === 1 && isCode;
}
