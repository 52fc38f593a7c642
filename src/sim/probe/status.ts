/**
 * Status codes of the debug commands: byte 0 of a status reply, the items of RW_MISC_IN. Names as ST's and the drivers'.
 */
export const STATUS = {
  ok: 0x80,
  fault: 0x81,
  noDeviceConnected: 0x05,
  commandError: 0x08,
  getIdcodeError: 0x09,
  alignmentError: 0x0a,
  debugPowerError: 0x0b,
  apWait: 0x10,
  apFault: 0x11,
  apError: 0x12,
  apParityError: 0x13,
  dpWait: 0x14,
  dpFault: 0x15,
  dpError: 0x16,
  dpParityError: 0x17,
  apStickyError: 0x19,
  badAp: 0x1d,
  swvNotAvailable: 0x20,
  noJumpToUsbLoader: 0x21,
  tooManyAps: 0x29,
  configurationChanged: 0x40,
  frequencyNotSupported: 0x41,
  unknownCommand: 0x42,
} as const;

export type Status = (typeof STATUS)[keyof typeof STATUS];
