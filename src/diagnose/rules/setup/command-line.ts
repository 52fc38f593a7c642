import { type FactSet, quotes } from "../../fact-set.ts";
import type { FactOf, FactValues } from "../../facts.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";
import { contactOf } from "../wire/contact.ts";
import { settingMissing } from "./settings.ts";

/** An option that the program does not know. */
export const optionUnknown: Rule = {
  name: "option-unknown",
  why: "The parser of the command line takes exact names alone and ends the program at the first word it cannot use.",
  conclude(facts) {
    const found = facts.last("option-unknown");
    if (found === undefined) return monitorRefused(facts);
    const { refused, meant } = found.value;
    if (meant !== undefined) return [forAnotherServer(found, meant)];
    if (refused === "address") return [withoutAddress(facts, found)];
    if (refused === "run") return [nobodyRuns(found)];
    const key = found.value.lacking === true ? /^"(\w+)" in launch\.json$/.exec(found.value.option)?.[1] : undefined;
    if (key !== undefined) return [settingMissing(found, key)];
    return [
      conclusion("option-unknown", {
        // A tool's own sentence may be about more than the command line.
        certainty: refused === "words" ? "likely" : "certain",
        ...(refused !== undefined && { variant: refused, remedyFirst: [firstSteps[refused]] }),
        ...(found.value.lacking === true && {
          variant: "lacking",
          remedyFirst: [`Add ${found.value.option}, and start again.`],
        }),
        values: { option: found.value.option, server: "The program" },
        evidence: quotes(...facts.all("option-unknown").slice(0, 3)),
        weight: 90,
        explains: ["not-enough-to-tell"],
      }),
    ];
  },
};

/** GDB's command that has an operating system load a program and start it. */
function nobodyRuns(found: FactOf<"option-unknown">): Conclusion {
  return {
    ...conclusion("option-unknown", {
      certainty: "certain",
      variant: "run",
      values: { option: found.value.option, server: "GDB" },
      evidence: quotes(found),
      // A slip, after which one goes on.
      weight: 20,
      explains: ["not-enough-to-tell"],
    }),
    remedy: [
      "`monitor reset halt` (ST's server: `monitor reset`), then `continue`; a start at main: `tbreak main` before it. STM32CubeIDE and cortex-debug do so by themselves.",
    ],
  };
}

/** A server that got what another kind of server is started with. */
function forAnotherServer(
  found: FactOf<"option-unknown">,
  { type, fits, program }: NonNullable<FactValues["option-unknown"]["meant"]>,
): Conclusion {
  return conclusion("option-unknown", {
    certainty: "likely",
    variant: "server",
    values: { option: found.value.option, server: program, type },
    evidence: quotes(found),
    remedyFirst: [
      `In launch.json set "servertype": "${fits}", or let "serverpath" (and the settings cortex-debug.*ServerPath) name the server of "${type}".`,
    ],
    weight: 90,
    explains: ["not-enough-to-tell", "gdb-server-gone"],
  });
}

/** GDB hands a monitor command on as it is, and prints this where the reply is an error (`E NN`; qRcmd). */
function monitorRefused(facts: FactSet): readonly Conclusion[] {
  const refused = facts.last(
    "client-trouble",
    ({ what, detail }) => what === "protocol" && /\brcmd\b/i.test(detail ?? ""),
  );
  if (refused === undefined) return [];
  const command = /\(monitor ([^)]+)\)/.exec(refused.value.detail ?? "")?.[1];
  return [
    conclusion("option-unknown", {
      certainty: "possible",
      variant: "monitor",
      values: { option: command === undefined ? "the one that it was given" : `"${command}"`, server: "" },
      evidence: quotes(refused),
      remedyFirst: [
        "List what the server has with `monitor help`, and take the command out of the script or launch configuration: ST's server has `monitor reset` and no `reset halt` or `reset init`, which OpenOCD has.",
      ],
      weight: 10,
      explains: ["not-enough-to-tell"],
    }),
  ];
}

/** What is done first of all about a command line that was refused. */
const firstSteps = {
  value: "Correct the value: numbers without unit (the clock in kHz), ports 1 to 65535, names as --help has them.",
  words:
    "Compare it with the program's --help: the command that connects (-c port=...) first, then each command with its own arguments, an address with 0x behind a raw image (.bin), paths with blanks in quotation marks.",
} as const;

/** A raw image and no place for it: nothing is to be left out then. */
function withoutAddress(facts: FactSet, found: FactOf<"option-unknown">): Conclusion {
  const raw = facts.last("image-file", ({ path }) => /\.bin$/i.test(path));
  return {
    ...conclusion("option-unknown", {
      certainty: "likely",
      variant: "address",
      values: { option: found.value.option, server: "The program" },
      evidence: quotes(found, raw),
      weight: 90,
      explains: ["not-enough-to-tell"],
    }),
    remedy: placeIt,
  };
}

