/** STM32CubeProgrammer: the first core's port of a family, parts of a file that nothing was erased for, its own clock. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const found = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`)).findings;
const codes = (...lines: readonly string[]) => found(...lines).map(({ code }) => code);

const begun = (board: string) => [
  "      STM32CubeProgrammer v2.16.0",
  "ST-LINK SN  : 004D00313532511231333430",
  "ST-LINK FW  : V3J13M4",
  `Board       : ${board}`,
  "Voltage     : 3.29V",
];

describe("an access port that is not reached", () => {
  const refused = "Error: Cannot connect to access port 1!";

  it("is the first core's on the families where that is behind port 1", () => {
    expect(found(...begun("NUCLEO-H563ZI"), refused)[0].code).toBe("access-port-closed");
    expect(found(...begun("NUCLEO-WL55JC"), refused)[0].code).toBe("second-core-off");
    expect(found(...begun("--"), refused)[0].code).toBe("second-core-off");
    expect(found(...begun("NUCLEO-H563ZI"), "Error: Cannot connect to access port 3!")[0].code).toBe("second-core-off");
  });

  it("is told by the chip that was read before the board's name", () => {
    const codesOf = codes(...begun("NUCLEO-H563ZI"), "Device ID   : 0x497", refused);
    expect(codesOf).toContain("second-core-off");
  });
});

describe("a part of the file that fails", () => {
  const download = (...erases: readonly string[]) => [
    ...begun("STM32F746G-DISCO"),
    "Device ID   : 0x449",
    "Memory Programming ...",
    "Opening and parsing file: gui.elf",
    "  Address       : 0x08000000",
    ...erases,
    "Download in Progress:",
    "Error: failed to download Segment[1]",
    "Error: failed to download the File",
  ];
  const first = ["Erasing memory corresponding to segment 0:", "Erasing internal memory sectors [0 5]"];
  const second = "Erasing memory corresponding to segment 1:";

  it("lies elsewhere than in flash where nothing was erased for it", () => {
    const [finding] = found(...download(...first, second));
    expect(finding).toMatchObject({ code: "image-outside-flash", certainty: "likely" });
    expect(finding.cause).toContain("Part 1 of the file");
  });

  it("does not where its own sectors were erased, or none were for any part", () => {
    expect(codes(...download(...first, second, "Erasing internal memory sector 6"))).not.toContain(
      "image-outside-flash",
    );
    expect(codes(...download("Erasing memory corresponding to segment 0:", second))).not.toContain(
      "image-outside-flash",
    );
    expect(codes(...download(...first))).not.toContain("image-outside-flash");
  });
});

describe("a try at the programmer's own clock", () => {
  const failed = "Error: No STM32 target found!";
  const connected = (khz: number, mode: string) => [
    ...begun("STLINK-V3SET"),
    `SWD freq    : ${khz} KHz`,
    `Connect mode: ${mode}`,
    "Device ID   : 0x435",
  ];

  it("that fails, and one at a slower that does not, leave the clock", () => {
    const [finding] = found(...begun("STLINK-V3SET"), failed, ...connected(1000, "Normal"));
    expect(finding).toMatchObject({ code: "wire-clock-too-fast", certainty: "likely" });
    expect(finding.cause).toContain("the tool's own");
  });

  it("tell nothing of it where the manner differs, or the clock hardly", () => {
    expect(codes(...begun("STLINK-V3SET"), failed, ...connected(1000, "Under Reset"))).not.toContain(
      "wire-clock-too-fast",
    );
    expect(codes(...begun("STLINK-V3SET"), failed, ...connected(4000, "Normal"))).not.toContain("wire-clock-too-fast");
  });
});
