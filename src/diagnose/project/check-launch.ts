import { baseName } from "../../base/paths.ts";
import type { LaunchAttribute } from "../../formats/eclipse-launch.ts";
import type { Stm32Launch } from "../../formats/eclipse-launch-stm32.ts";
import { type Conclusion, conclusion } from "../rule.ts";
import { quoted } from "./project-file.ts";
import {
  configurationName,
  isThere,
  type ProjectCheck,
  type ProjectView,
  projectPaths,
  sentence,
} from "./project-view.ts";

/** Debug configurations of STM32CubeIDE: program, access port, frequency, probe, ports, SWD or JTAG. */
export const checkLaunches: ProjectCheck = (view): readonly Conclusion[] =>
  view.facts.launches.flatMap((launch) => [
    ...programOf(launch, view),
    ...(launch.server === "openocd" || launch.server === "j-link" ? [] : serverOf(launch, view)),
    ...portsOf(launch),
    ...wiresOf(launch, view),
  ]);

function programOf({ fileName, program }: Stm32Launch, view: ProjectView): readonly Conclusion[] {
  const paths = program === undefined ? undefined : projectPaths(program.value, fileName);
  // Nothing is built yet: the IDE builds before it starts a session.
  if (program === undefined || paths === undefined || view.facts.program === undefined || !view.complete) return [];
  if (isThere(view, paths)) return [];
  return [
    conclusion("launch-program-missing", {
      certainty: "certain",
      values: { configuration: sentence(configurationName(fileName)), path: program.value },
      evidence: [
        quoted(fileName, program.line, program.key, program.value),
        `among the project's files there is no ${paths[0]}, but ${view.facts.program.path}`,
      ],
      weight: 60,
      subject: fileName,
    }),
  ];
}

interface Fault {
  readonly attribute: LaunchAttribute;
  readonly certainty: Conclusion["certainty"];
  readonly what: string;
  readonly correction: string;
  readonly evidence?: readonly string[];
}

/** Families all of whose chips have one access port, AP 0. */
const oneAccessPort = /^STM32(F[0-47]|L[0-4]|G[04]|C0|U0)$/;

function serverOf(launch: Stm32Launch, view: ProjectView): readonly Conclusion[] {
  const faults: Fault[] = [];
  const { accessPort, frequency, checksSerial, serial } = launch;
  const row = view.chip?.rows[0];
  if (
    accessPort !== undefined &&
    row !== undefined &&
    oneAccessPort.test(row.family) &&
    Number(accessPort.value) !== 0
  ) {
    faults.push({
      attribute: accessPort,
      certainty: "certain",
      what: `access port ${accessPort.value} is chosen (-m ${accessPort.value}), and ${view.chip?.name} has one alone, number 0`,
      correction: "Debugger tab: Access port 0 - Cortex-M.",
      evidence: view.chip === undefined ? [] : [view.chip.quote],
    });
  }
  if (
    frequency !== undefined &&
    frequency.value !== "" &&
    !(/^\d+$/.test(frequency.value) && isFrequency(frequency.value))
  ) {
    faults.push({
      attribute: frequency,
      certainty: "certain",
      what: `the frequency ${frequency.value} is none that an ST-LINK has (5 to 24000 kHz, 0 for automatic)`,
      correction: "Debugger tab: Frequency (kHz): Auto.",
    });
  }
  if (launch.loaderTrouble !== undefined) {
    faults.push({
      attribute: launch.loaderTrouble,
      certainty: "certain",
      what: "its list of external loaders cannot be read",
      correction: "Debugger tab: add the external loaders again, or set the list to [] in the file.",
    });
  }
  if (checksSerial !== undefined) faults.push(...serialFaults(launch, checksSerial, serial, view.probes));
  return faults.map((fault) => valueWrong(launch.fileName, fault));
}

function isFrequency(text: string): boolean {
  const khz = Number(text);
  return khz === 0 || (khz >= 5 && khz <= 24000);
}

function serialFaults(
  { fileName }: Stm32Launch,
  checks: LaunchAttribute,
  serial: LaunchAttribute | undefined,
  probes: readonly string[] | undefined,
): Fault[] {
  const insists = quoted(fileName, checks.line, checks.key, checks.value);
  const correction =
    'Debugger tab: untick "Use specific ST-LINK S/N", or press Scan and choose the probe that is attached.';
  const value = serial?.value.trim() ?? "";
  if (value === "") {
    return [
      {
        attribute: serial ?? checks,
        certainty: "certain",
        what: "one ST-LINK alone is to be used, and its serial number is left empty",
        correction,
        evidence: [insists],
      },
    ];
  }
  if (
    serial === undefined ||
    probes === undefined ||
    probes.some((probe) => probe.toUpperCase() === value.toUpperCase())
  )
    return [];
  const there = probes.length === 0 ? "none is attached" : `attached: ${probes.join(", ")}`;
  return [
    {
      attribute: serial,
      certainty: "certain",
      what: `the ST-LINK ${value} alone is to be used, and it is not attached`,
      correction,
      evidence: [insists, there],
    },
  ];
}

function portsOf(launch: Stm32Launch): readonly Conclusion[] {
  const { fileName, port, swvPort, swvOn } = launch;
  const correction = "Debugger tab: Port number 61234; and another one for SWV, such as 61235.";
  const faults: Fault[] = [];
  for (const attribute of [port, ...(swvOn ? [swvPort] : [])]) {
    if (attribute === undefined || attribute.value === "") continue;
    const number = Number(attribute.value);
    if (Number.isInteger(number) && number >= 1 && number <= 65535) continue;
    faults.push({
      attribute,
      certainty: "certain",
      what: `${attribute.value} is no TCP port (1 to 65535)`,
      correction,
    });
  }
  if (
    faults.length === 0 &&
    port !== undefined &&
    swvOn &&
    swvPort !== undefined &&
    Number(port.value) === Number(swvPort.value)
  ) {
    faults.push({
      attribute: port,
      certainty: "certain",
      what: `GDB and SWV are to use the same TCP port, ${port.value}`,
      correction,
      evidence: [quoted(fileName, swvPort.line, swvPort.key, swvPort.value)],
    });
  }
  return faults.map((fault) => valueWrong(fileName, fault));
}

function valueWrong(file: string, { attribute, certainty, what, correction, evidence = [] }: Fault): Conclusion {
  const { key, line, value } = attribute;
  return conclusion("launch-value-wrong", {
    certainty,
    values: { configuration: sentence(configurationName(file)), what, correction },
    evidence: [quoted(file, line, key, value), ...evidence],
    weight: 60,
    subject: `${file} ${key}`,
  });
}

/** JTAG chosen where the .ioc keeps the two pins of SWD alone. */
function wiresOf({ fileName, swd }: Stm32Launch, { facts }: ProjectView): readonly Conclusion[] {
  if (swd?.value !== "false") return [];
  const found = facts.iocs.find(({ settings }) => settings.debugMode?.value === "Serial_Wire");
  const mode = found?.settings.debugMode;
  if (found === undefined || mode === undefined) return [];
  return [
    conclusion("launch-jtag", {
      certainty: "likely",
      values: { configuration: sentence(configurationName(fileName)), file: baseName(found.ioc.fileName) },
      evidence: [
        quoted(fileName, swd.line, swd.key, swd.value),
        quoted(found.ioc.fileName, mode.line, mode.key, mode.value),
      ],
      weight: 60,
      subject: fileName,
    }),
  ];
}
