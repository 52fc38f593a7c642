/**
 * CRC-32 with polynomial 0x04C11DB7, most significant bit first, initial value 0xFFFFFFFF, no final inversion: the
 * sum of GDB's `qCRC` packet ("Overview of the Remote Serial Protocol", `qCRC`) and of `compare-sections`.
 */
const table = new Uint32Array(256).map((_, index) => {
  let value = index << 24;
  for (let bit = 0; bit < 8; bit++) value = value & 0x80000000 ? (value << 1) ^ 0x04c11db7 : value << 1;
  return value >>> 0;
});

/** The CRC of `bytes`, continuing from `start` (0xFFFFFFFF begins a new one). */
export function crc32(bytes: Uint8Array, start = 0xffffffff): number {
  let crc = start | 0;
  for (const byte of bytes) crc = (crc << 8) ^ table[((crc >>> 24) ^ byte) & 0xff];
  return crc >>> 0;
}
