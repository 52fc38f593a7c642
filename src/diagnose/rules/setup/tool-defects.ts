/** What releases of the tools do wrong by themselves, where a log has the mark of it. */
import { type FactSet, quotes } from "../../fact-set.ts";
import type { Fact, FactOf, Tool } from "../../facts.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";
import { ofOtherGeneration } from "../probe/trouble.ts";
import { contactOf } from "../wire/contact.ts";

/** Where a log names the release of a tool. */
function releaseOf(facts: FactSet, tool: Tool): FactOf<"tool"> | undefined {
  return facts.last("tool", ({ name, version }) => name === tool && version !== undefined);
}

function defect(what: string, better: string, evidence: readonly (Fact | undefined)[], sure: boolean): Conclusion {
  return conclusion("tool-defect", {
    certainty: sure ? "likely" : "possible",
    values: { what, better },
    evidence: quotes(...evidence),
    weight: 92,
    explains: [
      "probe-unsupported",
      "flash-differs",
      "flash-refused",
      "flash-size-wrong",
      "programmer-alignment",
      // A server that ends by its own error is none to connect to.
      "gdb-server-gone",
      "not-enough-to-tell",
    ],
  });
}

export const toolDefects: Rule = {
  name: "tool-defects",
  why: "STM32CubeProgrammer 2.16.0 takes every sector for not existing over USB (users' threads: 2.15 and 2.17 write the same file). probe-rs up to 0.26 asks an ST-LINK for raw access to the debug port in `info`, which these probes' firmware has not; its other commands do not. Which commands it gives a probe, probe-rs chooses by itself: one that its own driver has not was chosen wrongly, which a run without that sequence shows. Python drops modules and methods with a release (its What's New, Removed). The STLINK-V3's firmware is numbered from V3J1 on, whatever the V2's had come to. GDB erases in the blocks of the memory map that its server sends (GDB manual, Memory Map Format), so a server that finds such a block unfit contradicts itself.",
  conclude(facts: FactSet): readonly Conclusion[] {
    return [
      ...withoutSectors(facts),
      ...inItself(facts),
      ...rawInterface(facts),
      ...withoutCommand(facts),
      ...otherGeneration(facts),
      ...againstOwnMap(facts),
    ];
  },
};

function withoutSectors(facts: FactSet): Conclusion[] {
  // Sector 0 is there on every chip; later ones may lie behind the end of a smaller one.
  const sectors = facts.last("sectors-unknown", ({ first }) => first === 0);
  if (sectors === undefined) return [];
  const release = releaseOf(facts, "stm32cubeprogrammer");
  return [
    defect(
      "STM32CubeProgrammer takes the first sector of the flash for not existing, and erases none of it. Release 2.16.0 does so over USB (DFU), as the first releases did",
      "Use another release of STM32CubeProgrammer (2.15, or 2.17 and later), or dfu-util, or an ST-LINK.",
      [release, sectors],
      /^2\.16(?:\.|$)/.test(release?.value.version ?? ""),
    ),
  ];
}

function inItself(facts: FactSet): Conclusion[] {
  const script = facts.last("script-error");
  // What probe or target did not answer leaves Python with nothing to call.
  if (script === undefined || contactOf(facts).silent || facts.has("probe-trouble")) return [];
  const { removedIn } = script.value;
  if (removedIn !== undefined) {
    return [
      defect(
        `pyOCD uses what Python has no longer since ${removedIn} ("${script.value.text}"): this pyOCD is older than the Python that runs it`,
        "Install the current release of pyOCD in an environment of its own (`python3 -m venv`, `pip install -U pyocd`, or pipx), and leave the distribution's package out; or run the old one with an older Python.",
        [releaseOf(facts, "pyocd"), script],
        true,
      ),
    ];
  }
  return [
    defect(
      `pyOCD met an error of programming in itself, "${script.value.text}": this release has it, or a package that it uses is of another release than it was written for`,
      "Install the current release of pyOCD with its packages in an environment of its own (`python3 -m venv`, `pip install -U pyocd`, or pipx); where another program brings pyOCD (Mbed Studio, an IDE), update that.",
      [releaseOf(facts, "pyocd"), script],
      false,
    ),
  ];
}

