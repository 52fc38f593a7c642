/** What the Common Flash Interface of the M29W128GL says, by word address (JESD68.01, JEP137; data sheet appendix B). */
const table: readonly (readonly [first: number, ...values: number[]])[] = [
  // "QRY", the AMD command set and its table at 0x40, no second command set.
  [0x10, 0x51, 0x52, 0x59, 0x02, 0x00, 0x40, 0x00, 0x00, 0x00, 0x00, 0x00],
  // VCC 2.7–3.6 V, VPP 11.5–12.5 V.
  [0x1b, 0x27, 0x36, 0xb5, 0xc5],
  // Typical times as powers of two: a word 16 us, a buffer 128 us, a block 512 ms, the chip 65 s; how often longer at most.
  [0x1f, 0x04, 0x07, 0x09, 0x10, 0x04, 0x04, 0x03, 0x03],
  // 16 MiB, x8 and x16, a write buffer of 64 bytes, one region of 128 blocks of 128 KiB.
  [0x27, 0x18, 0x02, 0x00, 0x06, 0x00, 0x01, 0x7f, 0x00, 0x00, 0x02],
  // "PRI" 1.3: unlock needed, erase suspend for reading and programming, pages of eight words, VPP 11.5–12.5 V.
  [0x40, 0x50, 0x52, 0x49, 0x31, 0x33, 0x0c, 0x02, 0x01, 0x00, 0x08, 0x00, 0x00, 0x02, 0xb5, 0xc5, 0x04, 0x01],
];

const words = new Map(table.flatMap(([first, ...values]) => values.map((value, i) => [first + i, value] as const)));

/** The word of the CFI query at a word address; 0 where there is none. */
export function norCfi(address: number): number {
  return words.get(address & 0xff) ?? 0;
}
