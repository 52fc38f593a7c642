import { type FactSet, quotes } from "../../fact-set.ts";
import type { FactOf } from "../../facts.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";
import { failedLater } from "../firmware/later-trouble.ts";
import { contactOf } from "../wire/contact.ts";
import { probeOnBoard } from "./jumpers.ts";

const systemMemory =
  "Hold BOOT0 high, switch the power off and on and keep it high while you connect and erase: then ST's boot loader runs and not the program. STM32CubeProgrammer: reset mode Core reset.";

export const coreDoesNotHalt: Rule = {
  name: "core-does-not-halt",
  why: "C_HALT takes effect between instructions (ARMv7-M C1.4.1): a core in reset or without a clock reaches none, nor one whose access the bus never ends. Of users who were told that the target is not halted (DEV_TARGET_NOT_HALTED) two ended at external memory in memory-mapped mode that did not answer, one at a program that erased flash, one at an H7 that was erased; none at sleep.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const failed = facts.last("halt-failed");
    if (failed === undefined) return unreached(facts);
    const halted = facts.last("core", ({ state }) => state === "halted");
    if (halted !== undefined && facts.before(failed, halted)) return [];
    if (facts.has("voltage", ({ volts }) => volts < 1)) return [];
    // What was lost before cannot be halted for that.
    const lost = facts.last("target-lost");
    const back = facts.last("target-back");
    const gone = lost !== undefined && facts.before(lost, failed) && (back === undefined || facts.before(back, lost));
    if (gone && failed.source.from === "log") return [];
    // A board's own probe has NRST as a track.
    const onBoard = probeOnBoard(facts) !== undefined;
    const asleep = busDead(facts, failed);
    if (asleep !== undefined) return [asleep];
    const under = failed.value.manner === "under-reset" && !onBoard;
    const stuck = failed.value.answering === true && !under;
    return [
      conclusion("core-does-not-halt", {
        certainty: "likely",
        ...(under && { variant: "reset" }),
        ...(stuck && { variant: "stuck", remedyFirst: [systemMemory] }),
        evidence: quotes(failed, facts.last("nrst-follows")),
        weight: 55,
        // What needs a halted core fails for that alone.
        explains: ["not-enough-to-tell", "flash-refused", "flash-protected", "flash-differs", "gdb-server-gone"],
      }),
      ...(under || facts.has("nrst-follows", ({ follows }) => !follows)
        ? [
            conclusion("nrst-not-wired", {
              certainty: "likely",
              severity: "error",
              evidence: quotes(failed, facts.last("nrst-follows")),
              weight: 62,
              explains: ["not-enough-to-tell", "core-does-not-halt"],
            }),
          ]
        : []),
    ];
  },
};

/**
 * A core whose identification answers, while reads over its bus fail and it does not stop: its debug registers live in
 * the debug power domain, the bus matrix and the core's fetches need the clock that sleep took away.
 */
function busDead(facts: FactSet, failed: FactOf<"halt-failed">): Conclusion | undefined {
  const examined = facts.last("stage", ({ stage, reached }) => stage === "target-connected" && reached);
  const refused = facts.first(
    "client-trouble",
    ({ what, address }) => what === "memory" && address !== undefined && address >>> 28 >= 4,
  );
  if (failed.source.from !== "log" || examined === undefined || refused === undefined) return undefined;
  if (!facts.before(refused, failed)) return undefined;
  return conclusion("firmware-low-power", {
    certainty: "likely",
    variant: "likely",
    values: { known: "the debug port and the core's registers answer, memory does not, and the core does not stop" },
    evidence: quotes(examined, refused, failed),
    weight: 58,
    explains: ["core-does-not-halt", "chip-unknown", "chip-mismatch", "not-enough-to-tell", "flash-refused"],
  });
}

/** What nothing comes to that does not get behind the debug port. */
const beyond: ReadonlySet<string> = new Set([
  "target-connected",
  "identified",
  "erased",
  "programmed",
  "verified",
  "running",
]);

/** Families with a Cortex-M0 or M0+, which a debugger reads in sleep as it does while they run (RM0091, RM0444: debug support). */
const small = /stm32_?(?:f0|g0|l0|c0|u0)/i;

/** What lets a debugger read the memory of a program that sleeps. */
export const withoutSleep =
  "Leave the sleep out of builds that are debugged (a loop that does nothing in place of WFI or WFE; RTIC: an idle task of your own), or set DBG_SLEEP and DBG_STOP in DBGMCU_CR at the program's start and leave the clock of a DMA controller on (DMA1EN in RCC), which keeps the RAM's bus clocked in sleep. Current releases of probe-rs set those bits by themselves on most families.";