function rawInterface(facts: FactSet): Conclusion[] {
  const raw = facts.last(
    "probe-trouble",
    ({ what, detail }) => what === "unsupported" && /^no ARM\b/.test(detail ?? ""),
  );
  const probe = facts.last("probe-kind", ({ name }) => /st-?link/i.test(name));
  if (raw?.source.from !== "log" || raw.source.tool !== "probe-rs" || probe === undefined) return [];
  return [
    defect(
      "probe-rs asked the ST-LINK for raw access to the debug port, which these probes do not give, in a command that needs it (`probe-rs info`)",
      "Leave `probe-rs info` out: `probe-rs run`, `download` and `attach` with --chip do without; or take another release.",
      [probe, raw],
      true,
    ),
  ];
}

/** A probe's firmware that is measured by the numbers of an earlier kind of probe. */
function otherGeneration(facts: FactSet): Conclusion[] {
  const [refused] = facts.all("probe-trouble").filter(ofOtherGeneration);
  if (refused?.value.compared === undefined) return [];
  const { found, least } = refused.value.compared;
  const told = defect(
    `The tool knows ST-LINKs up to generation V${least} alone, and compares the firmware of this V${found} with the least version of a V${least}: the number behind J counts for each generation by itself, so this says nothing of the firmware's age`,
    `Update the tool: one that knows the V${found} has a least version of its own for it, and the commands that this probe takes (pyOCD since 0.21). To leave the check out does not help. The probe's firmware need not be changed.`,
    [releaseOf(facts, "pyocd"), refused],
    true,
  );
  // What it goes on to send are the earlier kind's commands.
  return [{ ...told, explains: [...told.explains, "probe-firmware-old", "probe-usb-trouble"] }];
}

/** A server that refuses to erase what it told GDB to be a block. */
function againstOwnMap(facts: FactSet): Conclusion[] {
  const refused = facts.last("flash-trouble", ({ ownMap }) => ownMap === true);
  if (refused === undefined) return [];
  return [
    defect(
      "The GDB server finds the block that GDB wants to erase unaligned, though GDB erases in the blocks of the memory map that this server sent it: its map and its list of the chip's sectors differ, or it asks of a block's length what its own map does not",
      "Take a newer release of the server (st-util), or another one (OpenOCD, ST's, Probity's); or write the program without GDB: `st-flash write FILE.bin 0x08000000`. Regions that were set by hand in GDB (`mem`) take the place of the server's map: delete them.",
      [releaseOf(facts, "st-util"), facts.first("device-id"), refused],
      true,
    ),
  ];
}

/** A command of the probe that the tool has no code for, in its own driver. */
function withoutCommand(facts: FactSet): Conclusion[] {
  const missing = facts.last("probe-command-missing");
  if (missing === undefined) return [];
  const { command, manner } = missing.value;
  const under = manner === "under-reset";
  // The same tool, probe and chip in another run.
  const reached =
    facts.last("wire-answer", ({ answer }) => answer === "ok") ??
    facts.last("stage", ({ stage, reached }) => reached && works.has(stage));
  return [
    defect(
      `probe-rs gave the probe a command that its own driver for this probe has not (${command})${under ? ", in what it does to connect under reset" : ""}${reached === undefined ? "" : "; in another run the chip was reached"}`,
      `Take another release of probe-rs: an older one in which it went well, or the newest.${under ? " Meanwhile leave --connect-under-reset out: hold BOOT0 high through a reset, so that no program runs, and connect then." : ""}`,
      [releaseOf(facts, "probe-rs"), missing, reached],
      reached !== undefined,
    ),
  ];
}

const works: ReadonlySet<string> = new Set(["target-connected", "identified", "erased", "programmed", "verified"]);
