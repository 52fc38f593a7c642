import { everyBoard, type Fault } from "./fault.ts";
import { specError } from "./spec-error.ts";

/** What a V2 of 2014 had; a V2-1 counts its mass storage where the V2 counts SWIM. */
const oldFirmware: Readonly<Record<string, string>> = { v2: "V2J21S4", "v2-1": "V2J21M5" };

/** The probe itself and its USB cable. */
export const probeFaults: readonly Fault[] = [
  {
    name: "old-probe-firmware",
    family: "probe",
    description: "the probe runs firmware V2J21",
    effect:
      'Commands that came later are answered with "unknown": no raw DP and AP access (J24), 16-bit transfers (J26), ' +
      "access ports (J28) and queues (J32).",
    boards: everyBoard,
    refusesKeys: ["firmware"],
    apply: (plan, { probe }) => {
      if (!Object.hasOwn(oldFirmware, probe)) {
        throw specError(`An ST-LINK ${probe} never had firmware V2J21.`, { fault: "old-probe-firmware", probe }, [
          "Take probe=v2 or probe=v2-1.",
        ]);
      }
      plan.probeFirmware = oldFirmware[probe];
    },
  },
  {
    name: "probe-busy",
    family: "probe",
    description: "another program holds the probe",
    effect: "The probe is listed on USB; its debug interface is claimed, and opening it fails.",
    boards: everyBoard,
    decides: "usb",
    apply: (plan) => {
      plan.claimed = true;
    },
  },
  {
    name: "probe-unplugged",
    family: "probe",
    description: "the USB cable comes out in the middle of a session",
    effect: "After a number of transfers the probe is gone: each further one fails, and NRST floats high.",
    boards: everyBoard,
    decides: "usb",
    parameters: [
      { key: "unplug-after", description: "transfers that still work", initial: 60, minimum: 0, maximum: 1e9 },
      {
        key: "replug-after",
        description: "milliseconds until the cable is put back, 0 for never",
        initial: 0,
        minimum: 0,
        maximum: 1e9,
      },
    ],
    apply: (plan, bench) => {
      plan.unplugAfter = bench.parameter("unplug-after");
      const replug = bench.parameter("replug-after");
      if (replug > 0) plan.replugAfter = replug;
    },
  },
];