/** A debug port that answers, and no core behind it. */
function unreached(facts: FactSet): readonly Conclusion[] {
  const refused = facts.last("wire-answer", ({ answer }) => answer === "fault" || answer === "wait");
  const failed = facts.last("access-port-failed", ({ ap }) => ap === undefined || ap === 0);
  const port = failed ?? refused;
  const answered = facts.last("idcode") ?? facts.last("wire-answer", ({ answer }) => answer === "ok") ?? refused;
  if (port === undefined || port.source.from !== "log" || answered === undefined) return [];
  // Silence by JTAG tells nothing of a port that answers by SWD.
  const bySwd = facts.has("wire-answer", ({ answer, protocol }) => answer === "ok" && protocol === "swd");
  const none = facts.last(
    "wire-answer",
    ({ answer, protocol }) => answer === "none" && !(bySwd && protocol === "jtag"),
  );
  if ((none !== undefined && facts.before(port, none)) || facts.has("target-lost")) return [];
  if (none !== undefined && refused === undefined) return [];
  // On wires that garble answers a read that failed tells nothing of what lies behind the port.
  const garbled = facts.last("wire-answer", ({ answer }) => answer === "error");
  if (garbled !== undefined && facts.before(garbled, port)) return [];
  const later = [
    facts.last("stage", ({ stage, reached }) => reached && beyond.has(stage)),
    facts.last("core", ({ state }) => state === "halted"),
  ];
  if (later.some((each) => each !== undefined && facts.before(port, each))) return [];
  const evidence = quotes(answered, refused, failed);
  const sleeps = facts.has("chip-name", ({ name }) => small.test(name)) ? undefined : facts.last("program-sleeps");
  return [
    conclusion("firmware-low-power", {
      certainty: "likely",
      variant: sleeps === undefined ? "likely" : "sleeps",
      ...(sleeps !== undefined && { remedyFirst: [withoutSleep] }),
      values: { known: "the debug port answers, and what lies behind it, which needs the core's clock, does not" },
      evidence: [...evidence, ...quotes(sleeps)],
      // A refusal by the bus, or nonsense in place of a constant, is what a sleeping core gives; a core that was not found
      // may be elsewhere.
      weight: (failed === undefined || failed.value.nonsense === true ? 58 : 50) + (sleeps === undefined ? 0 : 10),
      explains: ["not-enough-to-tell", "wires-open", "wire-noisy", "wire-clock-too-fast"],
    }),
    conclusion("core-does-not-halt", {
      certainty: "likely",
      variant: "access",
      evidence,
      weight: 52,
      explains: ["not-enough-to-tell", "wires-open"],
    }),
  ];
}

export const comparatorsUsedUp: Rule = {
  name: "comparators-used-up",
  why: "FP_CTRL.NUM_CODE and DWT_CTRL.NUMCOMP tell how many comparators a core has (ARMv7-M C1.8, C1.11).",
  conclude(facts: FactSet): readonly Conclusion[] {
    const found = facts.last("breakpoints-exhausted");
    if (found === undefined) return [];
    return [
      conclusion("comparators-used-up", {
        // A core that is lost, or whose comparators could not be read, has none either.
        certainty: found.source.from === "log" && facts.has("target-lost") ? "likely" : "certain",
        ...(found.value.beyond === true && { variant: found.value.watchpoint === true ? "shape" : "place" }),
        values: { what: found.value.watchpoint === true ? "watchpoints" : "breakpoints" },
        evidence: quotes(found),
        weight: 60,
        explains: ["not-enough-to-tell"],
      }),
    ];
  },
};

/** Loops that start-up code gives to what has no handler: ST's, ARM's, libopencm3's, ChibiOS', Zephyr's, Rust's. */
const unhandled =
  /^_*(?:Default_?(?:IRQ_?|Interrupt_?)?Handler_?(?: \(.*\))?|Infinite_?Loop|Dummy_?Handler|unhandled_(?:exception|irq|interrupt)|blocking_handler|null_handler|unused_isr|IntDefaultHandler|z_irq_spurious)$/i;

export const unhandledInterrupt: Rule = {
  name: "unhandled-interrupt",
  why: "ST's start-up files define every handler weakly as Default_Handler, which loops at Infinite_Loop.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const stop = facts.last("stop", ({ function: name }) => name !== undefined && unhandled.test(name));
    if (stop?.value.function === undefined) return [];
    // What stood there was the program before this one.
    const written = facts.last("stage", ({ stage, reached }) => stage === "programmed" && reached);
    if (written !== undefined && stop.source.from === "log" && facts.before(stop, written)) return [];
    const xpsr = facts.last("core-register", ({ name }) => name === "xpsr");
    const number = (xpsr?.value.value ?? 0) & 0x1ff;
    return [
      conclusion("unhandled-interrupt", {
        // Weak handlers are one loop under many names, of which a debugger shows any.
        certainty: /\(/.test(stop.value.function) ? "likely" : "certain",
        ...(failedLater(facts, stop) && { severity: "warning" }),
        values: { handler: stop.value.function },
        evidence: quotes(stop, xpsr),
        ...(number >= 16 && {
          remedyFirst: [
            `xPSR says exception ${number}, which is interrupt ${number - 16} of the vector table (${number - 16} in IRQn_Type of the device's header): that one has no handler.`,
          ],
        }),
        weight: 68,
        explains: failedLater(facts, stop) ? [] : ["not-enough-to-tell"],
      }),
    ];
  },
};

/** A supply that a tool calls too low without the value that it measured. */
export const voltageBelow: Rule = {
  name: "voltage-below",
  why: "OpenOCD calls a target voltage below 1.5 V too low; no STM32 runs below 1.65 V (data sheets). A board is on or off: what is measured between is rare, and an open VTref measures next to nothing.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const below = facts.last("voltage-below");
    if (below === undefined || facts.has("voltage")) return [];
    const { answered } = contactOf(facts);
    if (answered !== undefined) return [];
    const volts = below.value.volts.toFixed(1);
    const evidence = quotes(below, facts.last("wire-answer"));
    const explains = [
      "wires-open",
      "firmware-disables-swd",
      "firmware-low-power",
      "not-enough-to-tell",
      "board-jumpers-off",
    ];
    return [
      conclusion("target-no-power", {
        certainty: "likely",
        variant: "below",
        values: { volts },
        evidence,
        weight: 90,
        explains,
      }),
      conclusion("target-voltage-low", {
        certainty: "possible",
        variant: "silent",
        values: { volts: `less than ${volts}`, least: "1.65" },
        evidence,
        weight: 30,
        explains,
      }),
    ];
  },
};
