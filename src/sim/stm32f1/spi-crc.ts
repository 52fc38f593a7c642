/** The CRC of an SPI after one more frame of `bits` bits, in the order in which they go over the line (RM0008 25.3.6). */
export function spiCrc(crc: number, value: number, polynomial: number, bits: 8 | 16, lsbFirst: boolean): number {
  const top = 1 << (bits - 1);
  const mask = (1 << bits) - 1;
  let rest = crc & mask;
  for (let i = 0; i < bits; i++) {
    const bit = (value >> (lsbFirst ? i : bits - 1 - i)) & 1;
    const feedback = ((rest & top) !== 0) !== (bit === 1);
    rest = ((rest << 1) & mask) ^ (feedback ? polynomial & mask : 0);
  }
  return rest;
}
