import { type FactSet, quotes } from "../../fact-set.ts";
import type { FactOf } from "../../facts.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";
import { isWritten } from "../../stages.ts";
import { bootByOptions } from "./boot-by-options.ts";
import { protectionMisread } from "./misread.ts";
import { enterByReset, onUsbAlone } from "./on-usb-alone.ts";
import { signedImage } from "./signed-image.ts";
import { fusRefuses, stageNotStarted } from "./stages.ts";
import { bootLoaderDriver } from "./usb-driver.ts";

/** Without a port, or without an answer of the boot loader, nothing is known of flash or of a probe. */
const nothingReached = [
  "not-enough-to-tell",
  "probe-none",
  "probe-busy",
  "probe-permission",
  "wires-open",
  "target-no-power",
  "file-missing",
];

const serialPort: Rule = {
  name: "serial-port-failed",
  why: "A serial port is opened by the system, before a byte is sent: what it refuses there has nothing to do with the chip (ENOENT, EACCES, EBUSY; Windows 2, 5).",
  conclude(facts: FactSet): readonly Conclusion[] {
    const all = facts.all("serial-port-failed");
    const told = all.findLast(({ value }) => value.why !== undefined) ?? all.at(-1);
    if (told === undefined || answeredAfter(facts, told)) return [];
    const named = all.findLast(({ value }) => value.port !== undefined);
    const { why } = told.value;
    const port = named?.value.port ?? "that was chosen";
    const usb = /^usb/i.test(port);
    return [
      conclusion("serial-port-unavailable", {
        certainty: "likely",
        ...(usb ? { variant: "usb", remedyFirst: [askUsb] } : why !== undefined && { variant: why }),
        values: { port },
        evidence: quotes(...all.slice(-3)),
        weight: 84,
        explains: [...nothingReached, "boot-loader-silent"],
      }),
    ];
  },
};

/** Users on macOS (1.3.0, 2.4.0) had `USB1` refused and `usb1` taken. */
const askUsb =
  "Spell it in small letters, `-c port=usb1` (an upload script that writes USB1 wants to be changed, or its board package updated), and ask the programmer what it sees: `STM32_Programmer_CLI -l usb`. If it lists none though the system does, it has no driver for the device or may not open it.";

/** The boot loader was spoken to later: over this port after all, or over USB, for which the port was not needed. */
function answeredAfter(facts: FactSet, failed: FactOf<"serial-port-failed">): boolean {
  const answered = facts.last("boot-loader", ({ answer, over }) => answer !== "none" || over === "usb");
  return answered !== undefined && facts.before(failed, answered);
}

