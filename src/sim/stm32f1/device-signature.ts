/**
 * The electronic signature from the flash size register on (RM0008 30.1, 30.2): size in KiB, `upper` above it,
 * 0xFFFF up to the unique id at +8, and its 12 bytes.
 */
export function signature(flashKib: number, uid: readonly number[], upper = 0xffff): Uint8Array {
  const bytes = new Uint8Array(32).fill(0xff);
  bytes[0] = flashKib & 0xff;
  bytes[1] = flashKib >>> 8;
  bytes[2] = upper & 0xff;
  bytes[3] = upper >>> 8;
  bytes.set(uid.slice(0, 12), 8);
  return bytes;
}
