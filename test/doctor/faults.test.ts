import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { diagnose } from "../../src/diagnose/diagnose.ts";
import { type Fact, type FactKind, type FactValues, fact } from "../../src/diagnose/facts.ts";
import type { Finding } from "../../src/diagnose/finding.ts";
import { buildElf } from "../formats/elf-builder.ts";
import { runDoctor } from "./bench-run.ts";

/** A fact that was read from the target. */
function read<Kind extends FactKind>(kind: Kind, value: FactValues[Kind]): Fact {
  return fact(kind, value, { from: "target", what: kind }) as Fact;
}

const ok = read("wire-answer", { answer: "ok", manner: "attach", khz: 4000 });
const frame = (...code: number[]): Fact =>
  read("stacked-frame", { at: 0x20004fe0, pc: 0x08000140, lr: 0x08000119, r0: 4, code });

interface Registers {
  readonly cfsr?: number;
  readonly hfsr?: number;
  readonly bfar?: number;
  /** The exception that is active; HardFault unless said. */
  readonly active?: number;
}

function faulted({ cfsr = 0, hfsr = 0x40000000, bfar, active = 3 }: Registers, ...more: readonly Fact[]): Finding[] {
  return diagnose([
    ok,
    read("core", { state: "running" }),
    read("exception-active", { number: active }),
    ...(cfsr === 0 ? [] : [read("register", { name: "CFSR", value: cfsr })]),
    ...(hfsr === 0 ? [] : [read("register", { name: "HFSR", value: hfsr })]),
    ...(bfar === undefined ? [] : [read("register", { name: "BFAR", value: bfar })]),
    ...more,
  ]);
}