const answers: Rule = {
  name: "boot-loader-answers",
  why: "AN3155 (UART): 0x79 acknowledges, 0x1F refuses, anything else is no answer of the boot loader; AN3156 (DFU): it is there as a USB device, and tells errors in the status of DFU 1.1.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const last = facts.last("boot-loader");
    const answered = facts.last("boot-loader", ({ answer }) => answer === "ok");
    if (last === undefined) return [];
    const bad = facts.last("boot-loader", ({ answer }) => answer !== "ok");
    if (bad === undefined || (bad !== last && doneAfter(facts, bad))) return [];
    const since = (answer: FactOf<"boot-loader">["value"]["answer"]) =>
      facts
        .all("boot-loader", (value) => value.answer === answer)
        .findLast((each) => answered === undefined || facts.before(answered, each));
    // A program that the boot loader was told to start runs in its place.
    const started = facts.last("stage", ({ stage, reached }) => stage === "running" && reached);
    if (
      started !== undefined &&
      facts.before(started, bad) &&
      (answered === undefined || facts.before(answered, started))
    ) {
      return [
        conclusion("boot-loader-silent", {
          certainty: "likely",
          variant: "started",
          evidence: quotes(answered, started, bad),
          weight: 72,
          explains: nothingReached,
        }),
      ];
    }
    const foreign = since("foreign");
    if (foreign !== undefined) {
      return [
        conclusion("boot-loader-silent", {
          certainty: "likely",
          variant: "foreign",
          values: { what: foreign.value.to ?? "another maker's" },
          evidence: quotes(foreign),
          remedyFirst: [theirTool],
          weight: 72,
          explains: [...nothingReached, "chip-unknown"],
        }),
      ];
    }
    const garbled = since("garbled");
    // After a refusal it answers the next command: only the work that was refused would show that it is over.
    const atAddress = facts.last("boot-loader", ({ answer, to }) => answer === "refused" && / at 0x/.test(to ?? ""));
    const refused = since("refused") ?? since("error") ?? atAddress;
    const silent = since("none");
    if (garbled !== undefined) {
      const all = facts.all("boot-loader", ({ answer }) => answer === "garbled");
      return [
        conclusion("boot-loader-garbled", {
          certainty: "likely",
          ...(answered !== undefined && { variant: "later" }),
          evidence: quotes(answered, ...all.slice(-3)),
          weight: 70,
          explains: nothingReached,
        }),
      ];
    }
    if (refused !== undefined) {
      // Which of flash's own troubles it is, another rule says.
      const named = refused.value.answer === "refused" && / at 0x/.test(refused.value.to ?? "");
      if (
        facts.has(
          "flash-trouble",
          ({ operation, reason }) => operation !== "read" && !(named && reason === undefined),
        ) ||
        facts.has("read-protection", ({ on }) => on)
      )
        return [];
      const ram = ownRam.test(refused.value.to ?? "");
      return [
        conclusion("boot-loader-refuses", {
          certainty: "likely",
          // Flash was worked all the same.
          ...(ram && doneAfter(facts, refused) && { severity: "warning" }),
          ...(ram ? { variant: "ram" } : refused.value.answer === "error" && { variant: "error" }),
          values: { what: refused.value.to ?? "what it was asked" },
          evidence: quotes(answered, refused),
          ...(ram && { remedyFirst: [askFlash] }),
          ...(/ at 0x0C[0-9A-F]{6}$/i.test(refused.value.to ?? "") && { remedyFirst: [secureAlias] }),
          weight: 60,
          explains: ["not-enough-to-tell", "flash-refused"],
        }),
      ];
    }
    const unread = since("unread");
    if (unread !== undefined) {
      return [
        conclusion("boot-loader-refuses", {
          certainty: "possible",
          variant: "unread",
          values: { what: "" },
          evidence: quotes(answered, ...facts.all("boot-loader", ({ answer }) => answer === "unread").slice(-2)),
          ...(unread.value.over === "usb" && {
            remedyFirst: [
              "Try another USB port of the computer, one behind a USB 2 hub, another cable, another computer: if that reads the chip, it is not protected.",
            ],
          }),
          weight: 60,
          explains: ["not-enough-to-tell"],
        }),
      ];
    }
    if (silent === undefined) return [];
    const unlisted = answered === undefined ? undefined : seenBySystemAlone(facts, answered, silent);
    if (unlisted !== undefined) return [unlisted];
    const { over } = silent.value;
    const mute = over === "usb" ? facts.last("usb-not-answering") : undefined;
    const onUsb = mute === undefined ? "usb" : "unanswered";
    const variant = answered !== undefined ? "lost" : over === "usb" ? onUsb : over === "bus" ? "bus" : undefined;
    return [
      conclusion("boot-loader-silent", {
        certainty: "likely",
        ...(variant !== undefined && { variant }),
        evidence: quotes(answered, mute, ...facts.all("boot-loader", ({ answer }) => answer === "none").slice(-3)),
        ...(variant === "unanswered" && { remedyFirst: [enterByReset] }),
        weight: 70,
        explains: nothingReached,
      }),
    ];
  },
};

/** The system has the device in its list of USB devices, and the tool none in its own: it may not open it, or has no driver for it. */
function seenBySystemAlone(
  facts: FactSet,
  seen: FactOf<"boot-loader">,
  missed: FactOf<"boot-loader">,
): Conclusion | undefined {
  if (seen.source.from !== "log" || missed.source.from !== "log" || missed.value.over !== "usb") return undefined;
  if (seen.source.tool !== "dfusecommand" || missed.source.tool !== "stm32cubeprogrammer") return undefined;
  const windows = facts.last("operating-system")?.value.name === "windows";
  return conclusion(windows ? "probe-driver-missing" : "probe-permission", {
    certainty: "likely",
    variant: "bootLoader",
    evidence: quotes(seen, missed),
    weight: 72,
    explains: nothingReached,
  });
}

const theirTool =
  "Write through this boot loader with the tool that belongs to it (Maple's and STM32duino's: dfu-util -d 1eaf:0003 -a 2 -D FILE.bin, with the program linked for behind it), or reach the chip past it: over ST-LINK, or by ST's own boot loader. That one has USB on some families only: an F103 has it on a serial port alone (PA9, PA10).";

/** The RAM that the boot loader works in: from 0x20000000 on, up to 16 KiB and more (AN2606, RAM of the boot loader). */
const ownRam = /^Read Memory at 0x2000[0-7][0-9A-F]{3}$/i;

const askFlash =
  "Have the programmer read flash (0x08000000, the address field of its window) in place of RAM. A release whose window reads RAM as it connects, and gives up on that, may still program; another release, or the command line, does not ask for it.";

/** Which address flash has for whom is the SAU's and IDAU's matter (RM0438 3.4; AN2606 on L5, U5 and H5). */
const secureAlias =
  "0x0C000000 is the flash as secure code sees it, and the boot loader takes part in the non-secure world unless the chip is set to secure boot: give it a non-secure area at 0x08000000 (watermarks SECWM), or write the secure part over ST-LINK.";

function doneAfter(facts: FactSet, bad: FactOf<"boot-loader">): boolean {
  const done = facts.last("stage", isWritten);
  return done !== undefined && facts.before(bad, done);
}

/** ST's boot loader, and the serial port on the way to it. */
export const bootLoaderRules: readonly Rule[] = [
  serialPort,
  answers,
  protectionMisread,
  bootByOptions,
  signedImage,
  fusRefuses,
  stageNotStarted,
  bootLoaderDriver,
  onUsbAlone,
];
