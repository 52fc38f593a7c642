import { baseName } from "../../base/paths.ts";
import { controllerPresence } from "../../chips/memory-controllers.ts";
import type { LoaderFile } from "../../formats/loader-file.ts";
import type { Segment } from "../../formats/segments.ts";
import { prejudgeLoader } from "../loader/prejudge-loader.ts";
import { deviceWords } from "../loader/remedies.ts";
import { addressText, listText, sizeText } from "../loader/words.ts";
import { type Conclusion, conclusion } from "../rule.ts";
import { purposeOf, readLoaderName } from "../rules/loader/loader-name.ts";
import type { ProjectProgram } from "./choose-program.ts";
import { type LoaderConfiguration, type LoaderUse, loaderConfigurations } from "./debug-configurations.ts";
import type { JudgedChip } from "./project-chip.ts";
import { isThere, type ProjectCheck, type ProjectView, projectPaths, sentence } from "./project-view.ts";

/** External loaders: those that are set to work, those that are left, and memory that none of them writes. */
export const checkLoaders: ProjectCheck = (view): readonly Conclusion[] => {
  const configurations = loaderConfigurations(view.facts);
  return [
    ...configurations.flatMap(({ uses }) => uses.flatMap((use) => judgeUse(use, view))),
    ...uncovered(configurations, view),
  ];
};

function judgeUse(use: LoaderUse, view: ProjectView): readonly Conclusion[] {
  const loader = baseName(use.path);
  const values = { configuration: sentence(use.configuration), loader };
  const subject = `${use.file} ${loader}`;
  if (!use.enabled) {
    return [conclusion("launch-loader-left", { certainty: "certain", values, evidence: use.quotes, subject })];
  }
  const { program } = view.facts;
  const needless = program !== undefined && externalSegments(program).length === 0;
  const file = view.facts.loaders.get(loader.toLowerCase());
  const unfit = view.chip === undefined ? undefined : unfitness(use.path, file, view.chip);
  const found: Conclusion[] = [];
  if (unfit !== undefined && view.chip !== undefined) {
    found.push(
      conclusion("launch-loader-unfit", {
        certainty: "likely",
        values: {
          ...values,
          chip: view.chip.name,
          reason: unfit.reason,
          needless: needless ? ` And ${program.path} does not need it: no part of it lies in external memory.` : "",
        },
        evidence: [...use.quotes, ...unfit.evidence, view.chip.quote, ...(needless ? [placesOf(program)] : [])],
        remedyFirst: [use.remedy],
        weight: 92,
        explains: ["launch-loader-unneeded"],
        subject,
      }),
    );
  }
  if (needless) {
    found.push(
      conclusion("launch-loader-unneeded", {
        certainty: "certain",
        values: { ...values, program: program.path },
        evidence: [...use.quotes, placesOf(program)],
        remedyFirst: [use.remedy],
        weight: 70,
        subject,
      }),
    );
  }
  const paths = /[\\/]/.test(use.path) ? projectPaths(use.path, use.file) : undefined;
  if (view.complete && paths !== undefined && !isThere(view, paths)) {
    found.push(
      conclusion("launch-loader-missing", {
        certainty: "certain",
        values: { ...values, loader: use.path },
        evidence: [...use.quotes, `among the project's ${view.facts.paths.size} files there is no ${paths[0]}`],
        remedyFirst: needless ? [use.remedy] : [],
        subject,
      }),
    );
  }
  return found;
}

/** Why a loader does not fit a chip: by its file if that was found, else by its name. */
function unfitness(
  path: string,
  file: LoaderFile | undefined,
  chip: JudgedChip,
): { reason: string; evidence: readonly string[] } | undefined {
  const row = chip.rows[0];
  if (row === undefined || chip.rows.length !== 1) return undefined;
  if (file !== undefined) {
    const ram = chip.ram.map(({ name = "RAM", base, size }) => ({ name, base, size }));
    const finding = prejudgeLoader(file, { chip: row, chipName: chip.name, deviceId: row.deviceId, ram });
    return (
      finding && {
        reason: finding.cause.replace(/^.*? is not likely to work here: /, ""),
        evidence: [`${file.fileName}: ${deviceWords(file)}`, ...finding.evidence.slice(1)],
      }
    );
  }
  const name = readLoaderName(path);
  const lacks = name.controllers.map((controller) => controllerPresence(row, controller));
  const lacking = lacks.length > 0 && lacks.every(({ has }) => has === "no");
  const boardChips = name.board?.chips ?? [];
  if (!lacking && (boardChips.length === 0 || boardChips.includes(row))) return undefined;
  return {
    reason: lacking ? `${lacks[0].sentence}. ${purposeOf(name)}` : purposeOf(name),
    evidence: [`the loader's name: ${baseName(path)}`],
  };
}

/** What a program loads beyond the chip's own memories, which end where the windows of memory controllers begin. */
function externalSegments({ elf }: ProjectProgram): Segment[] {
  return elf.segments.filter(({ address }) => address >= 0x60000000 && address < 0xe0000000);
}

function placesOf({ path, elf }: ProjectProgram): string {
  const places = elf.segments.map(({ address, data }) => `${addressText(address)} (${sizeText(data.length)})`);
  return `${path}: it loads to ${listText(places.slice(0, 4))}${places.length > 4 ? ` and ${places.length - 4} more places` : ""}`;
}

function uncovered(configurations: readonly LoaderConfiguration[], view: ProjectView): readonly Conclusion[] {
  const { program, loaders } = view.facts;
  if (program === undefined || configurations.length === 0) return [];
  const external = externalSegments(program);
  if (external.length === 0) return [];
  const without = configurations.filter(({ uses }) => {
    const enabled = uses.filter((use) => use.enabled);
    const files = enabled.map(({ path }) => loaders.get(baseName(path).toLowerCase()));
    // What a loader covers is not known without its file: then nothing can be said.
    if (files.some((file) => file === undefined)) return false;
    return external.some(({ address }) => !files.some((file) => file !== undefined && covers(file, address)));
  });
  if (without.length === 0) return [];
  const [first] = external;
  return [
    conclusion("elf-external-without-loader", {
      certainty: "certain",
      values: {
        program: program.path,
        bytes: sizeText(first.data.length),
        address: addressText(first.address),
        configurations: `${listText(without.map(({ name }) => name).slice(0, 3))} ${without.length === 1 ? "sets" : "set"}`,
      },
      evidence: [
        ...external
          .slice(0, 4)
          .map(({ address, data }) => `${program.path}: ${sizeText(data.length)} at ${addressText(address)}`),
        ...without.flatMap(({ file, uses }) =>
          uses.length === 0 ? [`${file}: it names no external loader`] : uses.flatMap(({ quotes }) => quotes),
        ),
      ],
      weight: 80,
    }),
  ];
}

function covers({ device }: LoaderFile, address: number): boolean {
  return address >= device.start && address < device.start + device.size;
}