describe("each bit of CFSR and HFSR", () => {
  it.each([
    ["UNDEFINSTR", { cfsr: 1 << 16 }, /an undefined instruction/, /-mcpu/],
    ["INVSTATE", { cfsr: 1 << 17 }, /bit 0 clear/, /function pointer.*thumb_func/s],
    ["INVPC", { cfsr: 1 << 18 }, /EXC_RETURN/, /context switch/],
    ["NOCP", { cfsr: 1 << 19 }, /FPU/, /-mfloat-abi=soft.*CPACR/s],
    ["UNALIGNED", { cfsr: 1 << 24 }, /not aligned/, /memcpy/],
    ["DIVBYZERO", { cfsr: 1 << 25 }, /divided by zero/, /divisor/],
    ["DEBUGEVT", { hfsr: 0x80000000 }, /BKPT/, /rdimon/],
    ["VECTTBL", { hfsr: 1 << 1 }, /VTOR/, /0xE000ED08/],
    ["PRECISERR", { cfsr: 1 << 9 }, /bus error/, /pointer or index.*peripheral/s],
    ["IMPRECISERR", { cfsr: 1 << 10 }, /late/, /DISDEFWBUF/],
    ["IBUSERR", { cfsr: 1 << 8 }, /no memory/, /function pointer/],
    ["IACCVIOL", { cfsr: 1 << 0 }, /execution is not allowed/, /function pointer/],
    ["DACCVIOL", { cfsr: 1 << 1 }, /MPU/, /region/],
    ["MUNSTKERR", { cfsr: 1 << 3 }, /returning from an exception/, /SP or LR/],
    ["MSTKERR", { cfsr: 1 << 4 }, /entering an exception/, /_Min_Stack_Size/],
    ["MLSPERR", { cfsr: 1 << 5 }, /lazy stacking/, /_Min_Stack_Size/],
    ["UNSTKERR", { cfsr: 1 << 11 }, /returning from an exception/, /SP or LR/],
    ["STKERR", { cfsr: 1 << 12 }, /left RAM/, /_Min_Stack_Size/],
    ["LSPERR", { cfsr: 1 << 13 }, /lazy stacking/, /_Min_Stack_Size/],
  ] as const)("%s has a cause and a remedy of its own", (name, registers, cause, remedy) => {
    const [finding] = faulted(registers);
    expect(finding).toMatchObject({ code: "firmware-faults", certainty: "certain" });
    expect(finding.cause).toMatch(new RegExp(`a HardFault\\. ${name}: `));
    expect(finding.cause).toMatch(cause);
    expect(finding.remedy.join("\n")).toMatch(remedy);
    if (name !== "PRECISERR") expect(finding.remedy.join("\n")).not.toMatch(/peripheral's/);
  });

  it("puts the address in, where it is valid", () => {
    expect(faulted({ cfsr: 0x8200, bfar: 0x40012c00 })[0].cause).toMatch(/load or store at 0x40012c00 got a bus error/);
    expect(faulted({ cfsr: 0x200 })[0].cause).toMatch(/load or store got a bus error/);
  });

  it("says of an imprecise error alone that the PC is late", () => {
    expect(faulted({ cfsr: 1 << 10 }, frame(0x6001, 0x4770))[0].cause).toMatch(/HardFault shortly before 0x08000140/);
    expect(faulted({ cfsr: (1 << 10) | 0x200 }, frame(0x6001, 0x4770))[0].cause).toMatch(/HardFault at 0x08000140/);
  });
});

describe("the instruction at the stacked PC", () => {
  const told = (registers: Registers, ...code: number[]): string => faulted(registers, frame(...code))[0].cause;

  it("tells semihosting, and which call, from other breakpoints", () => {
    const [semihosting] = faulted({ hfsr: 0x80000000 }, frame(0xbeab, 0x4770));
    expect(semihosting.cause).toMatch(/Semihosting: .*The instruction there is BKPT 0xAB, which calls SYS_WRITE0/);
    expect(semihosting.remedy.join("\n")).toMatch(/nosys\.specs/);
    const [other] = faulted({ hfsr: 0x80000000 }, frame(0xbe00, 0x4770));
    expect(other.cause).toMatch(/BKPT: .*The instruction there is BKPT 0x00\.$/);
    expect(other.remedy.join("\n")).toMatch(/C_DEBUGEN/);
    expect(other.remedy.join("\n")).not.toMatch(/specs/);
  });

  it("tells a trap of the compiler, short and long, from other undefined instructions", () => {
    expect(told({ cfsr: 1 << 16 }, 0xdeff, 0)).toMatch(/ UDF: .*__builtin_trap.*UDF 255/);
    expect(told({ cfsr: 1 << 16 }, 0xf7f0, 0xa000)).toMatch(/ UDF: .*UDF\.W/);
    expect(told({ cfsr: 1 << 16 }, 0xffff, 0xffff)).toMatch(/UNDEFINSTR: .*0xffff 0xffff/);
  });

  it("tells divisor, FPU, and the register of an access", () => {
    expect(told({ cfsr: 1 << 25 }, 0xfb90, 0xf0f1)).toMatch(/SDIV by r1 \(0xfb90 0xf0f1\)/);
    expect(told({ cfsr: 1 << 19 }, 0xee30, 0x0a00)).toMatch(/one of the FPU/);
    expect(told({ cfsr: 1 << 9 }, 0x6843, 0x4770)).toMatch(/a load of a word by way of r0 \(0x6843\)/);
    expect(told({ cfsr: 1 << 9 }, 0x7003, 0x4770)).toMatch(/a store of a byte by way of r0/);
  });

  it("is all there is on a core without fault registers, and for an SVC that was escalated", () => {
    expect(told({ hfsr: 0 }, 0xbeab, 0)).toMatch(/Semihosting: /);
    const stacked = { at: 0x20004fe0, pc: 0x08000140, lr: 0x08000119, code: [0x4770, 0], codeBefore: 0xdf02 };
    const [svc] = faulted({}, read("stacked-frame", stacked));
    expect(svc.cause).toMatch(/SVC: .*PRIMASK.*SVC 2\./);
    expect(faulted({})[0].cause).toMatch(/The fault registers tell no cause/);
    const cortexM0 = read("cpuid", { value: 0x410cc200 });
    expect(faulted({ hfsr: 0 }, cortexM0)[0].cause).toMatch(/HardFault\. A core of ARMv6-M has no registers/);
  });

  it("goes into the line that finds its source", () => {
    expect(faulted({ cfsr: 0x200 }, frame(0x6843, 0))[0].remedy[0]).toMatch(/addr2line .*0x08000140/);
    expect(faulted({ cfsr: 0x200 })[0].remedy[0]).toMatch(/doctor --reset/);
  });
});

describe("a fault that was handled", () => {
  it("is a note, as nothing is wrong any more", () => {
    const [finding, ...more] = faulted({ cfsr: 0x8200, active: 0 });
    expect(finding).toMatchObject({ code: "firmware-faults", severity: "note" });
    expect(finding.cause).toMatch(/no fault handler runs now/);
    expect(finding.remedy).toHaveLength(1);
    expect(finding.remedy[0]).toMatch(/breakpoint in the fault handler/);
    expect(more).toEqual([]);
    expect(faulted({ cfsr: 0x8200, active: 37 })[0].severity).toBe("note");
  });

  it("is more than a note where the active exception was not read", () => {
    const cfsr = read("register", { name: "CFSR", value: 0x8200 });
    expect(diagnose([ok, cfsr])).toMatchObject([{ code: "firmware-faults", severity: "warning" }]);
  });
});

describe("lockup", () => {
  const lockup = (...more: Fact[]): Finding => diagnose([ok, read("core", { state: "lockup" }), ...more])[0];

  it("says no more than was read: which handler only when ICSR tells it", () => {
    expect(lockup().cause).toMatch(/^The core is in lockup: it met a fault that it could not take\./);
    expect(lockup().cause).not.toMatch(/handled|handler/);
    const icsr = (value: number): Fact => read("register", { name: "ICSR", value });
    expect(lockup(icsr(0x803)).cause).toMatch(/It was in the HardFault handler/);
    expect(lockup(icsr(2)).cause).toMatch(/It was in the NMI handler/);
    expect(lockup(icsr(0)).cause).not.toMatch(/handler/);
  });
});

describe("doctor on programs that fault", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "probity-faults-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** A program of half-words that starts at 0x08000080; every exception goes to `handler`, an endless loop unless said. */
  function program(name: string, code: readonly number[], handler: readonly number[] = [0xe7fe]): string {
    const image = new DataView(new ArrayBuffer(0x180));
    image.setUint32(0, 0x20005000, true);
    image.setUint32(4, 0x08000081, true);
    for (let vector = 2; vector < 20; vector++) image.setUint32(4 * vector, 0x08000101, true);
    for (const [i, each] of code.entries()) image.setUint16(0x80 + 2 * i, each, true);
    for (const [i, each] of handler.entries()) image.setUint16(0x100 + 2 * i, each, true);
    const path = join(folder, `${name}.elf`);
    const data = new Uint8Array(image.buffer);
    const section = { name: ".text", address: 0x08000000, data, flags: 6 };
    const sections = [section];
    writeFileSync(
      path,
      buildElf({ entry: 0x08000081, sections, programs: [{ address: 0x08000000, sections: [".text"] }] }),
    );
    return `sim:bluepill?pace=fast&elf=${path}`;
  }

  it("reads the frame and the instruction: semihosting", async () => {
    // movs r0, #5; bkpt 0xab
    const { status, findings } = await runDoctor(program("semihosting", [0x2005, 0xbeab, 0xe7fe]), "--reset");
    expect(status).toBe(1);
    expect(findings.map(({ code }) => code)).toEqual(["firmware-faults"]);
    expect(findings[0].cause).toMatch(
      /HardFault at 0x08000082\. Semihosting: .*BKPT 0xAB, which calls SYS_WRITE \(r0\)/,
    );
    expect(findings[0].evidence.join("\n")).toMatch(/HFSR 0x80000000.*code at PC: beab e7fe/s);
  });

  it("reads a jump to an even address, whose code cannot be that of the caller", async () => {
    // ldr r0, =0x08000080; bx r0
    const code = [0x4800, 0x4700, 0x0080, 0x0800];
    const { findings } = await runDoctor(program("even", code), "--reset");
    expect(findings[0].cause).toMatch(/HardFault at 0x08000080\. INVSTATE/);
  });

  it("ends with 0 when the fault was handled and the program goes on", async () => {
    // udf #1; b . and a handler that steps over it: ldr r0, [sp, #24]; adds r0, #2; str r0, [sp, #24]; bx lr
    const spec = program("handled", [0xde01, 0xe7fe], [0x9806, 0x3002, 0x9006, 0x4770]);
    const { status, findings } = await runDoctor(spec);
    expect(findings).toMatchObject([{ code: "firmware-faults", severity: "note" }]);
    expect(findings[0].evidence[0]).toMatch(/no exception is active/);
    expect(status).toBe(0);
  });

  it("is an error as long as a fault handler is active, even if an interrupt has cut into it", async () => {
    // UsageFault is enabled at a low priority, and its handler makes interrupt 0 pend, which comes to the same code.
    const code = [
      0x4804, 0x2180, 0x7081, 0x02c9, 0x60c1, 0x4803, 0x2101, 0x6001, 0xde01, 0xbf00, 0xed18, 0xe000, 0xe100, 0xe000,
    ];
    const handler = [0x4801, 0x2101, 0x6001, 0xe7fe, 0xe200, 0xe000];
    const { status, findings } = await runDoctor(program("preempted", code, handler));
    expect(status).toBe(1);
    expect(findings).toMatchObject([{ code: "firmware-faults", certainty: "certain" }]);
    expect(findings[0].cause).toMatch(/^The program ran into a UsageFault\. UNDEFINSTR/);
    expect(findings[0].evidence[0]).toMatch(/^SHCSR 0x[0-9a-f]{8}: exception 6 is active, too$/);
  });

  it("tells in which handler the core locked up", async () => {
    const { findings } = await runDoctor(program("lockup", [0xde01], [0xde02]));
    expect(findings[0]).toMatchObject({ code: "core-lockup", certainty: "certain" });
    expect(findings[0].cause).toMatch(/It was in the HardFault handler\. UNDEFINSTR/);
  });
});
