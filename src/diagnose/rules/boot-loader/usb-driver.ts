import { type FactSet, quotes } from "../../fact-set.ts";
import type { Fact } from "../../facts.ts";
import { conclusion, type Rule } from "../../rule.ts";

/** ST's older driver for its boot loader, by the name of its service. */
const older = /^sttub30$/i;

/** The chip's boot loader on USB with a driver that the tool in use does not go through. */
export const bootLoaderDriver: Rule = {
  name: "boot-loader-driver",
  why: "Windows binds one driver to a USB device, and a program finds it by that driver's interface: DfuSe by ST's STTub30, STM32CubeProgrammer and dfu-util by WinUSB (dfu-util by libusb's own as well).",
  conclude(facts: FactSet) {
    const driver = facts.last("boot-loader-driver");
    if (driver === undefined) return [];
    const old = older.test(driver.value.name);
    const tool = old ? withWinUsb(facts) : facts.last("tool", ({ name }) => name === "dfusecommand");
    // Whoever was answered over USB has the driver that it needs.
    if (tool === undefined || facts.has("boot-loader", ({ over, answer }) => over === "usb" && answer === "ok"))
      return [];
    return [
      conclusion("probe-driver-missing", {
        certainty: "likely",
        variant: "otherDriver",
        values: {
          driver: driver.value.name,
          tool: old ? "This tool" : "DfuSe",
          needs: old ? "WinUSB" : "STTub30, ST's older driver",
        },
        evidence: quotes(driver, tool),
        remedyFirst: [old ? takeWinUsb : takeProgrammer],
        weight: 84,
        explains: ["boot-loader-silent", "not-enough-to-tell", "probe-none", "chip-unknown"],
      }),
    ];
  },
};

/** A tool that goes through WinUSB and saw no boot loader. */
function withWinUsb(facts: FactSet): Fact | undefined {
  const missed = facts.last("boot-loader", ({ over, answer }) => over === "usb" && answer === "none");
  const speaks = facts.last("tool", ({ name }) => name === "stm32cubeprogrammer" || name === "dfu-util");
  return speaks === undefined ? undefined : missed;
}

const takeProgrammer =
  "Use STM32CubeProgrammer (USB) in place of DfuSe: it has replaced it, and this is its driver. Or, in Windows' device manager: Update driver > Browse > Let me pick, and choose STM Device in DFU Mode, the driver that came with DfuSe.";

const takeWinUsb =
  "In Windows' device manager uninstall the device with its driver (Delete the driver software), then install the one of STM32CubeProgrammer (STM32Bootloader.bat in its folder Drivers\\DFU_Driver), or WinUSB by Zadig; plug the chip in again.";
