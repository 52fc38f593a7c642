/**
 * A program for a Blue Pill that sleeps (WFI) but for an interrupt of SysTick in each millisecond, as Intel HEX: what most
 * firmware does while it waits.
 */
export function sleeper(): string {
  const [base, stack] = [0x0800_0000, 0x2000_5000];
  const code = [
    ...[0x4804, 0x4905], // ldr r0, =0xe000e010; ldr r1, =7999
    ...[0x6041, 0x2107, 0x6001], // str r1, [r0, #4]; movs r1, #7; str r1, [r0]
    ...[0xbf30, 0xe7fd], // 1: wfi; b 1b
    ...[0x4770, 0xbf00, 0xbf00], // the handler: bx lr
    ...[0xe010, 0xe000, 7999, 0], // SYST_CSR; a millisecond at 8 MHz
  ];
  const start = base + 16 * 4;
  const handler = start + 14;
  const vectors = [stack, start | 1, ...Array.from({ length: 14 }, () => handler | 1)];
  const bytes = Buffer.alloc(vectors.length * 4 + code.length * 2);
  let end = 0;
  for (const word of vectors) end = bytes.writeUInt32LE(word, end);
  for (const half of code) end = bytes.writeUInt16LE(half, end);
  const lines = [record(0, 4, Buffer.from([base >>> 24, (base >>> 16) & 0xff]))];
  for (let at = 0; at < bytes.length; at += 16) lines.push(record(at, 0, bytes.subarray(at, at + 16)));
  return `${[...lines, record(0, 1, Buffer.alloc(0))].join("\n")}\n`;
}

function record(offset: number, type: number, data: Buffer): string {
  const body = Buffer.from([data.length, offset >>> 8, offset & 0xff, type, ...data]);
  const sum = -body.reduce((total, byte) => total + byte, 0) & 0xff;
  return `:${body.toString("hex")}${sum.toString(16).padStart(2, "0")}`.toUpperCase();
}