const placeIt = [
  "Give the address behind the file's name: `-w FILE.bin 0x08000000`, or wherever the linker script places this image (external memory, behind a boot loader); or write the .hex or .elf of the same build, which have it in them.",
  "Where another program makes the command line, see which file it takes: an image that was signed or merged is often there as .hex, too. `west flash` gets the address from the board's board.cmake (--download-address).",
];

/** A configuration whose words this OpenOCD does not know. */
export const configUnfit: Rule = {
  name: "config-unfit",
  why: "OpenOCD's configuration is a program in Tcl: an unknown command ends it. Commands were renamed from release to release (interface, adapter_khz, hla_serial; tpiu create since 0.11.0+dev); those of a flash driver exist once a bank of it is configured.",
  conclude(facts) {
    // An error names what it did not take more exactly than the usage that is printed before it.
    const unfit = facts.first("config-unfit", ({ why }) => why !== "usage") ?? facts.first("config-unfit");
    if (unfit === undefined) return [];
    const { command, why } = unfit.value;
    const later = facts.last("stage", ({ stage, reached }) => reached && worked.has(stage));
    // Typed into a server that runs it is a slip, but for what the configuration should have made before: a flash driver's
    // commands (of a chip of another family), names, and commands that come too late.
    const made = /^stm32\w{1,5}$/i.test(command) || (why !== undefined && never.has(why));
    if (later !== undefined && why !== "unset" && !(made && facts.before(later, unfit))) return [];
    return [
      conclusion("config-unfit", {
        certainty: "likely",
        ...(why === "unset" && { severity: "warning" }),
        ...(why !== undefined && { variant: variants[why] }),
        values: { command: why === "syntax" || why === "path" ? command : command.split(" ").slice(0, 3).join(" ") },
        evidence: quotes(
          facts.last("tool", ({ name, version }) => name === "openocd" && version !== undefined),
          unfit,
        ),
        weight: 86,
        explains: [
          "not-enough-to-tell",
          "gdb-server-gone",
          ...(why === "name" || why === "bank" ? ["flash-refused"] : []),
        ],
        ...(why !== undefined && corrections[why] !== undefined && { remedyFirst: [corrections[why]] }),
      }),
    ];
  },
};

type Why = NonNullable<FactValues["config-unfit"]["why"]>;

/** What is no slip of the moment, however late it comes. */
const never: ReadonlySet<Why> = new Set(["name", "late", "bank", "path", "read-back"]);

const corrections: Partial<Readonly<Record<Why, string>>> = {
  path: "Have the path in braces or quotation marks when OpenOCD reads it, besides those that the shell takes off: -c 'load_image {/home/me/my files/a.bin} 0x20000000'. Or use a folder without blanks. Else compare the order of the arguments with `help` of that command.",
  "read-back":
    "Take a newer OpenOCD (0.12), or let the script go on: `catch {mwb 0x40023877 0x01}`. Whether the write did its work, the register's other bits tell.",
  unset:
    "Give both clocks, in hertz: `stm32l4x.tpiu configure -protocol uart -formatter off -traceclk 80000000 -pin-freq 2000000 -output swo.fifo`, then `stm32l4x.tpiu enable` (with the name of your target, and its core's clock); in the old form the last number is the pin's: `tpiu config internal swo.fifo uart off 80000000 2000000`. The pin's clock is a whole fraction of the core's; an ST-LINK/V2 listens up to 2 MHz.",
  bank: "Take the file for the chip as it is: target/stm32h7x_dual_bank.cfg is for an H7 with two banks (a name that ends in I or G), target/stm32h7x.cfg for one with a single bank (B); in a file of your own, correct or leave out the line `flash bank`.",
};

const variants: Readonly<Record<Why, string>> = {
  usage: "usage",
  early: "early",
  late: "late",
  twice: "twice",
  value: "value",
  path: "path",
  "read-back": "readBack",
  name: "name",
  transport: "transport",
  bank: "bank",
  unset: "unset",
  syntax: "syntax",
  "one-word": "oneWord",
};

const worked: ReadonlySet<string> = new Set(["programmed", "verified", "server-ready", "client-connected"]);

