/** Status codes of the debug commands: byte 0 of a reply. Those that a server has to know or gives itself. */
export const DEBUG_STATUS = {
  ok: 0x80,
  commandError: 0x08,
  openedInOtherMode: 0x0e,
  apError: 0x12,
  badAp: 0x1d,
  unknownCommand: 0x42,
} as const;

/** A reply of a status alone. */
export function debugStatus(status: number): Uint8Array {
  return Uint8Array.of(status, 0);
}

/** Carries one command to the probe, within the turn of the client that it is for. */
export type Send = (block: Uint8Array, write?: Uint8Array, readLength?: number) => Promise<Uint8Array>;
