import type { Scenario } from "../scenario.ts";

const serials = {
  "3748": "50524F424954590000000200",
  "374b": "50524F424954590000000201",
  "374e": "50524F424954590000000301",
  "374f": "50524F424954590000000300",
};

/** Every product that the virtual probe can be, all of them plugged in at once. */
export const productsScenario: Scenario = {
  name: "products",
  probes: Object.keys(serials).map((pid) => ["--pid", pid, "--probe", "sim:bluepill?pace=fast"]),
  steps: [
    {
      name: "lsusb",
      run: "load_usb; until_true sh -c 'test $(lsusb | grep -c 0483) = 4'; lsusb; lsusb -t",
      expect: Object.keys(serials).map((pid) => new RegExp(`ID 0483:${pid} .*`)),
    },
    {
      name: "st-info --probe",
      run: "st-info --probe",
      expect: [
        /Found 4 stlink programmers/,
        ...Object.values(serials).map((serial) => new RegExp(`serial: +${serial}`)),
      ],
    },
    {
      name: "probity probes",
      run: "probity probes",
      expect: Object.values(serials).map((serial) => new RegExp(`^usb:${serial} .*3\\.30 V`, "m")),
    },
    ...Object.entries(serials).map(([pid, serial]) => ({
      name: `${pid}: probity info`,
      run: `probity info --probe usb:${serial}`,
      expect: [new RegExp(`Probe: +ST-LINK ${serial}, firmware .*`), /Chip: +STM32F10x medium-density/],
    })),
    {
      name: "probity info without a choice",
      run: "probity info",
      status: 1,
      expect: [/^Cause:.*4 ST-LINKs.*/m],
    },
  ],
};
