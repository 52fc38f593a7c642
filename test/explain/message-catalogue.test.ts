import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";
import { aroundMessages } from "./messages/around.ts";
import { blackMagicMessages } from "./messages/black-magic.ts";
import { bootLoaderMessages } from "./messages/boot-loader.ts";
import { jlinkMessages } from "./messages/jlink.ts";
import { forItsContents } from "./messages/message-group.ts";
import { openocdMessages } from "./messages/openocd.ts";
import { openocdRefusals } from "./messages/openocd-refusals.ts";
import { placeMessages } from "./messages/places.ts";
import { probeRsMessages } from "./messages/probe-rs.ts";
import { probeRsChains } from "./messages/probe-rs-chains.ts";
import { pyocdMessages } from "./messages/pyocd.ts";
import { pyocdSteps } from "./messages/pyocd-steps.ts";
import { stToolMessages } from "./messages/st-tools.ts";
import { stageMessages } from "./messages/stages.ts";
import { stlinkMessages } from "./messages/stlink-org.ts";
import { stlinkSteps } from "./messages/stlink-org-steps.ts";
import { uvisionMessages } from "./messages/uvision.ts";

const groups = [
  ...openocdMessages,
  ...openocdRefusals,
  ...stlinkMessages,
  ...stlinkSteps,
  ...pyocdMessages,
  ...pyocdSteps,
  ...probeRsMessages,
  ...probeRsChains,
  ...stToolMessages,
  ...aroundMessages,
  ...bootLoaderMessages,
  ...blackMagicMessages,
  ...uvisionMessages,
  ...jlinkMessages,
  ...placeMessages,
  ...stageMessages,
];

const explained = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`));

describe.each(groups)("a message of $tool", ({ before, messages }) => {
  it.each(messages)("%s", (message, codes) => {
    const [first] = explained(...before, message).findings;
    expect(codes.split("|")).toContain(first?.code ?? "none");
  });

  it("is what makes the difference", () => {
    expect(forItsContents(explained(...before).findings)).toEqual([]);
  });
});

describe("an error in words that no reader has", () => {
  const after = (error: string) => explained("Open On-Chip Debugger 0.12.0", error).findings[0];
  it.each([
    ["Error: the gearbox could not erase the sector", "flash-refused"],
    ["Error: gearbox: contents of memory differ, verification gave up", "flash-differs"],
    ["Error: the gearbox cannot stop: core would not halt", "core-does-not-halt"],
    ["Error: gearbox saw no response from the target", "target-silent"],
    ["Error: gearbox: image is too large for flash", "image-outside-flash"],
  ])("is understood by its subject, and never for certain: %s", (error, code) => {
    expect(after(error)).toMatchObject({ code, certainty: "possible" });
  });

  it("counts for nothing beside one that is understood", () => {
    const { findings } = explained(
      "Open On-Chip Debugger 0.12.0",
      "Error: libusb_open() failed with LIBUSB_ERROR_ACCESS",
      "Error: the gearbox could not erase the sector",
    );
    expect(findings.map(({ code }) => code)).toEqual(["probe-permission"]);
  });

  it("at the deepest level of probe-rs' chain is what is quoted", () => {
    const run = "     Running `probe-rs run --chip STM32F446RETx app`";
    const chain = ["Error: Connecting to the chip was unsuccessful.", "Caused by:", "    1: Gear 5 is not supported."];
    expect(explained(run, ...chain).findings).toMatchObject([
      { code: "not-enough-to-tell", cause: expect.stringContaining("Gear 5") },
    ]);
  });

  it("that quotes a command line is no command line", () => {
    const run = "     Running `probe-rs run --chip STM32F446RETx app`";
    const { findings } = explained(run, "Error: gearbox missing; see `probe-rs run --help`");
    expect(findings).toMatchObject([{ code: "not-enough-to-tell", cause: expect.stringContaining("gearbox") }]);
  });
});

it("parts of a file that claim the same place are told as such", () => {
  const overlap = "Error: Section at 0x08002000 overlaps section ending at 0x08002400";
  const [first] = explained("Open On-Chip Debugger 0.12.0", "** Programming Started **", overlap).findings;
  expect(first).toMatchObject({ code: "program-unusable", cause: expect.stringContaining("same addresses") });
});

it.each(["write: Invalid argument while the reply was sent", "Error: invalid option bits"])(
  "a sentence that goes on is no option that is unknown: %s",
  (sentence) => {
    expect(explained("st-flash 1.8.0", sentence).findings[0]?.code).toBe("not-enough-to-tell");
  },
);

it("what a launch configuration lacks is told as lacking, not as unknown", () => {
  const banner = "Cortex-Debug: VSCode debugger extension version 1.12.1 git(652d042).";
  const [first] = explained(banner, "At least one OpenOCD Configuration File must be specified.").findings;
  expect(first).toMatchObject({
    code: "vscode-setting-missing",
    cause: expect.stringContaining("does not start without it"),
  });
  expect(first?.cause).toContain("configFiles");
});

it("ST's boot loader that is not there has remedies of its own", () => {
  const { findings } = explained("$ dfu-util -D stm32.bin", "dfu-util: No DFU capable USB device available");
  expect(findings[0]?.remedy.join(" ")).toContain("BOOT0");
});
