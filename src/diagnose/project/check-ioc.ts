import { highestClock } from "../../chips/highest-clock.ts";
import type { IocEntry } from "../../formats/ioc.ts";
import { isDebugSignal } from "../../formats/ioc-settings.ts";
import { listText } from "../loader/words.ts";
import { type Conclusion, conclusion } from "../rule.ts";
import type { ProjectProgram } from "./choose-program.ts";
import type { DebugPinTaking } from "./debug-pin-code.ts";
import { folderOf, quoted } from "./project-file.ts";
import type { ProjectCheck, ProjectView } from "./project-view.ts";
import type { ProjectFacts } from "./read-project.ts";

type Ioc = ProjectFacts["iocs"][number];

/** SYS > Debug, the debug pins and the clocks of every .ioc. */
export const checkIoc: ProjectCheck = (view): readonly Conclusion[] =>
  view.facts.iocs.flatMap((each) => [...debugOf(each, view), ...clockOf(each, view)]);

const pinNames: Readonly<Record<number, string>> = { 13: "PA13 (SWDIO)", 14: "PA14 (SWCLK)" };

function debugOf(each: Ioc, view: ProjectView): readonly Conclusion[] {
  const { ioc, settings } = each;
  const file = ioc.fileName;
  const quote = (entry: IocEntry): string => quoted(file, entry.line, entry.key, entry.value);
  const signals = [13, 14].map((pin) => ({ pin, entry: settings.pinSignal(pin) }));
  const taken = signals.filter(({ entry }) => entry !== undefined && !isDebugSignal(entry.value));
  const code = codeOf(each, view);
  if (taken.length > 0) {
    const pins = taken.map(({ pin, entry }) => `${pinNames[pin]} as ${entry?.value}`);
    return [
      conclusion("ioc-debug-pin-taken", {
        certainty: code.some(({ reached }) => reached === "always") ? "certain" : "likely",
        values: { file, pins: listText(pins) },
        evidence: [
          ...taken.flatMap(({ entry }) => (entry === undefined ? [] : quote(entry))),
          ...code.flatMap(({ evidence }) => evidence),
        ],
        weight: 90,
        explains: ["elf-switches-debug-off"],
        subject: file,
      }),
    ];
  }
  const absent = signals.filter(({ entry }) => entry === undefined).map(({ pin }) => pin);
  if (absent.length === 0) return [];
  const missing = `${file}: no ${listText(
    absent.map((pin) => `PA${pin}.Signal`),
    "or",
  )} with the debug port's signal`;
  const off = settings.noDebug === undefined ? [] : [quote(settings.noDebug)];
  const evidence = [...off, missing];
  const family = settings.family?.value ?? settings.part?.value ?? "";
  if (/^STM32F1/i.test(family)) return [offOnF1(each, view, evidence)];
  if (settings.freePins !== undefined) {
    return [
      conclusion("ioc-debug-pins-analog", {
        certainty: code.some(({ reached }) => reached === "always") ? "certain" : "likely",
        values: { file },
        evidence: [quote(settings.freePins), ...evidence, ...code.flatMap((taking) => taking.evidence)],
        weight: 85,
        explains: ["elf-switches-debug-off"],
        subject: file,
      }),
    ];
  }
  return [conclusion("ioc-debug-unset", { certainty: "certain", values: { file }, evidence, subject: file })];
}

/** The program, if it is the one of this .ioc: where there are several, the one in the same folder or below. */
function programOf({ fileName }: Ioc["ioc"], { facts: { program, iocs } }: ProjectView): ProjectProgram | undefined {
  return iocs.length === 1 || program?.path.startsWith(folderOf(fileName)) === true ? program : undefined;
}

function codeOf({ ioc }: Pick<Ioc, "ioc">, view: ProjectView): DebugPinTaking[] {
  if (programOf(ioc, view) === undefined) return [];
  return view.takings().filter(({ reached }) => reached !== "unseen");
}

/** On F1 alone the generated code switches the port off (HAL_MspInit). */
function offOnF1({ ioc }: Ioc, view: ProjectView, evidence: readonly string[]): Conclusion {
  const file = ioc.fileName;
  const program = programOf(ioc, view);
  const code = codeOf({ ioc }, view);
  const always = code.find(({ reached }) => reached === "always");
  const shared = {
    weight: 90,
    explains: ["elf-switches-debug-off"],
    subject: file,
  };
  const launches = notUnderReset(view);
  if (program !== undefined && code.length === 0 && view.chip?.rows[0]?.family === "STM32F1") {
    return conclusion("ioc-debug-off", {
      certainty: "likely",
      variant: "notBuilt",
      values: { file, program: program.path, when: "" },
      evidence: [
        ...evidence,
        `${program.path}: no store of 100 to SWJ_CFG (AFIO_MAPR) was found in its code`,
        ...launches,
      ],
      ...shared,
    });
  }
  const place = always ?? code[0];
  return conclusion("ioc-debug-off", {
    certainty: always === undefined ? "likely" : "certain",
    values: {
      file,
      program: program?.path ?? "",
      when: place === undefined ? " when it starts" : ` in ${place.place}`,
    },
    evidence: [...evidence, ...code.flatMap((taking) => taking.evidence), ...launches],
    ...shared,
  });
}

/** Debug configurations that would not even reach the chip before its program runs. */
function notUnderReset({ facts }: ProjectView): string[] {
  return facts.launches.flatMap(({ fileName, resetStrategy, server }) =>
    resetStrategy === undefined ||
    resetStrategy.value === "connect_under_reset" ||
    server === "openocd" ||
    server === "j-link"
      ? []
      : [
          `${quoted(fileName, resetStrategy.line, resetStrategy.key, resetStrategy.value)} (not under reset: it does not reach such a chip)`,
        ],
  );
}

function clockOf({ ioc, settings }: Ioc, view: ProjectView): readonly Conclusion[] {
  const part = settings.part?.value;
  const name = view.live === undefined ? part : (view.chip?.name ?? part);
  const most = name === undefined ? undefined : (highestClock(name) ?? highestClock(part ?? ""));
  const beyond = settings.clocks.filter(({ hertz }) => most !== undefined && hertz > most + 1);
  const [first] = beyond;
  if (first === undefined || most === undefined) return [];
  return [
    conclusion("ioc-clock-too-fast", {
      certainty: "certain",
      values: { key: first.entry.key, file: ioc.fileName, mhz: first.hertz / 1e6, chip: name ?? "", most: most / 1e6 },
      evidence: [
        ...beyond.map(({ entry }) => quoted(ioc.fileName, entry.line, entry.key, entry.value)),
        ...(settings.part === undefined
          ? []
          : [quoted(ioc.fileName, settings.part.line, settings.part.key, settings.part.value)]),
      ],
      subject: ioc.fileName,
    }),
  ];
}
