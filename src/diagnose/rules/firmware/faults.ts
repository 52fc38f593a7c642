import { hex32 } from "../../../base/bytes.ts";
import { type FactSet, quotes, toolOf } from "../../fact-set.ts";
import type { Fact, FactOf } from "../../facts.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";
import { isWritten } from "../../stages.ts";
import { faultWords } from "./fault-words.ts";
import { isSane } from "./vector-table.ts";

const handlers: Readonly<Record<number, string>> = {
  3: "HardFault",
  4: "MemManage fault",
  5: "BusFault",
  6: "UsageFault",
};

const readFrame =
  "`probity doctor --reset` halts the core for a moment and reads the stacked frame: where it happened, and at which instruction.";

const readInGdb =
  "In GDB, in the handler: `x/8xw $sp` (on Cortex-M with an RTOS `x/8xw $psp`) shows r0 to r3, r12, LR, PC and xPSR of the code that faulted, `x/2xw 0xE000ED28` CFSR and HFSR, `x/2xw 0xE000ED34` the addresses.";

const resetFirst =
  "Reset and halt the chip before flash is worked (OpenOCD: `reset halt`, or `program`, which does): then none of the program's interrupts is enabled.";

const whereHandled =
  "Nothing has to be done if the program means to handle it. To see where it happens, set a breakpoint in the fault handler and run from reset: the stacked PC is the place. Writing ones to CFSR (0xE000ED28) and HFSR (0xE000ED2C) clears what is recorded.";

export const faults: Rule = {
  name: "firmware-faults",
  why: "CFSR and HFSR keep the kind of fault until they are cleared or the chip is reset; VECTACTIVE in ICSR names the handler that runs (ARMv7-M B3.2.4, B3.2.15, B3.2.16). A fault that was recorded while no fault handler runs was handled.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const active = facts.last("exception-active", ({ number }) => number in handlers);
    const other = facts.last("exception-active");
    const cfsr = facts.last("register", ({ name, value }) => name === "CFSR" && value !== 0);
    const hfsr = facts.last("register", ({ name, value }) => name === "HFSR" && value !== 0);
    const lockup = facts.last("core", ({ state }) => state === "lockup");
    const frame = facts.last("stacked-frame");
    const pc = facts.last("core-register", ({ name }) => name === "pc");
    const address = facts.last("register", ({ name }) => name === "BFAR" || name === "MMFAR");
    if (active === undefined && lockup === undefined && cfsr === undefined && hfsr === undefined) return [];
    if (active !== undefined && lockup === undefined && replaced(facts, active)) return [];
    const { flags, where, remedy } = faultWords({
      cfsr: cfsr?.value.value ?? 0,
      hfsr: hfsr?.value.value ?? 0,
      address: address?.value.value,
      frame: frame?.value,
      cpuid: facts.last("cpuid")?.value.value,
      fromLog: (active ?? lockup)?.source.from === "log",
    });
    if (lockup !== undefined) return [lockedUp(facts, lockup, flags, remedy)];
    const evidence = quotes(active ?? other, cfsr, hfsr, address, frame, pc);
    const place = frame === undefined ? "ADDRESS" : hex32(frame.value.pc);
    if (active === undefined && other !== undefined) {
      const note = conclusion("firmware-faults", {
        certainty: "certain",
        severity: "note",
        variant: "handled",
        values: { flags, place },
        evidence,
        weight: 5,
      });
      // Its frame is gone from the stack: what is said of the stacked PC helps nobody here.
      return [{ ...note, remedy: [whereHandled] }];
    }
    if (active === undefined) {
      return [
        conclusion("firmware-faults", {
          certainty: "likely",
          severity: "warning",
          variant: "recorded",
          values: { flags, place },
          evidence,
          remedyLast: remedy,
          weight: 45,
        }),
      ];
    }
    if (active.value.inAlgorithm === true) {
      return [
        conclusion("firmware-faults", {
          certainty: "possible",
          variant: "algorithm",
          values: { exception: handlers[active.value.number], where, flags, place },
          evidence,
          remedyFirst: [resetFirst],
          weight: 10,
        }),
      ];
    }
    return [
      conclusion("firmware-faults", {
        certainty: active.value.unnamed === true ? "likely" : "certain",
        values: { exception: handlers[active.value.number], where, flags, place },
        evidence,
        remedyFirst: couldReadFrame(facts, active)
          ? [readFrame]
          : frame === undefined && isLog(active)
            ? [readInGdb]
            : [],
        remedyLast: remedy,
        weight: 70,
      }),
    ];
  },
};

