import { describe, expect, it } from "vitest";
import type { LoaderFile } from "../../formats/loader-file.ts";
import type { Finding } from "../finding.ts";
import { diagnoseLoaderFailure } from "./diagnose-loader.ts";
import type { LoaderFailure } from "./loader-facts.ts";
import {
  addressOf,
  busFaultAt,
  coreAs,
  failureOf,
  faultAt,
  findInstruction,
  frameAt,
  ownLoader,
  registers,
  renamed,
  targetOf,
  withCode,
} from "./loader-fixtures.ts";

const nand = ownLoader("nand512w3a_stm3210e-eval.stldr");
const quadspi = ownLoader("mt25ql512a_stm32469i-eval.stldr");
const bad = (name: string): LoaderFile => ownLoader(`bad/${name}.stldr`);

const nandStore = findInstruction(nand, "FSMC_NAND_Init", ({ kind }) => kind === "store").at;
const quadspiStore = findInstruction(quadspi, "QSPI_Init", ({ kind }) => kind === "store").at;

interface Case {
  readonly name: string;
  readonly failure: LoaderFailure;
  readonly code: string;
  readonly certainty: Finding["certainty"];
  readonly cause: readonly RegExp[];
}

const never = bad("never-returns");
/** `ldr r3, [r0]`; `lsls r3, r3, #14`; `bpl` back; `bx lr`. */
const loop = [0x6803, 0x039b, 0xd5fc, 0x4770];
const polls = withCode(quadspi, loop);
/** The same with a comparison of the time that passed. */
const ticks = withCode(nand, [0x6803, 0x1a5b, 0x2b09, 0xd9fb, 0x4770], "uwTick");
const waits = withCode(nand, loop, "memory_ready");
const unfinished = { outcome: "timed-out", elapsed: 10000 } as const;

