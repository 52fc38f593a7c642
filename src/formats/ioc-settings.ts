import type { IocEntry, IocFile } from "./ioc.ts";

/** What a `.ioc` says of chip, debug port, clocks and pins. Every value comes with its key and line. */
export interface IocSettings {
  /** The part as ordered, `STM32F103C8T6` (Mcu.CPN); older files have the family's name of it, `STM32F103C8Tx`. */
  readonly part: IocEntry | undefined;
  /** `STM32F1` (Mcu.Family). */
  readonly family: IocEntry | undefined;
  /** Pins of port A, by number, that have a signal: 13 is SWDIO, 14 SWCLK. */
  readonly pinSignal: (pin: number) => IocEntry | undefined;
  /** `VP_SYS_VS_ND.Mode=No_Debug`: STM32CubeMX 6.10 and later say so when SYS > Debug is "Disable". */
  readonly noDebug: IocEntry | undefined;
  /** `PA13.Mode`, such as `Serial_Wire`. */
  readonly debugMode: IocEntry | undefined;
  /** System and core clock frequencies in Hz, as STM32CubeMX computed them. */
  readonly clocks: readonly { readonly entry: IocEntry; readonly hertz: number }[];
  /** ProjectManager.FreePins=true: unused pins are made analog, and the debug pins with them if they are unused. */
  readonly freePins: IocEntry | undefined;
  /** ProjectManager.TargetToolchain. */
  readonly toolchain: string | undefined;
}

/*
 * Confirmed in .ioc files that users published: Mcu.CPN, Mcu.UserName, Mcu.Name, Mcu.Family, PA13.Mode=Serial_Wire,
 * PA13.Signal=SYS_JTMS-SWDIO, PA14.Signal=SYS_JTCK-SWCLK (F1), `PA13\ (JTMS/SWDIO).Signal=DEBUG_JTMS-SWDIO` (H7),
 * VP_SYS_VS_ND.Mode=No_Debug (DB 6.0.100), RCC.SYSCLKFreq_VALUE, RCC.HCLKFreq_Value, RCC.FCLKCortexFreq_Value,
 * ProjectManager.FreePins. Not confirmed, and so only tolerated: `PA14-BOOT0` as the name of PA14 on small parts.
 */

/** Keys of clocks that must not be faster than the chip's core may be. */
const clockKeys = ["RCC.SYSCLKFreq_VALUE", "RCC.HCLKFreq_Value", "RCC.AHBFreq_Value", "RCC.CortexFreq_Value"];

/** Reads the settings off a `.ioc`. */
export function iocSettings(ioc: IocFile): IocSettings {
  const pins = new Map<number, Map<string, IocEntry>>();
  for (const entry of ioc.entries) {
    const match = entry.key.match(/^PA(\d{1,2})(?![\d])[^.]*\.(Signal|Mode)$/);
    if (match === null) continue;
    const pin = Number(match[1]);
    const known = pins.get(pin) ?? new Map<string, IocEntry>();
    pins.set(pin, known.set(match[2], entry));
  }
  const freePins = ioc.entry("ProjectManager.FreePins");
  const noDebug = ioc.entry("VP_SYS_VS_ND.Mode");
  return {
    part: [
      ioc.entry("Mcu.CPN"),
      ioc.entry("Mcu.UserName"),
      ioc.entry("ProjectManager.DeviceId"),
      ioc.entry("Mcu.Name"),
    ].find((entry) => entry !== undefined && entry.value !== ""),
    family: ioc.entry("Mcu.Family"),
    pinSignal: (pin) => pins.get(pin)?.get("Signal"),
    noDebug: noDebug?.value === "No_Debug" ? noDebug : undefined,
    debugMode: pins.get(13)?.get("Mode"),
    clocks: clockKeys.flatMap((key) => {
      const entry = ioc.entry(key);
      const hertz = Number(entry?.value);
      return entry !== undefined && entry.value !== "" && hertz > 0 && Number.isFinite(hertz) ? [{ entry, hertz }] : [];
    }),
    freePins: freePins?.value === "true" ? freePins : undefined,
    toolchain: ioc.entry("ProjectManager.TargetToolchain")?.value,
  };
}

/** True for a signal that keeps a pin with the debug port: `SYS_JTMS-SWDIO`, `SYS_SWCLK`, `DEBUG_JTCK-SWCLK`. */
export function isDebugSignal(signal: string): boolean {
  return /^(SYS|DEBUG)_.*(SWDIO|SWCLK|JTMS|JTCK)/.test(signal);
}