/**
 * The program that faulted was replaced, and its successor was seen to run. The texts of two tools may stand in any order: there
 * the one that told of the fault has to have seen the core stand elsewhere since.
 */
function replaced(facts: FactSet, active: FactOf<"exception-active">): boolean {
  const loaded = facts.last("stage", ({ stage, reached }) => reached && stage === "programmed");
  const ran = facts.last("stage", ({ stage, reached }) => reached && stage === "running");
  if (!isLog(active) || loaded === undefined || ran === undefined) return false;
  if (!facts.before(active, loaded) || !facts.before(loaded, ran)) return false;
  return toolOf(active) === toolOf(loaded) || facts.all("core").some((each) => haltedLater(each, active));
}

function haltedLater(core: FactOf<"core">, fault: Fact): boolean {
  if (core.source.from !== "log" || fault.source.from !== "log" || core.value.state !== "halted") return false;
  return core.source.tool === fault.source.tool && core.source.line > fault.source.line;
}

function isLog({ source }: FactOf<"exception-active">): boolean {
  return source.from === "log";
}

/** The frame of a running core is read when resets are allowed, and NRST is tested then. */
function couldReadFrame(facts: FactSet, active: FactOf<"exception-active">): boolean {
  return active.source.from === "target" && !facts.has("stacked-frame") && !facts.has("nrst-follows");
}

/** Exceptions at whose priority no fault can be taken (ARMv7-M B1.5.15). */
const atTheTop: Readonly<Record<number, string>> = { 2: "the NMI handler", 3: "the HardFault handler" };

/** A core that was started from flash which did not take, or does not show, what it should hold: that it locks up follows. */
function ofBadFlash(facts: FactSet, lockup: FactOf<"core">): boolean {
  const trouble = facts.last("flash-trouble", ({ operation }) => operation !== "option-bytes");
  if (lockup.source.from !== "log" || trouble === undefined || !facts.before(trouble, lockup)) return false;
  const well = facts.last("stage", isWritten);
  return well === undefined || facts.before(well, trouble);
}

function lockedUp(facts: FactSet, lockup: FactOf<"core">, flags: string, remedy: readonly string[]): Conclusion {
  const icsr = facts.last("register", ({ name }) => name === "ICSR");
  const table = facts.last("vector-table");
  const handler = icsr === undefined ? undefined : atTheTop[icsr.value.value & 0x1ff];
  const inside = handler === undefined ? "" : ` It was in ${handler}.`;
  return conclusion("core-lockup", {
    certainty: "certain",
    ...(ofBadFlash(facts, lockup) && { severity: "warning" }),
    values: {
      inside,
      flags,
      table: table !== undefined && isSane(table.value) ? " The vector table itself looks sane." : "",
    },
    evidence: quotes(
      lockup,
      icsr,
      facts.last("register", ({ name, value }) => name === "CFSR" && value !== 0),
      facts.last("register", ({ name, value }) => name === "HFSR" && value !== 0),
      facts.last("register", ({ name }) => name === "BFAR" || name === "MMFAR"),
      facts.last("core-register", ({ name }) => name === "pc"),
    ),
    remedyLast: remedy,
    weight: 70,
    explains: ["firmware-faults"],
  });
}
