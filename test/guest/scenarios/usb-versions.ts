import type { Scenario } from "../scenario.ts";

/**
 * Not among those that run by themselves. USB2 is the folder of a package `usb` of version 2:
 * `npm install --prefix /tmp/usb2 --ignore-scripts usb@2.18.0; USB2=/tmp/usb2/node_modules/usb npm run test:guest usb-versions`.
 */
export const usbVersionsScenario: Scenario = {
  name: "usb-versions",
  probes: [["--pid", "374b", "--probe", "sim:bluepill?pace=fast"]],
  steps: [
    {
      name: "npm usb 3 beside 2",
      run: `load_usb; until_true sh -c 'lsusb | grep 0483'
        node test/guest/measure-usb.mjs "$PWD/node_modules/usb" '${process.env.USB2 ?? ""}'`,
      expect: [/^find and open: .*/m, /^a command.*/m, /^6 KiB.*/m, /^the same.*/m, /^8 commands.*/m],
      limit: 540,
    },
  ],
};
