/**
 * RAM of the F1 lines by DEV_ID and flash size, where the table's largest value is too much (data sheets DS5792,
 * DS5319, DS6876, DS5944; the larger of the F101 and F103 lines that share an id).
 */
const rules: readonly { readonly deviceId: number; readonly uptoFlashKib: number; readonly ramKib: number }[] = [
  { deviceId: 0x412, uptoFlashKib: 16, ramKib: 6 },
  { deviceId: 0x414, uptoFlashKib: 256, ramKib: 48 },
  { deviceId: 0x420, uptoFlashKib: 32, ramKib: 4 },
  { deviceId: 0x428, uptoFlashKib: 256, ramKib: 24 },
];

/** Bytes of RAM of an F1 with this much flash, `undefined` where the table's row is right. */
export function f1RamBytes(deviceId: number, flashBytes: number): number | undefined {
  const rule = rules.find((one) => one.deviceId === deviceId && flashBytes <= one.uptoFlashKib * 1024);
  return rule === undefined ? undefined : rule.ramKib * 1024;
}
