import type { VscodeConfiguration, VscodeValue } from "../../formats/vscode-launch.ts";
import { type Conclusion, type ConclusionParts, conclusion } from "../rule.ts";
import { quoted } from "./project-file.ts";
import { configurationName, isThere, type ProjectView, projectPaths, sentence } from "./project-view.ts";

/** Values of cortex-debug's configurations that cannot work: probe, port, SVD file, JTAG on a project with SWD alone. */
export function vscodeValues(configuration: VscodeConfiguration, file: string, view: ProjectView): Conclusion[] {
  const wrong = (
    value: VscodeValue,
    what: string,
    correction: string,
    more: Partial<ConclusionParts> = {},
  ): Conclusion =>
    conclusion("launch-value-wrong", {
      certainty: "certain",
      values: { configuration: sentence(configurationName(file, configuration.name)), what, correction },
      weight: 60,
      subject: `${file} ${value.line}`,
      ...more,
      evidence: [quoted(file, value.line, value.key, value.value), ...(more.evidence ?? [])],
    });
  return [
    ...serialOf(configuration, view, wrong),
    ...portOf(configuration, wrong),
    ...svdOf(configuration, file, view, wrong),
    ...wiresOf(configuration, file, view),
  ];
}

type Wrong = (value: VscodeValue, what: string, correction: string, more?: Partial<ConclusionParts>) => Conclusion;

/** The serial number of one ST-LINK, which is not attached. Other makers' probes are not known here. */
function serialOf(configuration: VscodeConfiguration, { probes }: ProjectView, wrong: Wrong): Conclusion[] {
  const serial = configuration.value("serialNumber");
  const server = configuration.value("servertype")?.value;
  if (serial === undefined || probes === undefined || server === "jlink" || server === "bmp") return [];
  const text = String(serial.value).trim();
  if (text === "" || probes.some((probe) => probe.toUpperCase() === text.toUpperCase())) return [];
  const there = probes.length === 0 ? "no ST-LINK is attached" : `attached: ${probes.join(", ")}`;
  return [
    wrong(
      serial,
      `the probe ${text} alone is to be used, and it is not attached`,
      'Take "serialNumber" out, or give the one of the probe that is attached.',
      { evidence: [there], ...(server === "stlink" ? {} : { certainty: "likely" }) },
    ),
  ];
}

function portOf(configuration: VscodeConfiguration, wrong: Wrong): Conclusion[] {
  const target = configuration.value("gdbTarget");
  const port = typeof target?.value === "string" ? target.value.match(/:(\d+)$/)?.[1] : undefined;
  if (target === undefined || port === undefined || (Number(port) >= 1 && Number(port) <= 65535)) return [];
  return [
    wrong(
      target,
      `${port} is no TCP port (1 to 65535)`,
      'Give the port of the server: "gdbTarget": "localhost:61234".',
    ),
  ];
}

function svdOf(configuration: VscodeConfiguration, file: string, view: ProjectView, wrong: Wrong): Conclusion[] {
  const svd = configuration.value("svdFile") ?? configuration.value("svdPath");
  if (typeof svd?.value !== "string" || !view.complete) return [];
  const paths = projectPaths(svd.value, file);
  if (paths === undefined || isThere(view, paths)) return [];
  return [
    wrong(
      svd,
      `the SVD file ${svd.value} is not in the project, so that no peripheral registers can be shown`,
      "Correct the path, or take the setting out: debugging works without.",
      { severity: "note", weight: 10 },
    ),
  ];
}

/** JTAG chosen where the .ioc keeps the two pins of SWD alone; ST's server and OpenOCD take SWD unless told otherwise. */
function wiresOf(configuration: VscodeConfiguration, file: string, { facts }: ProjectView): Conclusion[] {
  const wires = configuration.value("interface");
  const found = facts.iocs.find(({ settings }) => settings.debugMode?.value === "Serial_Wire");
  const mode = found?.settings.debugMode;
  if (wires?.value !== "jtag" || found === undefined || mode === undefined) return [];
  return [
    conclusion("launch-jtag", {
      certainty: "likely",
      values: { configuration: sentence(configurationName(file, configuration.name)), file: found.ioc.fileName },
      evidence: [
        quoted(file, wires.line, wires.key, wires.value),
        quoted(found.ioc.fileName, mode.line, mode.key, mode.value),
      ],
      weight: 60,
      subject: `${file} ${configuration.line}`,
    }),
  ];
}
