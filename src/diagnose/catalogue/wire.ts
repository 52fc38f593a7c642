import type { FindingKind } from "./finding-kind.ts";

/** Power, the debug wires and the reset line between probe and target. */
export const wire = [
  {
    code: "target-no-power",
    title: "The target has no power",
    cause: "The target has no power: {volts} V at VTref, and nothing answers on the debug wires.",
    variants: {
      gone: "The target lost its power: {volts} V at VTref now, where {before} V had been, and it no longer answers.",
      told: "The target has no power: {volts} V were measured at its supply.",
      untested: "The target seems to have no power: {volts} V at VTref.",
      below:
        "The target has no power, or VTref is not wired: the tool measures less than {volts} V there, and nothing answers on the debug wires.",
    },
    how: "The probe measures the target's supply at VTref. 0 V alone could be a VTref that is not wired; when nothing answers either, a board without power explains both. It is certain when the same probe measured a good voltage before.",
    remedy: [
      "Power the board: an ST-LINK measures VTref, most do not feed it.",
      "Measure VDD at the chip; look for a blown regulator, a jumper (IDD, JP for power source) or a USB cable for charging only.",
      "If VDD is there, wire VTref (VAPP) of the probe to it, and GND to GND.",
      "With several probes plugged in, see that the tool opened the one with the board: choose it by its serial number, or unplug the others.",
    ],
  },
  {
    code: "vtref-not-wired",
    title: "VTref is not wired, though the target answers",
    severity: "warning",
    cause:
      "The probe measures {volts} V at VTref while the target answers: VTref is not wired, or this probe does not measure it.",
    how: "A chip without power does not answer on SWD. So the target has power, and what is missing is the wire to VTref or, in many copies of the ST-LINK/V2, the measuring circuit.",
    remedy: [
      "Wire VTref (VAPP) of the probe to the target's VDD; some probes set their levels by it.",
      "With a copy of an ST-LINK/V2 that has no VTref pin, ignore it.",
    ],
  },
  {
    code: "target-voltage-low",
    title: "The target's supply voltage is too low",
    cause:
      "The target's supply is {volts} V at VTref, below the {least} V that the data sheet asks for: the chip and its flash do not work reliably.",
    variants: {
      phantom:
        "VTref reads {volts} V, and the chip answers while its flash refuses to be changed: it lives on what comes in over its pins and has no supply of its own, most likely.",
      silent:
        "The target's supply is {volts} V at VTref: too low for the chip to start or for the levels on the debug wires, and nothing answers.",
      levels:
        "The target's supply is {volts} V at VTref: the probe's own levels may not be understood there, and nothing answers.",
    },
    how: "VTref is measured by the probe and compared with the least supply of the family (data sheets: 2.0 V for F0 and F1, 1.65 to 1.8 V for later ones). It is certain when the chip is known; when nothing answers the low voltage is only the likely reason.",
    remedy: [
      "Measure VDD at the chip under load; raise it to 3.3 V, or look for what pulls it down (a short, a current limit, an empty battery).",
      "For a target that is meant to run at 1.8 V, use a probe whose levels follow VTref: ST-LINK/V2, STLINK-V3MINIE, or STLINK-V3SET with B-STLINK-VOLT. STLINK-V3SET without it and the probes on Nucleo boards work at 3.3 V only.",
    ],
  },
  {
    code: "target-silent",
    title: "Nothing answers on the debug wires, and what was read does not tell why",
    cause:
      "Nothing answers on the debug wires, and what was read does not tell why. Most often the program on the chip keeps the debugger out: {ways}. Else {rest}.",
    variants: {
      reset:
        "Nothing answers on the debug wires, though connect under reset was asked for, and what was read does not tell why. Most often NRST is not wired from the probe to the chip, so that its program runs all the while and keeps the debugger out: {ways}. Else {rest}.",
    },
    how: "A program that has switched SWD off, a chip in STOP mode, an open wire, a jumper that is off and a chip without power look alike from the probe's side: no acknowledge comes back (ADIv5 B4.2). Of users' cases that show no more than that some three in four ended at the program (two in three where connect under reset was tried), most others at wires, jumpers or the supply. What tells them apart is whether the chip answers while its program can't run.",
    remedy: [
      "Find out whether it is the program: hold the board's reset button, let the tool connect (under reset: gdbserver -k; other verbs --under-reset), and release the button; or hold BOOT0 high and press reset, which starts the boot loader in place of the program. `probity doctor` connects under reset by itself.",
      "If the chip answers now, it is the program: erase or program it at once, with SYS > Debug set to Serial Wire in the project (STM32CubeMX: Pinout & Configuration > System Core), PA13 and PA14 left alone, and the debug clocks kept on in low-power modes (HAL_DBGMCU_EnableDBGStopMode()).",
      "If it still does not, the program is hardly to blame: measure VDD at the chip, check SWDIO, SWCLK and GND from end to end and that they are not swapped, and on boards with an ST-LINK of their own the jumpers between it and the chip (CN2, CN3, CN4).",
      "Try a low clock (100 kHz) and another cable, too.",
    ],
  },
  {
    code: "target-lost",
    title: "The target answered and then no more, and what was read does not tell why",
    cause:
      "The target answered and then no more, and what was read does not tell why. Most often its program, which ran on or was started by a reset, sleeps in a mode that stops the debug port's clock or took the debug pins away; else a watchdog, NRST or a dip of the supply reset it in mid-session, or a wire (SWDIO, SWCLK, GND) makes a bad contact.",
    variants: {
      writing:
        "The chip's bus was held up while its program erased or wrote flash: until that is done a fetch from flash stalls, the debugger's access waits behind it (the debug port answers WAIT), and the tool gave up too soon. The program had announced the work just before; wires and probe are good.",
      waits:
        "The debug port answers WAIT, so it has its pins and its clock, and what lies behind it does not end an access: the chip's bus is held up. The program printed until just before; work on its own flash holds the bus up so, an access to external memory that has no end, or sleep in which the bus clock stops.",
      work: "The target answered and was lost while its flash was worked, and what was read does not tell why: a watchdog that its program had started reset it, the supply dips under the load, or the wires (SWDIO, SWCLK, GND) make a bad contact or are too long for this clock.",
    },
    how: "Wires, supply and clock were good enough to connect. A debugger that is there lets programs run and resets the chip, and each of these ends in the same silence; the tool's words do not tell which it was.",
    remedy: [
      "Connect under reset (gdbserver -k; other verbs --under-reset) and let the program stand still: a target that answers as long as nothing runs is lost to its program. Erase it, or program one that leaves PA13 and PA14 alone and does not sleep.",
      "If it is lost while the core stands still as well: lower the wire clock (950 kHz, 100 kHz), shorten the wires, try another cable and USB port.",
      "Look at NRST and VDD at the chip when it happens: neither may dip.",
      "OpenOCD says no other of a probe that is gone itself (cable, hub, power of the port): `probity probes` or lsusb tells whether it is still there.",
    ],
  },
  {
    code: "wires-open",
    title: "A debug wire is open, swapped or shorted",
    cause:
      "Nothing answers on SWDIO and SWCLK at any clock that was tried, not even under reset: one of SWDIO (PA13), SWCLK (PA14) and GND is open, or the two are swapped; or they are so disturbed that nothing gets through.",
    variants: {
      one: "Nothing answers on SWDIO and SWCLK at {khz} kHz, the only clock that was tried, not even under reset: one of SWDIO (PA13), SWCLK (PA14) and GND may be open, or the two swapped; or they are so disturbed that nothing gets through.",
      untried:
        "Nothing answers on SWDIO and SWCLK: one of SWDIO (PA13), SWCLK (PA14) and GND may be open, or the two swapped.",
      log: "Nothing answers on SWDIO and SWCLK, though connect under reset was asked for: one of SWDIO (PA13), SWCLK (PA14) and GND may be open, or the two swapped.",
      jtag: "The JTAG chain reads nothing but ones or zeros, so nothing drives TDO: one of JTAG's wires (TCK, TMS, TDI, TDO, GND) is open, the board has no power or is held in reset, or only SWD's wires are there.",
      behind:
        "The TAPs of the JTAG chain gave their IDs, and what came behind them makes no sense: TDI is open or held (what is shifted in there comes out behind the IDs), or another of JTAG's wires makes a bad contact.",
      intermittent: "The target answered and then did not: a wire (SWDIO, SWCLK, GND) may have come loose.",
    },
    how: "A chip with power answers on SWD at least while it is held in reset, whatever its program does, as long as NRST is wired. Which wire it is can't be told from the probe's side: an open SWDIO, an open SWCLK, swapped ones and a missing GND all look as if no target were there. A chip that is broken, or locked for good by read protection level 2, looks the same, so it is never certain.",
    remedy: [
      "Check SWDIO, SWCLK and GND from end to end, and that the two are not swapped; on boards with an ST-LINK of their own, that its jumpers (CN2, CN3, CN4) are fitted.",
      "If NRST is not wired to the probe, wire it: then a program that switches SWD off can be told from an open wire. Or hold BOOT0 high and press reset.",
      "On a board of your own: see that all of VDD, VDDA, VSS and VSSA are connected (without VDDA the chip stays in reset) and the chip's joints.",
      "Try another cable to the target; look for a bent pin or a connector that is turned round. Try another USB cable (a short one) and USB port, without a hub, too.",
    ],
  },
  {
    code: "wire-noisy",
    title: "The debug wires are disturbed",
    cause:
      "{errors} of {accesses} accesses came back garbled, at {khz} kHz and slower ones alike: the debug wires are disturbed.",
    variants: {
      garbled: "What comes back on the debug wires is garbled, at every clock that was tried.",
      broken:
        "The target answered once, and what followed failed: the debug wires may be disturbed, or a contact loose.",
      some: "{errors} of {accesses} accesses came back garbled, at {khz} kHz.",
    },
    how: "A register that never changes is read again and again, and each answer's acknowledge, parity and value are checked. Errors that stay when the clock is lowered come from outside or from a bad contact, not from the clock. It is certain when errors were counted at several clocks.",
    remedy: [
      "Check the GND connection and every contact: a loose wire does the same.",
      "Make the wires short (below 20 cm) with GND beside them, and keep them away from motors, relays and switching supplies.",
      "Feed probe and target from the same ground; disconnect other supplies for a trial.",
    ],
  },
  {
    code: "wire-clock-too-fast",
    title: "The debug clock is too fast for the wiring",
    cause: "At {fast} kHz the wires do not carry the signal; at {khz} kHz the target answers without error.",
    variants: {
      contrast:
        "At {fast} kHz the target did not answer, at {khz} kHz it did: the clock is too fast for this wiring, or for the chip as its program leaves it.",
      work: "At {fast} kHz the work on flash failed, at {khz} kHz the same went well: the clock is too fast for this wiring.",
      option:
        "Without the option for the clock the target does not answer, with it, at {khz} kHz, it does, and without it once more not: the tool's own clock is too fast for this wiring or probe.",
      told: "At {fast} kHz it fails, and at {khz} kHz, as the text says, the same goes well: the clock is too fast for this wiring.",
      asked: "At {fast} kHz the answers on the wires are garbled; the clock may be too fast for this wiring.",
      load: "The target answered at {fast} kHz and was lost in the middle of the work: so high a clock, which somebody chose, may be too fast for this wiring.",
      fixed:
        "At {fast} kHz, the one clock of this probe's firmware, the target does not answer as it should: that may be too fast for the wiring.",
    },
    how: "The same accesses are made at falling clocks. Failing at a high clock and working without a single error at a lower one leaves the clock, that is the length and load of the wires.",
    remedy: [
      "Use {khz} kHz: --frequency {khz}.",
      "Shorten the wires; series resistors and filters on SWCLK slow its edges.",
    ],
  },
  {
    code: "nrst-held-low",
    title: "NRST is held low",
    cause: "The chip is held in reset: NRST is low though the probe does not pull it.",
    how: "DHCSR.S_RESET_ST is cleared by reading it and is set again at once only while the reset lasts (ARMv7-M C1.6.2). The debug port answers, so power and wires are good.",
    remedy: [
      "Release the reset button; look for what else drives NRST: a supervisor, another probe, a level shifter, a short to GND.",
      "Check the pull-up and the capacitor at NRST (100 nF at most).",
    ],
  },
  {
    code: "nrst-not-wired",
    title: "NRST is not connected to the probe",
    severity: "warning",
    cause: "Pulling NRST low does not reset the chip: NRST is not connected to the probe.",
    variants: {
      contrast:
        "Connecting under reset fails, and without a reset the same target answers: the probe's reset does not reach the chip, most likely, as there is no wire to NRST or the probe (many copies) drives none.",
    },
    how: "The probe pulled NRST low and DHCSR.S_RESET_ST, which every reset sets, stayed 0; or, in a log, connecting under reset failed and the same target answered without.",
    remedy: [
      "Wire NRST of the chip to the probe's: without it, connecting under reset is impossible, and a program that switches SWD off locks you out.",
      "Until then a reset by software is used.",
    ],
  },
] as const satisfies readonly FindingKind[];
