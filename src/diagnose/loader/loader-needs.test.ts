import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cpuTime } from "../../../test/support/cpu-time.ts";
import { chipsOfPart } from "../../chips/boards.ts";
import type { Chip } from "../../chips/chip.ts";
import { readElf } from "../../formats/elf.ts";
import { readElfSymbols } from "../../formats/elf-symbols.ts";
import type { LoaderDevice, StldrFile } from "../../formats/loader-file.ts";
import { chipsForLoader, judgeChip } from "./chips-for-loader.ts";
import { ownLoader, renamed, targetOf } from "./loader-fixtures.ts";
import { loaderNeeds } from "./loader-needs.ts";
import { prejudgeLoader } from "./prejudge-loader.ts";

interface Build {
  readonly name: string;
  readonly core: string;
  readonly options?: readonly string[];
  readonly ram?: number;
  readonly device: Partial<LoaderDevice>;
  readonly source: string;
  /** The source file's name, which stays in the symbol table. */
  readonly file?: string;
}

/** Compiles a loader that does nothing but touch these registers. */
function built({
  name,
  core,
  options = ["-Os"],
  ram = 0x20000004,
  device,
  source,
  file = "driver.c",
}: Build): StldrFile {
  const folder = mkdtempSync(join(tmpdir(), "loader-"));
  try {
    writeFileSync(join(folder, file), source);
    const flags = [`-mcpu=${core}`, "-mthumb", "-ffreestanding", "-nostdlib", ...options];
    const link = [`-Wl,-Ttext=0x${ram.toString(16)}`, "-Wl,-eInit", "-Wl,--build-id=none"];
    execFileSync("arm-none-eabi-gcc", [...flags, ...link, file, "-o", "loader.elf"], { cwd: folder });
    const elf = readElf(new Uint8Array(readFileSync(join(folder, "loader.elf"))), `${name}.stldr`);
    const symbols = readElfSymbols(elf);
    const data = elf.segments.find(({ address }) => address === ram)?.data ?? new Uint8Array(0);
    return {
      format: "stldr",
      fileName: `${name}.stldr`,
      elf,
      symbols,
      device: {
        name,
        kind: "SPI flash",
        type: 7,
        start: 0x90000000,
        size: 0x4000000,
        pageSize: 256,
        erasedValue: 0xff,
        sectors: [{ start: 0x90000000, size: 0x10000, count: 1024 }],
        ...device,
      },
      segments: [{ address: ram, data }],
      zeroed: [],
      span: { start: ram, length: data.length },
      functions: new Map([
        ["Init", ram],
        ["Write", ram],
      ]),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Turns bits on in these registers, the way drivers do. */
function touching(...addresses: readonly number[]): string {
  const lines = addresses.map((address) => `*(volatile unsigned *)0x${address.toString(16)} |= 1;`);
  return `int Init(void) { ${lines.join(" ")} return 1; }\nint Write(void) { return 1; }\n`;
}

const ids = (list: readonly (Chip | { readonly chip: Chip })[]): number[] =>
  list.map((each) => ("chip" in each ? each.chip.deviceId : each.deviceId));

/** Loaders like those that are published for these boards: name, core, RAM and registers. */
const published = [
  {
    build: {
      name: "MT25QL512A_STM32469I-EVAL",
      core: "cortex-m4",
      device: {},
      source: touching(0x40023830, 0x40020400, 0x40021400, 0x40023838, 0xa0001000),
    },
    controllers: ["QUADSPI"],
    families: ["STM32F4"],
    board: "STM32469I-EVAL",
    can: [0x434, 0x421],
    depends: [0x441, 0x463],
    cannot: [0x410, 0x413, 0x419, 0x449, 0x461, 0x450, 0x417],
  },
  {
    build: {
      name: "MX25R6435F_STM32L496G-DISCO",
      core: "cortex-m4",
      options: ["-O0"],
      device: { size: 0x800000 },
      source: touching(0x4002104c, 0x48000000, 0x48000400, 0x40022000, 0xa0001000),
    },
    controllers: ["QUADSPI"],
    families: ["STM32L4"],
    board: "STM32L496G-DISCO",
    can: [0x461, 0x415, 0x435],
    depends: [],
    cannot: [0x470, 0x471, 0x410, 0x434, 0x469, 0x468],
  },
  {
    build: {
      name: "MX25LM51245G_STM32H7B3I-EVAL",
      core: "cortex-m7",
      ram: 0x24000004,
      device: {},
      source: touching(0x58024534, 0x58020000, 0x52002000, 0x52005000, 0x5200b400),
    },
    controllers: ["OCTOSPI"],
    families: ["STM32H7"],
    board: "STM32H7B3I-EVAL",
    can: [0x480, 0x483],
    depends: [],
    cannot: [0x450, 0x485, 0x410, 0x434, 0x449, 0x481],
  },
  {
    build: {
      name: "N25Q128A_STM32F7508-DISCO",
      core: "cortex-m7",
      device: { size: 0x1000000 },
      source: touching(0x40023830, 0x40020400, 0x40020c00, 0x40023c00, 0xa0001000),
    },
    controllers: ["QUADSPI"],
    families: ["STM32F7"],
    board: "STM32F7508-DISCO",
    can: [0x449, 0x451, 0x452],
    depends: [],
    cannot: [0x434, 0x450, 0x410, 0x461],
  },
] as const;

describe("what a loader needs", () => {
  it.each(published)("is read off $build.name", ({ build, controllers, families, board, can, depends, cannot }) => {
    const loader = built(build);
    const needs = loaderNeeds(loader);
    expect(needs.controllers).toEqual(controllers);
    expect(needs.families).toEqual(families);
    expect(needs.board?.name).toBe(board);
    const verdicts = chipsForLoader(loader);
    expect(ids(verdicts.can)).toEqual(expect.arrayContaining([...can]));
    expect(ids(verdicts.depends)).toEqual(expect.arrayContaining([...depends]));
    expect(ids(verdicts.cannot)).toEqual(expect.arrayContaining([...cannot]));
  });

  it("tells the family by its RCC when no name does", () => {
    const cases: readonly (readonly [string, string, number[], string[]])[] = [
      ["cortex-m3", "-Os", [0x40021018, 0x40010800, 0xa0000000], ["STM32F1"]],
      ["cortex-m0", "-Os", [0x40021014, 0x48000000, 0x40022000], ["STM32F0"]],
      ["cortex-m0", "-O0", [0x40021034, 0x50000000, 0x40022000], ["STM32G0", "STM32L0"]],
      ["cortex-m33", "-Os", [0x46020c8c, 0x42020000, 0x420d1400], ["STM32U5"]],
      ["cortex-m7", "-O0", [0x58024534, 0x58020000, 0x52005000], ["STM32H7"]],
    ];
    for (const [core, option, addresses, families] of cases) {
      const loader = built({ name: "plain", core, options: [option], device: {}, source: touching(...addresses) });
      expect(loaderNeeds(loader).families, `${core} ${option}`).toEqual(expect.arrayContaining(families));
      expect(loaderNeeds(loader).families, `${core} ${option}`).not.toContain("STM32F4");
    }
  });

  it("does not take another family's GPIOE for RCC", () => {
    const source = touching(0x40023830, 0x40021000, 0x40020400, 0xa0001000);
    const { families } = loaderNeeds(built({ name: "plain", core: "cortex-m4", device: {}, source }));
    expect(families).toContain("STM32F4");
    for (const family of ["STM32F1", "STM32L4", "STM32G4"]) expect(families).not.toContain(family);
  });

  it("takes names of the vendor's source files for evidence", () => {
    const loader = built({
      name: "plain",
      core: "cortex-m4",
      device: {},
      source: touching(0x40023830, 0x40020400, 0xa0001000),
      file: "stm32f4xx_hal_qspi.c",
    });
    const needs = loaderNeeds(loader);
    expect(needs.families).toEqual(["STM32F4"]);
    expect(needs.familyEvidence).toContain("it was compiled from stm32f4xx_hal_qspi.c");
    expect(needs.rcc).toBe(0x40023800);
  });

  it("is not sure of a controller whose driver's file alone is named: nothing of it need be linked", () => {
    const source = touching(0x40021018, 0x40013000);
    const named = built({ name: "plain", core: "cortex-m3", device: {}, source, file: "stm32f10x_fsmc.c" });
    const { controllers, controllersSure } = loaderNeeds(named);
    expect(controllers).toEqual(["FSMC"]);
    expect(controllersSure).toBe(false);
  });

  it("needs no controller for memory behind an ordinary SPI", () => {
    const loader = built({ name: "W25Q64", core: "cortex-m3", device: {}, source: touching(0x40021018, 0x40013000) });
    expect(loaderNeeds(loader).controllers).toEqual([]);
    expect(ids(chipsForLoader(loader).can)).toContain(0x410);
  });

  it("needs the FSMC for the project's own NAND loader", () => {
    const needs = loaderNeeds(ownLoader("nand512w3a_stm3210e-eval.stldr"));
    expect(needs.controllers).toEqual(["FSMC"]);
    expect(needs.families).toEqual(["STM32F1"]);
    expect(needs.board?.part).toBe("STM32F103ZE/ZG");
    expect(needs.attributes?.cpuArch).toBe(10);
  });
});

it("looks through a large file of anything in a moment", () => {
  const data = new Uint8Array(512 * 1024);
  let seed = 1;
  for (let i = 0; i < data.length; i++) {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    data[i] = seed >>> 16;
  }
  const large = {
    ...ownLoader("nand512w3a_stm3210e-eval.stldr"),
    symbols: [],
    segments: [{ address: 0x20000004, data }],
  };
  const start = cpuTime();
  loaderNeeds(large);
  expect(cpuTime() - start).toBeLessThan(5000);
});

describe("whether a chip can run a loader", () => {
  const nand = ownLoader("nand512w3a_stm3210e-eval.stldr");

  it("says why not, in one reason for all that share it", () => {
    const { can, depends, cannot } = chipsForLoader(nand);
    const reason = (id: number): string | undefined => cannot.find(({ chip }) => chip.deviceId === id)?.reason;
    expect(can).toEqual([]);
    expect(ids(depends)).toEqual([0x414, 0x428, 0x430]);
    expect(reason(0x410)).toBe("no FSMC");
    expect(reason(0x418)).toBe("no FSMC");
    expect(reason(0x434)).toBe("it is built for STM32F1");
    expect(reason(0x450)).toBe(reason(0x434));
  });

  it("knows what a core cannot execute", () => {
    const plain = { ...renamed(nand, "plain"), segments: [], symbols: [] };
    const needs = { ...loaderNeeds(plain), families: [], controllers: [] };
    const verdict = (part: string, cpuArch: number) =>
      judgeChip({ ...needs, attributes: { cpuArch, cpuArchName: "X" } }, chipsOfPart(part)[0]).fits;
    expect(verdict("STM32F051R8", 11)).toBe("yes");
    expect(verdict("STM32F051R8", 10)).toBe("no");
    expect(verdict("STM32F103C8", 13)).toBe("no");
    expect(verdict("STM32F469NI", 13)).toBe("yes");
    expect(verdict("STM32F469NI", 17)).toBe("no");
    expect(verdict("STM32U585", 13)).toBe("yes");
    expect(verdict("STM32U585", 17)).toBe("yes");
  });

  it("says that an FPU may be missed", () => {
    const needs = { ...loaderNeeds(nand), families: [], controllers: [] };
    const verdict = (part: string) =>
      judgeChip({ ...needs, attributes: { cpuArch: 13, cpuArchName: "ARMv7E-M", fpArch: 6 } }, chipsOfPart(part)[0]);
    expect(verdict("STM32WL55")).toMatchObject({ fits: "depends", code: "fpu" });
    expect(verdict("STM32F469NI").fits).toBe("yes");
  });

  it("wants its RAM, and room for a stack", () => {
    const needs = { ...loaderNeeds(nand), families: [], controllers: [], attributes: undefined };
    const chip = targetOf(0x410).chip as Chip;
    const fits = (start: number | undefined, length: number) =>
      judgeChip({ ...needs, ram: { start, length, stack: 1024 } }, chip).fits;
    expect(fits(0x20000004, 0x5000 - 4 - 1024)).toBe("yes");
    expect(fits(0x20000004, 0x5000 - 4 - 1023)).toBe("no");
    expect(fits(0x20000400, 0x5000 - 0x400)).toBe("yes");
    expect(fits(0x24000004, 16)).toBe("no");
    expect(fits(undefined, 0x5000 - 1024)).toBe("yes");
    expect(fits(undefined, 0x5000 - 1023)).toBe("no");
    expect(judgeChip({ ...needs, ram: { start: 0x24000004, length: 16, stack: 1024 } }, chip).reason).toBe(
      "no RAM at 0x24000004",
    );
  });
});

describe("the judgement before a loader runs", () => {
  const nand = ownLoader("nand512w3a_stm3210e-eval.stldr");

  it("warns of the FSMC that is not there, and is no more than likely", () => {
    const finding = prejudgeLoader(nand, targetOf(0x410));
    expect(finding).toMatchObject({ code: "loader-needs-fsmc", certainty: "likely" });
    expect(finding?.cause).toMatch(
      /^nand512w3a_stm3210e-eval\.stldr is not likely to work here: STM32F10x .* has no FSMC: none of its 20 parts do\.$/,
    );
    expect(finding?.cause).not.toContain("\n");
  });

  it("is silent where the chip may do, and where it is not known", () => {
    expect(prejudgeLoader(nand, targetOf(0x414))).toBeUndefined();
    expect(prejudgeLoader(nand, { ...targetOf(0x410), chip: undefined })).toBeUndefined();
  });

  it("does not go by the memory's address alone", () => {
    const imaginary = ownLoader("bad/returns-0.stldr");
    expect(loaderNeeds(imaginary)).toMatchObject({ controllers: ["FSMC", "FMC"], controllersSure: false });
    expect(chipsForLoader(imaginary).depends.find(({ chip }) => chip.deviceId === 0x410)?.reason).toBe(
      "no FSMC or FMC, which memory at such an address needs",
    );
    expect(prejudgeLoader(imaginary, targetOf(0x410))).toBeUndefined();
  });

  it("goes by the RAM of the specimen", () => {
    const target = { ...targetOf(0x414), ram: [{ name: "SRAM", base: 0x20000000, size: 1024 }] };
    expect(prejudgeLoader(nand, target)).toMatchObject({ code: "loader-too-large" });
  });

  it("names another family", () => {
    const quadspi = ownLoader("mt25ql512a_stm32469i-eval.stldr");
    expect(prejudgeLoader(quadspi, targetOf(0x434))).toBeUndefined();
    const finding = prejudgeLoader(quadspi, targetOf(0x410));
    expect(finding?.code).toBe("loader-other-family");
    expect(finding?.cause).toMatch(/built for STM32F4: its code uses RCC at 0x40023800/);
  });
});