/** A GDB for the computer's own processor. */
export const gdbWithoutArm: Rule = {
  name: "gdb-without-arm",
  why: "A GDB knows the processors that it was built for. One for x86 rejects the description of an ARM core, takes the reply to `g` (17 registers) for its own and finds it too short or too long.",
  conclude(facts) {
    const all = facts.all("client-trouble", ({ what }) => what === "architecture");
    if (all.length === 0) return [];
    // A reply that is no number may also be a message that slipped in between.
    const sure = all.some(({ value }) => !/hex digit/i.test(value.detail ?? ""));
    return [
      conclusion("gdb-without-arm", {
        certainty: sure ? "likely" : "possible",
        evidence: quotes(...all.slice(0, 3)),
        weight: sure ? 82 : 40,
        explains: ["not-enough-to-tell", "gdb-server-gone"],
      }),
    ];
  },
};

/** JTAG, because SWD was not asked for. */
export const jtagInsteadOfSwd: Rule = {
  name: "jtag-instead-of-swd",
  why: "ST-LINK_gdbserver uses JTAG unless -d is given, OpenOCD the first transport of the adapter unless one is selected, which is JTAG for most; SWD wiring has no TDI and TDO, so a JTAG scan reads nothing or all ones.",
  conclude(facts) {
    const swd = facts.last("option", ({ name, tool }) => name === "swd" && tool === "st-link-gdbserver");
    if (identified(facts)) return [];
    const chosen = chosenByTool(facts);
    if (chosen.length > 0) return chosen;
    // Tools that take SWD by themselves, and were told otherwise.
    const told = facts.last("option", ({ name, value }) => name === "protocol" && value === "jtag");
    const silent = facts.last("wire-answer", ({ answer }) => answer === "none" || answer === "error");
    if (told !== undefined && silent !== undefined && facts.before(told, silent)) {
      if (facts.has("wire-answer", ({ answer }) => answer === "ok")) return [];
      return [
        conclusion("jtag-instead-of-swd", {
          certainty: "possible",
          variant: "told",
          evidence: quotes(told, silent),
          weight: 58,
          explains: ["not-enough-to-tell"],
        }),
      ];
    }
    if (swd === undefined) {
      const id = facts.last("chip-unidentified", ({ id }) => id === undefined);
      if (id?.source.from === "log" && id.source.tool === "uvision" && !facts.has("wire-answer")) {
        return [
          conclusion("jtag-instead-of-swd", {
            certainty: "possible",
            variant: "uvision",
            evidence: quotes(id),
            weight: 60,
            explains: ["not-enough-to-tell"],
          }),
        ];
      }
      // ST's status 5 and nothing of how the server was started.
      const unknown = facts.last("chip-unidentified", ({ id }) => id === undefined);
      const status = facts.last("exit-status", ({ status }) => status === 5);
      if (unknown === undefined || status === undefined) return [];
      return [
        conclusion("jtag-instead-of-swd", {
          certainty: "possible",
          variant: "maybe",
          evidence: quotes(status, unknown),
          weight: 60,
        }),
      ];
    }
    if (swd.value.value !== "false") return [];
    const failed = facts.last("chip-unidentified") ?? facts.last("wire-answer", ({ answer }) => answer !== "ok");
    if (failed === undefined) return [];
    const sure = failed.kind === "chip-unidentified";
    return [
      conclusion("jtag-instead-of-swd", {
        certainty: "likely",
        evidence: quotes(swd, failed),
        weight: sure ? 92 : 75,
        explains: sure ? ["not-enough-to-tell", "chip-unknown"] : ["not-enough-to-tell"],
      }),
    ];
  },
};

/** JTAG that nobody asked for, and a chain that gives nothing, or nothing that makes sense. */
function chosenByTool(facts: FactSet): readonly Conclusion[] {
  const chosen = facts.last("transport-chosen");
  const bad = facts.last("wire-answer", ({ answer, protocol }) => protocol === "jtag" && answer !== "ok");
  if (chosen === undefined || bad === undefined || !facts.before(chosen, bad)) return [];
  // By an acknowledge, good or bad, the debug port behind the chain answered.
  if (bad.value.answer === "wait" || bad.value.answer === "fault" || !contactOf(facts).silent) return [];
  if (facts.has("wire-answer", ({ protocol }) => protocol === "swd")) return [];
  return [
    conclusion("jtag-instead-of-swd", {
      certainty: "possible",
      variant: facts.has("wire-answer", ({ answer }) => answer === "ok") ? "chosenPartly" : "chosen",
      evidence: quotes(chosen, bad),
      remedyFirst: [
        'Put `transport select swd` before the target\'s file (on the command line: -f interface/X.cfg -c "transport select swd" -f target/Y.cfg); with interface/stlink.cfg it is `hla_swd`, or `dapdirect_swd` from OpenOCD 0.11 on.',
      ],
      // Before the chain's wires: SWD works on JTAG's wires as well.
      weight: 60,
      explains: ["not-enough-to-tell"],
    }),
  ];
}

function identified(facts: FactSet): boolean {
  return facts.has("device-id", ({ id }) => id !== 0);
}