const cases: readonly Case[] = [
  {
    name: "a bus fault at the FSMC of a chip that has none",
    failure: failureOf(nand, { core: busFaultAt(nandStore, 0xa0000060), lineOf: () => "loaders/nand512w3a.c:88" }),
    code: "loader-needs-fsmc",
    certainty: "certain",
    cause: [
      /^Init\(\) of nand512w3a_stm3210e-eval\.stldr did not return: FSMC_NAND_Init\+0x\w+ \(nand512w3a\.c:88\) wrote to 0xA0000060: FSMC control \(PCR2/,
      /STM32F10x medium-density, device ID 0x410, has no FSMC: none of its 20 parts do/,
      /for a NAND flash \(NAND512W3A_STM3210E-EVAL\) of the STM3210E-EVAL board/,
    ],
  },
  {
    name: "the same as an imprecise fault, which reports no address",
    failure: failureOf(nand, {
      core: faultAt(nandStore + 2, 0x400, { r3: 0xa0000000 }),
    }),
    code: "loader-needs-fsmc",
    certainty: "certain",
    cause: [/FSMC_NAND_Init\+0x\w+ wrote to 0xA0000060/],
  },
  {
    name: "an imprecise fault whose base register was changed since",
    failure: failureOf(withCode(nand, [0xf8c3, 0x2060, 0x2300, 0xbf00, 0x4770]), {
      core: faultAt(0x2000000a, 0x400, { r3: 0 }),
    }),
    code: "loader-bus-fault",
    certainty: "possible",
    cause: [/a write shortly before Init\+0x6 went to an address where nothing answers/],
  },
  {
    name: "the same in a loader that needs what the chip lacks",
    failure: failureOf(nand, { core: faultAt(addressOf(nand, "FSMC_NAND_Init"), 0x400) }),
    code: "loader-needs-fsmc",
    certainty: "likely",
    cause: [/went to an address where nothing answers\. .* none of its 20 parts do/],
  },
  {
    name: "the FSMC, though the loader moved SP to a stack of its own",
    failure: failureOf(nand, { core: busFaultAt(nandStore, 0xa0000060, { address: 0x20000800 }) }),
    code: "loader-needs-fsmc",
    certainty: "certain",
    cause: [/none of its 20 parts do/],
  },
  {
    name: "a stack that grew into the code",
    failure: failureOf(bad("overflows-stack"), {
      core: faultAt(addressOf(bad("overflows-stack"), "walk"), 0x10000, { address: 0x20000020 }),
      stack: { base: 0x20001000, top: 0x20001400, used: 1024, overrun: true },
      damaged: [{ start: 0x20000040, end: 0x20000080 }],
    }),
    code: "loader-stack-overflow",
    certainty: "certain",
    cause: [/more stack than the 1 KiB/],
  },
  {
    name: "an SP below the stack, with nothing overwritten",
    failure: failureOf(bad("faults"), { core: faultAt(0x20000006, 0x1000, { address: 0x20000800 }) }),
    code: "loader-stack-overflow",
    certainty: "likely",
    cause: [/more stack/],
  },
  {
    name: "the same after the stack was overrun",
    failure: failureOf(nand, {
      core: busFaultAt(nandStore, 0xa0000060),
      stack: { base: 0x20001000, top: 0x20001400, used: 1024, overrun: true },
    }),
    code: "loader-stack-overflow",
    certainty: "certain",
    cause: [/used more stack than the 1 KiB/],
  },
  {
    name: "an FSMC that only some parts of the group have",
    failure: failureOf(nand, { target: targetOf(0x414), core: busFaultAt(nandStore, 0xa0000060) }),
    code: "loader-needs-fsmc",
    certainty: "likely",
    cause: [/has FSMC in 12 of its 18 parts/],
  },
  {
    name: "a controller that the chip has, which gives a bus error",
    failure: failureOf(quadspi, { target: targetOf(0x434), core: busFaultAt(quadspiStore, 0xa0001000) }),
    code: "loader-controller-off",
    certainty: "likely",
    cause: [/QSPI_Init\+0x\w+ wrote to 0xA0001000: QUADSPI control \(CR\)/, /has QUADSPI, but it gave a bus error/],
  },
  {
    name: "registers of another family",
    failure: failureOf(quadspi, { core: busFaultAt(addressOf(quadspi, "QSPI_Init") + 2, 0x40023838) }),
    code: "loader-other-family",
    certainty: "certain",
    cause: [/0x40023838: RCC of STM32F4/, /STM32F10x medium-density cannot|STM32F4/],
  },
  {
    name: "memory behind the controller, from the application's handler, with no frame left",
    failure: failureOf(bad("clears-demcr"), {
      ...unfinished,
      core: coreAs({
        r: registers(0x08000130),
        xpsr: 0x01000003,
        cfsr: 0x8200,
        bfar: 0x60000000,
        samples: [0x08000130],
      }),
    }),
    code: "loader-needs-fsmc",
    certainty: "certain",
    cause: [/it accessed 0x60000000: FSMC NOR\/SRAM bank 1/],
  },
  {
    name: "RAM that this chip does not have",
    failure: failureOf(bad("faults"), { core: busFaultAt(0x20000006, 0x20005000) }),
    code: "loader-ram-missing",
    certainty: "certain",
    cause: [/beyond the RAM: .* 0x20000000 to 0x20004FFF \(20 KiB\)/],
  },
  {
    name: "a null pointer that is written through",
    failure: failureOf(bad("faults"), { core: busFaultAt(0x20000006, 0x00000010) }),
    code: "loader-null-pointer",
    certainty: "likely",
    cause: [/null pointer/],
  },
  {
    name: "an address where nothing is known to be",
    failure: failureOf(bad("faults"), { core: busFaultAt(0x20000006, 0x4002f000) }),
    code: "loader-bus-fault",
    certainty: "certain",
    cause: [/0x4002F000 \(no peripheral of STM32F1\)/],
  },
  {
    name: "a chip without fault status registers",
    failure: failureOf(renamed(nand, "X"), {
      target: targetOf(0x417),
      core: coreAs({ xpsr: 3, frame: frameAt(nandStore, { r3: 0xa0000000 }) }),
    }),
    code: "loader-needs-fsmc",
    certainty: "likely",
    cause: [/wrote to 0xA0000060/],
  },
  {
    name: "an undefined instruction",
    failure: failureOf(bad("faults-undefined"), { core: faultAt(addressOf(bad("faults-undefined"), "Init"), 0x10000) }),
    code: "loader-undefined-instruction",
    certainty: "certain",
    cause: [/at Init it came to an undefined instruction/],
  },
  {
    name: "code for another core",
    failure: failureOf(bad("faults"), { target: targetOf(0x417), core: faultAt(0x20000006, 0x10000) }),
    code: "loader-other-core",
    certainty: "certain",
    cause: [/the Cortex-M0\+ of STM32L0 category 3 does not have; the loader's code is ARMv7-M/],
  },
  {
    name: "an FPU instruction without an FPU",
    failure: failureOf(bad("faults"), { core: faultAt(0x20000006, 0x80000) }),
    code: "loader-needs-fpu",
    certainty: "certain",
    cause: [/has none/],
  },
  {
    name: "an FPU instruction while the FPU is off",
    failure: failureOf(bad("faults"), { target: targetOf(0x434), core: faultAt(0x20000006, 0x80000) }),
    code: "loader-fpu-off",
    certainty: "likely",
    cause: [/switched off in CPACR/],
  },
  {
    name: "an unaligned access",
    failure: failureOf(bad("faults-unaligned"), {
      core: faultAt(addressOf(bad("faults-unaligned"), "Init") + 2, 0x1000000),
    }),
    code: "loader-unaligned",
    certainty: "certain",
    cause: [/not aligned/],
  },
  {
    name: "a division by zero",
    failure: failureOf(bad("faults"), { core: faultAt(0x20000006, 0x2000000) }),
    code: "loader-divides-by-zero",
    certainty: "certain",
    cause: [/divided by zero/],
  },
  {
    name: "a call through a null pointer",
    failure: failureOf(bad("jumps-to-null"), { core: faultAt(0, 0x20000, { lr: 0x20001401 }) }),
    code: "loader-null-call",
    certainty: "certain",
    cause: [/jumped to 0x00000000: it called a function through a null pointer/],
  },
  {
    name: "a return address that was overwritten",
    failure: failureOf(bad("smashes-stack"), {
      core: faultAt(0xa5a5a5a4, 0x1, {
        lr: findInstruction(bad("smashes-stack"), "Init", ({ kind }) => kind === "call").at + 5,
      }),
    }),
    code: "loader-smashed-stack",
    certainty: "likely",
    cause: [/read_identification, called at Init\+0x2, returned to 0xA5A5A5A4, where there is no code/],
  },
  {
    name: "a stack that grew below its end",
    failure: failureOf(bad("overflows-stack"), {
      core: faultAt(addressOf(bad("overflows-stack"), "walk"), 0x1000, { address: 0x20000fc0 }),
      stack: { base: 0x20001000, top: 0x20001400, used: 1024, overrun: true },
    }),
    code: "loader-stack-overflow",
    certainty: "certain",
    cause: [/more stack than the 1 KiB it was given in walk/],
  },
  {
    name: "words below the stack that were overwritten while SP is back",
    failure: failureOf(bad("overflows-stack"), {
      outcome: "returned",
      returned: 0,
      core: coreAs({}),
      stack: { base: 0x20001000, top: 0x20001400, used: 200, overrun: true },
    }),
    code: "loader-stack-overflow",
    certainty: "likely",
    cause: [/used more stack/],
  },
  {
    name: "code that the loader overwrote",
    failure: failureOf(bad("overwrites-itself"), {
      core: faultAt(addressOf(bad("overwrites-itself"), "Init") + 8, 0x100),
      damaged: [
        { start: addressOf(bad("overwrites-itself"), "Init"), end: addressOf(bad("overwrites-itself"), "Init") + 24 },
      ],
    }),
    code: "loader-overwrites-itself",
    certainty: "certain",
    cause: [/overwrote itself: 24 bytes of its own code or constants, Init first/, /ran into them at Init\+0x8/],
  },
  {
    name: "a wait for SysTick's interrupt",
    failure: failureOf(ticks, {
      ...unfinished,
      core: coreAs({
        r: registers(0x20000006, { 0: addressOf(ticks, "uwTick") }),
        primask: 0,
        sysTick: 0x10007,
        icsr: 1 << 26,
      }),
    }),
    code: "loader-needs-systick",
    certainty: "certain",
    cause: [/Init\+0x2 waits for time to pass, for uwTick that the SysTick interrupt/],
  },
  {
    name: "an interrupt that was taken",
    failure: failureOf(bad("enables-interrupts"), {
      core: coreAs({ xpsr: 0x0100000f, primask: 0, frame: frameAt(0x20000030) }),
    }),
    code: "loader-needs-systick",
    certainty: "certain",
    cause: [/SysTick interrupted it/],
  },
  {
    name: "an interrupt of the chip's that was taken",
    failure: failureOf(bad("enables-interrupts"), {
      core: coreAs({ xpsr: 0x01000010, primask: 0, frame: frameAt(0x20000030) }),
    }),
    code: "loader-needs-interrupts",
    certainty: "certain",
    cause: [/interrupt 0 interrupted it/],
  },
  {
    name: "a wait for a variable that nothing changes",
    failure: failureOf(waits, {
      ...unfinished,
      core: coreAs({
        r: registers(0x20000006, { 0: addressOf(waits, "memory_ready") }),
        samples: [0x20000004, 0x20000006, 0x20000008],
      }),
    }),
    code: "loader-waits-forever",
    certainty: "certain",
    cause: [/did not return within 10 s: Init waits for its variable memory_ready at 0x2000\w+ to change/],
  },
  {
    name: "a sleep",
    failure: failureOf(bad("sleeps"), {
      ...unfinished,
      core: coreAs({ r: registers(0x20000006), samples: [] }),
    }),
    code: "loader-sleeps",
    certainty: "certain",
    cause: [/sleeps in WFI or WFE at Init/],
  },
  {
    name: "an endless loop",
    failure: failureOf(withCode(nand, [0xe7fe]), { ...unfinished, core: coreAs({ r: registers(0x20000004) }) }),
    code: "loader-endless-loop",
    certainty: "certain",
    cause: [/endless loop at Init, a branch to itself/],
  },
  {
    name: "a memory that never answers its controller",
    failure: failureOf(polls, {
      ...unfinished,
      target: targetOf(0x434),
      core: coreAs({ r: registers(0x20000008, { 0: 0xa0001008 }) }),
    }),
    code: "loader-memory-silent",
    certainty: "likely",
    cause: [/Init reads 0xA0001008, QUADSPI control \(SR\), again and again/],
  },
  {
    name: "the same registers on a chip that has no such controller",
    failure: failureOf(polls, {
      ...unfinished,
      target: targetOf(0x413),
      core: coreAs({ r: registers(0x20000008, { 0: 0xa0001008 }) }),
    }),
    code: "loader-needs-quadspi",
    certainty: "certain",
    cause: [/STM32F405\/F407\/F415\/F417, device ID 0x413, has no QUADSPI: none of its 21 parts do/],
  },
  {
    name: "a clock that does not start",
    failure: failureOf(polls, { ...unfinished, core: coreAs({ r: registers(0x20000006, { 0: 0x40021000 }) }) }),
    code: "loader-polls-forever",
    certainty: "likely",
    cause: [/Init reads 0x40021000, RCC, again and again and waits for a clock that does not start/],
  },
  {
    name: "a core that left the loader",
    failure: failureOf(never, { ...unfinished, core: coreAs({ r: registers(0x08000400), samples: [0x08000402] }) }),
    code: "loader-left",
    certainty: "likely",
    cause: [/runs outside of its code, at 0x08000400 \(flash\)/],
  },
  {
    name: "work that takes longer than its limit",
    failure: failureOf(nand, {
      ...unfinished,
      function: "MassErase",
      target: targetOf(0x414),
      core: coreAs({ r: registers(addressOf(nand, "Write")), samples: [addressOf(nand, "Init")] }),
    }),
    code: "loader-too-slow",
    certainty: "possible",
    cause: [/may need more time than 10 s/],
  },
  {
    name: "the independent watchdog",
    failure: failureOf(bad("watchdog"), { outcome: "reset", core: coreAs({ resetCauses: ["IWDGRSTF", "PINRSTF"] }) }),
    code: "loader-watchdog",
    certainty: "certain",
    cause: [/reset by the independent watchdog after 12 ms/],
  },
  {
    name: "a reset by software",
    failure: failureOf(bad("resets"), { outcome: "reset", core: coreAs({ resetCauses: ["SFTRSTF", "PINRSTF"] }) }),
    code: "loader-resets",
    certainty: "certain",
    cause: [/reset by software \(SYSRESETREQ\)/],
  },
  {
    name: "resets of two kinds",
    failure: failureOf(bad("resets"), { outcome: "reset", core: coreAs({ resetCauses: ["IWDGRSTF", "PORRSTF"] }) }),
    code: "loader-watchdog",
    certainty: "likely",
    cause: [/independent watchdog/],
  },
  {
    name: "the NRST pin",
    failure: failureOf(bad("resets"), { outcome: "reset", core: coreAs({ resetCauses: ["PINRSTF"] }) }),
    code: "loader-pin-reset",
    certainty: "certain",
    cause: [/NRST pin/],
  },
  {
    name: "a breakpoint of its own",
    failure: failureOf(bad("bkpt"), { outcome: "stopped-elsewhere", core: coreAs({ r: registers(0x20000004) }) }),
    code: "loader-breakpoint",
    certainty: "certain",
    cause: [/stopped at a breakpoint instruction of its own, Init/],
  },
  {
    name: "Init that returns 0",
    failure: failureOf(bad("returns-0"), {
      target: targetOf(0x434),
      outcome: "returned",
      returned: 0,
      core: coreAs({}),
    }),
    code: "loader-reports-failure",
    certainty: "likely",
    cause: [/^Init\(\) of bad\/?returns-0\.stldr|^Init\(\) of returns-0\.stldr returned 0: the loader itself reports/],
  },
  {
    name: "Init that returns 0 on a chip without what it needs",
    failure: failureOf(nand, { outcome: "returned", returned: 0, core: coreAs({}) }),
    code: "loader-needs-fsmc",
    certainty: "likely",
    cause: [/returned 0: .* none of its 20 parts do/],
  },
  {
    name: "Write that fails",
    failure: failureOf(bad("write-fails"), {
      target: targetOf(0x434),
      function: "Write",
      parameters: [0x64001000, 256, 0x20002000],
      outcome: "returned",
      returned: 0,
      core: coreAs({}),
    }),
    code: "loader-reports-failure",
    certainty: "likely",
    cause: [/Write\(0x64001000, 256 bytes\) of write-fails\.stldr returned 0/, /not erased before/],
  },
  {
    name: "SectorErase that fails",
    failure: failureOf(bad("erase-fails"), {
      target: targetOf(0x434),
      function: "SectorErase",
      parameters: [0x64001000, 0x64001fff],
      outcome: "returned",
      returned: 0,
      core: coreAs({}),
    }),
    code: "loader-reports-failure",
    certainty: "likely",
    cause: [/SectorErase\(0x64001000 to 0x64001FFF\)/, /write-protected/],
  },
  {
    name: "a value that is neither",
    failure: failureOf(bad("returns-0"), {
      target: targetOf(0x434),
      outcome: "returned",
      returned: 0x200024ed,
      core: coreAs({}),
    }),
    code: "loader-returns-nonsense",
    certainty: "likely",
    cause: [/returned 0x200024ED: a value that means neither/],
  },
  {
    name: "Verify that finds a difference",
    failure: failureOf(nand, {
      function: "Verify",
      parameters: [0x70000000, 0x20001000, 16, 0],
      outcome: "returned",
      returned: 0x70000010,
      expected: 0,
      core: coreAs({}),
    }),
    code: "loader-verify-differs",
    certainty: "certain",
    cause: [/does not hold what was written, first at 0x70000010/],
  },
  {
    name: "a loader that is larger than the RAM",
    failure: failureOf(bad("larger-than-ram"), { outcome: "not-started" }),
    code: "loader-too-large",
    certainty: "certain",
    cause: [
      /needs RAM from 0x20000\w+ to 0x2\w+/,
      /has RAM from 0x20000000 to 0x20004FFF \(20 KiB\)\. It does not fit/,
    ],
  },
  {
    name: "a loader for RAM that this chip does not have",
    failure: failureOf({ ...never, span: { start: 0x24000004, length: 0x3774 } }, { outcome: "not-started" }),
    code: "loader-ram-missing",
    certainty: "certain",
    cause: [/RAM from 0x24000004 to 0x24003777/, /linked for another chip's RAM/],
  },
  {
    name: "memory protection that was left on",
    failure: failureOf(never, { core: { ...faultAt(0x20000006, 0x82), mmfar: 0x20000100 } }),
    code: "loader-mpu",
    certainty: "likely",
    cause: [/refused an access to 0x20000100 at Init\+0x2/],
  },
  {
    name: "lockup",
    failure: failureOf(never, { outcome: "locked-up", core: coreAs({ r: registers(0xfffffffe) }) }),
    code: "loader-locked-up",
    certainty: "likely",
    cause: [/lockup/],
  },
  {
    name: "a halt that nothing explains",
    failure: failureOf(never, { outcome: "stopped-elsewhere", core: coreAs({ r: registers(0x20000006) }) }),
    code: "loader-failed",
    certainty: "possible",
    cause: [/stopped at a place where nothing waits for it at Init\+0x2/],
  },
];

describe("the diagnosis of a loader that failed", () => {
  it.each(cases)("names $name", ({ failure, code, certainty, cause }) => {
    const finding = diagnoseLoaderFailure(failure);
    expect({ code: finding.code, certainty: finding.certainty }, finding.cause).toEqual({ code, certainty });
    for (const words of cause) expect(finding.cause).toMatch(words);
    expect(finding.evidence.length).toBeGreaterThan(0);
    expect(finding.remedy.length).toBeGreaterThan(0);
    expect(finding.cause).not.toMatch(/(?<!-)\bundefined\b(?! instruction)|NaN/);
    for (const line of [...finding.evidence, ...finding.remedy]) expect(line).not.toMatch(/\bundefined\b|NaN/);
  });

  it("quotes what was read, and excludes power and cabling", () => {
    const { evidence } = diagnoseLoaderFailure(failureOf(nand, { core: busFaultAt(nandStore, 0xa0000060) }));
    expect(evidence).toContain(
      "CFSR = 0x00008200 (PRECISERR, BFARVALID), HFSR = 0x40000000 (FORCED), BFAR = 0xA0000060",
    );
    expect(evidence.join("\n")).toMatch(/stacked PC 0x2000\w+ = FSMC_NAND_Init\+0x\w+, LR/);
    expect(evidence.join("\n")).toMatch(/power and cabling of the chip are not the cause/);
  });

  it("says where to untick the loader, and by which key", () => {
    const { remedy } = diagnoseLoaderFailure(failureOf(nand, { core: busFaultAt(nandStore, 0xa0000060) }));
    expect(remedy[0]).toMatch(/Debug Configurations > Debugger tab > External loaders: untick "External loader"/);
    expect(remedy[0]).toMatch(/com\.st\.stm32cube\.ide\.mcu\.debug\.stlink\.enable_external_loader/);
    expect(remedy[1]).toMatch(/--extload nand512w3a_stm3210e-eval\.stldr/);
  });

  it("puts moving the program's parts first when the program needs the loader", () => {
    const { remedy } = diagnoseLoaderFailure(
      failureOf(nand, { core: busFaultAt(nandStore, 0xa0000060), needed: true }),
    );
    expect(remedy[0]).toMatch(/^The program has parts in this loader's memory, 0x70000000/);
  });

  it("takes no BFAR from an earlier fault", () => {
    const core = { ...faultAt(addressOf(bad("faults-undefined"), "Init"), 0x10000), bfar: 0xa0000060 };
    expect(diagnoseLoaderFailure(failureOf(bad("faults-undefined"), { core })).code).toBe(
      "loader-undefined-instruction",
    );
  });

  it("follows addresses of a loader that was put elsewhere", () => {
    const moved = failureOf(nand, { core: busFaultAt(nandStore + 0x1000, 0xa0000060), loadBase: 0x1000 });
    expect(diagnoseLoaderFailure(moved).cause).toMatch(/FSMC_NAND_Init\+0x\w+ wrote to/);
  });
});
