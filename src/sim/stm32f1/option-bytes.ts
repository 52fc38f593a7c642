/** The option bytes as the controller loads them at reset. */
export interface OptionState {
  /** FLASH_OBR. */
  readonly obr: number;
  /** FLASH_WRPR: a 0 bit protects. */
  readonly wrpr: number;
  /** RDP is not 0xA5 with its complement. */
  readonly readProtected: boolean;
  /** False: the independent watchdog starts by itself at reset. */
  readonly softwareWatchdog: boolean;
  /** False: entering stop (standby) resets the chip instead. */
  readonly stopWithoutReset: boolean;
  readonly standbyWithoutReset: boolean;
}

/**
 * Decodes the 16 option bytes (PM0075 2.5, 3.7, 3.8). A byte whose complement does not match counts as 0xFF and sets
 * OPTERR, unless both are erased.
 */
export function decodeOptionBytes(bytes: Uint8Array): OptionState {
  let error = false;
  const value = (index: number): number => {
    const data = bytes[index * 2];
    const complement = bytes[index * 2 + 1];
    if ((data ^ complement) === 0xff) return data;
    if (data !== 0xff || complement !== 0xff) error = true;
    return 0xff;
  };
  const rdp = value(0);
  const user = value(1);
  const data0 = value(2);
  const data1 = value(3);
  const wrpr = (value(4) | (value(5) << 8) | (value(6) << 16) | (value(7) << 24)) >>> 0;
  const readProtected = rdp !== 0xa5;
  // The bits of USER that mean nothing read as 1 (OBR of a new part is 0x03FFFFFC).
  const obr = (error ? 1 : 0) | (readProtected ? 2 : 0) | (user << 2) | (data0 << 10) | (data1 << 18);
  return {
    obr: obr >>> 0,
    wrpr,
    readProtected,
    softwareWatchdog: (user & 1) !== 0,
    stopWithoutReset: (user & 2) !== 0,
    standbyWithoutReset: (user & 4) !== 0,
  };
}
