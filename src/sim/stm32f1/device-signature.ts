/** Unique id that a virtual chip has unless told otherwise: lot "PROBITY", wafer 1, at X 2, Y 3. */
export const defaultUid: readonly number[] = [0x02, 0x00, 0x03, 0x00, 0x01, 0x59, 0x54, 0x49, 0x42, 0x4f, 0x52, 0x50];

/**
 * The electronic signature from the flash size register on (RM0008 30.1, 30.2): size in KiB, 0xFFFF up to the unique
 * id at +8, and its 12 bytes.
 */
export function signature(flashKib: number, uid: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(32).fill(0xff);
  bytes[0] = flashKib & 0xff;
  bytes[1] = flashKib >>> 8;
  bytes.set(uid.slice(0, 12), 8);
  return bytes;
}
