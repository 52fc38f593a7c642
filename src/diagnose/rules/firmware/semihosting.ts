import { type FactSet, quotes } from "../../fact-set.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";

/** Functions of the libraries that make such calls: newlib's and picolibc's, and Rust's crate. */
const calls = /(?:^|::)_*(?:initialise_monitor_handles|(?:sys_)?semihost\w*)|\bcortex_m_semihosting::/i;

/** A program that waits at a call of semihosting. */
export const semihostingOff: Rule = {
  name: "semihosting-off",
  why: "A call of semihosting is BKPT 0xAB (Arm, Semihosting for AArch32 and AArch64, 2): a debugger that serves it answers and lets the core go on behind it, and any other stops there as at a breakpoint that nobody set. Without a debugger (DHCSR.C_DEBUGEN 0) BKPT is a HardFault (ARMv7-M C1.3).",
  conclude(facts: FactSet): readonly Conclusion[] {
    const call = facts.last("semihosting-call");
    if (call === undefined) return alone(facts);
    return [
      conclusion("semihosting-off", {
        certainty: "likely",
        evidence: quotes(call),
        weight: 64,
        explains: ["not-enough-to-tell", "program-gave-up"],
      }),
    ];
  },
};

/** A program that is said not to run without the debugger that serves its calls. */
function alone(facts: FactSet): readonly Conclusion[] {
  const said = facts.last("fails-alone");
  const stood = facts.last("stop", ({ function: name }) => calls.test(name ?? ""));
  // Start-up scripts switch it on for any program.
  const served = facts.last("option", ({ name, value }) => name === "semihosting" && value === "true");
  if (said === undefined || (stood === undefined && served === undefined)) return [];
  return [
    conclusion("semihosting-off", {
      certainty: stood === undefined ? "possible" : "likely",
      variant: "alone",
      evidence: quotes(stood, served, said),
      remedyFirst: [
        "For what runs alone, print by something else: in Rust defmt-rtt or rtt-target in place of cortex-m-semihosting, and another panic handler than panic-semihosting.",
        "What the debugger had turned on, the program has to turn on itself: the cycle counter counts only with DEMCR.TRCENA and DWT_CTRL.CYCCNTENA set.",
      ],
      weight: stood === undefined ? 40 : 60,
      explains: ["not-enough-to-tell"],
    }),
  ];
}
