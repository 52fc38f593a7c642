import type { Probe } from "../coresight/memory-port.ts";

/** What a core needs of the probe beside memory. */
export type CoreProbe = Pick<
  Probe,
  "driveNrst" | "readCoreRegister" | "writeCoreRegister" | "readAllCoreRegisters" | "others"
>;

/** Other programs use the probe just now; false where that can't be told. */
export async function usedByOthers(probe: CoreProbe): Promise<boolean> {
  return ((await probe.others?.()) ?? 0) > 0;
}
