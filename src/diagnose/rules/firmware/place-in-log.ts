import { hex32 } from "../../../base/bytes.ts";
import { type FactSet, quotes } from "../../fact-set.ts";
import { conclusion, type Rule } from "../../rule.ts";
import { isLockupAddress, placeInLog } from "../board/marks-in-logs.ts";
import { isRam } from "../memory-map.ts";
import { failedLater } from "./later-trouble.ts";

/** Functions in which a program ends on purpose, and what calls each of them. */
const lastFunctions: readonly (readonly [name: RegExp, what: string])[] = [
  [/^_*Error_Handler$/i, "the project's own, called when a function of the HAL returned an error"],
  [
    /^_*(?:assert(?:_failed|_func|_fail)?|vAssertCalled|HAL_ASSERT|up_assert|_?assert)$/i,
    "a check in the program (assert) failed",
  ],
  [/^_*stack_chk_fail$/i, "the compiler's guard found a function's stack frame overwritten"],
  [/^configASSERT$/, "a check of FreeRTOS' (configASSERT) failed"],
  [
    /^vPortValidateInterruptPriority$/i,
    "FreeRTOS found an interrupt that calls it though its priority is above configMAX_SYSCALL_INTERRUPT_PRIORITY (configASSERT)",
  ],
  [/^vApplicationStackOverflowHook$/i, "FreeRTOS found a task's stack overflown"],
  [/^vApplicationMallocFailedHook$/i, "FreeRTOS' heap could not give the memory that was asked for"],
  [/^prvTaskExitError$/i, "a task's function returned, which FreeRTOS does not allow, or its stack was overwritten"],
  [/^chSysHalt$/i, "ChibiOS stopped the system over a failed check or an overflown stack"],
  [/^(?:mbed_(?:die|error\w*|halt_system))$/i, "Mbed OS stopped over an error that it reports on its serial port"],
  [
    /^(?:z_fatal_error|k_sys_fatal_error_handler|arch_system_halt)$/i,
    "Zephyr stopped over a fatal error that it reports on its console",
  ],
  [/^(?:rust_begin_unwind|rust_panic\w*|panic\w*)$/i, "a Rust program panicked, or a program stopped itself"],
  [
    /^(?:_*exit|_*kill|abort)$/i,
    "main returned, or the C library ended the program (abort, a failed assert, a pure virtual call)",
  ],
];

/** A program that ended itself. */
export const gaveUp: Rule = {
  name: "program-gave-up-from-log",
  why: "These functions end in a loop or a breakpoint, and nothing but the program or its operating system calls them: the debugger and the target work.",
  conclude(facts: FactSet) {
    const stop = facts.last("stop", ({ function: name }) => name !== undefined);
    if (stop === undefined || stop.source.from !== "log") return [];
    const name = stop.value.function ?? "";
    const what = lastFunctions.find(([each]) => each.test(name))?.[1];
    if (what === undefined) return [];
    return [
      conclusion("program-gave-up", {
        certainty: "likely",
        ...(failedLater(facts, stop) && { severity: "warning" }),
        values: { name, what },
        evidence: quotes(stop),
        weight: 62,
        explains: failedLater(facts, stop) ? [] : ["not-enough-to-tell"],
      }),
    ];
  },
};

/** What a write to DHCSR carries in its upper half (DBGKEY; ARMv7-M C1.6.2). */
const DEBUG_KEY = 0xa05f;

/** Addresses from which no core of the M profile can take an instruction (ARMv7-M B3.1: XN), apart from SDRAM's bank. */
function isNeverCode(pc: number): boolean {
  const top = pc >>> 28;
  return (
    pc !== 0xffffffff && !isLockupAddress(pc) && (top === 4 || top === 5 || top === 0xa || top === 0xb || top >= 0xe)
  );
}

/** A core that stands where no code can be. */
export const astray: Rule = {
  name: "astray-from-log",
  why: "The peripherals' region, 0xA0000000 to 0xBFFFFFFF and everything from 0xE0000000 are execute-never (ARMv7-M B3.1): the fetch there faults.",
  conclude(facts: FactSet) {
    const place = placeInLog(facts);
    if (place === undefined || !isNeverCode(place.pc)) return [];
    const { last, pc } = place;
    // Seen before it was programmed or reset, it says nothing of the program.
    const later = facts.last("stop", ({ function: name }) => name !== undefined);
    if (later !== undefined && facts.before(last, later)) return [];
    if (pc >>> 16 === DEBUG_KEY) {
      return [
        conclusion("not-enough-to-tell", {
          certainty: "possible",
          values: {
            known: `the PC that is shown, ${hex32(pc)}, is no address but the key that a write to DHCSR carries: the core's registers were not read, and what came back is the debugger's own last word`,
            next: "See whether that core answers at all: on chips with two cores, that the second one has power and clock, that it was started (H7: BCM4, or by the first core), and that the server uses its access port (AP3 on H745 and H755, AP1 on WL5x); then `monitor reset halt` and `info registers` right after `load`. `probity doctor` reads each core by itself.",
          },
          evidence: quotes(
            facts.last("stage", ({ stage, reached }) => reached && stage === "programmed"),
            last,
          ),
          weight: 60,
        }),
      ];
    }
    const active = facts.has("exception-active");
    // Reset loads both from the vector table (ARMv7-M B1.5.5): a program that went astray keeps a stack in RAM.
    const sp = facts.last("core-register", ({ name }) => name === "sp");
    if (sp !== undefined && !isRam(sp.value.value) && !failedLater(facts, last)) {
      return [
        conclusion("vector-table-empty", {
          certainty: "likely",
          variant: "nonsense",
          values: { reset: hex32(pc), sp: hex32(sp.value.value), at: "", lockup: "" },
          evidence: quotes(last, sp),
          weight: 62,
          explains: ["not-enough-to-tell", "firmware-faults", "core-lockup"],
        }),
      ];
    }
    return [
      conclusion("firmware-faults", {
        certainty: "likely",
        ...(failedLater(facts, last) && { severity: "warning" }),
        variant: "astray",
        values: { pc: hex32(pc), place: "ADDRESS" },
        evidence: quotes(
          last,
          facts.last("stop", ({ signal }) => signal !== undefined),
        ),
        // A fault's handler that was reached tells more.
        weight: active ? 30 : 60,
        explains: failedLater(facts, last) ? [] : ["not-enough-to-tell"],
      }),
    ];
  },
};
