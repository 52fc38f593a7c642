import { quotes, toolOf } from "../../fact-set.ts";
import { conclusion, type Rule } from "../../rule.ts";

/** A probe that only root sees. */
export const rootOnly: Rule = {
  name: "probe-root-only",
  why: "Without a udev rule a USB device's node belongs to root: libusb lists the device, may not open it (EACCES), and tools that look no further say that there is none.",
  conclude(facts) {
    const root = facts.last("run-as-root");
    if (root === undefined) return [];
    const missed = [
      ...facts.all("probe-trouble", ({ what }) => what === "none-found" || what === "permission"),
      // What STM32CubeProgrammer says of a node that it may not open (DEV_USB_COMM_ERR).
      ...facts
        .all("probe-trouble", ({ what }) => what === "usb-error")
        .filter((each) => toolOf(each) === "stm32cubeprogrammer"),
      ...facts.all("stage", ({ stage, reached }) => stage === "probe-opened" && !reached),
      ...facts.all("boot-loader", ({ over, answer }) => over === "usb" && answer === "none"),
    ].find((each) => facts.before(each, root));
    const found =
      facts
        .all("stage", ({ stage, reached }) => (stage === "probe-opened" || stage === "target-connected") && reached)
        .find((each) => facts.before(root, each)) ??
      facts.all("probe-firmware").find((each) => facts.before(root, each)) ??
      facts.all("probe-serial").find((each) => facts.before(root, each));
    if (missed === undefined || found === undefined) return [];
    return [
      conclusion("probe-permission", {
        certainty: "likely",
        evidence: quotes(missed, root, found),
        weight: 92,
        ...(missed.kind === "boot-loader" && { variant: "bootLoader" }),
        explains: ["probe-none", "probe-usb-trouble", "boot-loader-silent", "not-enough-to-tell"],
      }),
    ];
  },
};

/** A probe that is on USB, and whose node nobody but root may write. */
export const nodeOfRoot: Rule = {
  name: "probe-node-of-root",
  why: "To open a USB device libusb opens its node for reading and writing (usbfs; /dev/bus/usb): where the mode lets root alone write and no list of users (+) is behind it, others get EACCES, and tools that look no further say that there is none.",
  conclude(facts) {
    const node = facts.last("probe-node", ({ writers }) => writers === "root");
    const missed =
      facts.last("probe-trouble", ({ what }) => what === "none-found" || what === "permission") ??
      facts.last("stage", ({ stage, reached }) => stage === "probe-opened" && !reached);
    if (node === undefined || missed === undefined) return [];
    const root = facts.first("run-as-root");
    if (root !== undefined && facts.before(root, missed)) return [];
    return [
      conclusion("probe-permission", {
        certainty: "likely",
        evidence: quotes(missed, node),
        weight: 92,
        explains: ["probe-none", "not-enough-to-tell"],
      }),
    ];
  },
};
