import type { Chip } from "./chip.ts";
import { chipByDeviceId } from "./table.ts";

/** A board of ST's, or a part, that a name speaks of. */
export interface NamedBoard {
  /** As written in the name: `STM3210E-EVAL`, `STM32F469`. */
  readonly name: string;
  /** `board` when it names an evaluation or discovery board, else the part alone. */
  readonly kind: "board" | "part";
  /** The part on it, `STM32F103ZE/ZG`. */
  readonly part: string;
  /** Rows of the chips that it may carry; empty when the part is in no row. */
  readonly chips: readonly Chip[];
}

/**
 * The board or part that a loader's name speaks of: `MT25QL512A_STM32469I-EVAL` carries an STM32F469. `undefined` when it
 * speaks of none.
 */
export function boardInName(name: string): NamedBoard | undefined {
  const text = name.toUpperCase().replace(/[ .]+/g, "_");
  for (const [pattern, part, ...ids] of oldNames) {
    const match = text.match(new RegExp(`(?<![A-Z0-9])${pattern}(${kit})?`));
    if (match !== null) return named(match[0], part, ids);
  }
  const match = text.match(
    new RegExp(
      `(?:STM32|(?<=(?:^|[_-])(?:B-|NUCLEO-|P-)))([A-Z]{1,3}[0-9][0-9A-Z]{1,4}?)([A-Z][0-9A-Z]?)?(${kit})?(?![A-Z0-9])`,
    ),
  );
  if (match === null) return undefined;
  const line = match[1].replace(/[A-Z]{1,2}$/, "") || match[1];
  for (const stem of [`${match[1]}${match[2] ?? ""}`, match[1], line]) {
    const ids = idsOfPart(stem);
    if (ids.length > 0) return named(match[0], `STM32${stem.replace(/^(.*\d)[A-Z]{1,2}$/, "$1")}`, ids);
  }
  return named(match[0], `STM32${line}`, []);
}

/** Rows of a part's name: `STM32F469NI`, `STM32F469`, `F469`. */
export function chipsOfPart(part: string): readonly Chip[] {
  return idsOfPart(part.toUpperCase().replace(/^STM32/, "")).flatMap((id) => chipByDeviceId(id) ?? []);
}

function named(text: string, part: string, ids: readonly number[]): NamedBoard {
  const name = text.replace(/_/g, "-");
  return {
    name,
    kind: new RegExp(`${kit}$`).test(text) || !/STM32[A-Z]/.test(text) ? "board" : "part",
    part,
    chips: ids.flatMap((id) => chipByDeviceId(id) ?? []),
  };
}

function idsOfPart(stem: string): readonly number[] {
  return (parts.find(([pattern]) => new RegExp(`^(?:${pattern})`).test(stem))?.slice(1) as number[] | undefined) ?? [];
}

/** What ends the name of a kit. */
const kit = "[0-9A-Z]?[-_](?:EVAL\\d?|DISCO(?:VERY)?\\d?|DK\\d?|SK|PRIMER|[0-9]{1,3}[A-Z]-EVAL)";

type Row = readonly [pattern: string, ...ids: number[]];
type OldRow = readonly [pattern: string, part: string, ...ids: number[]];

/** Boards named before part numbers were, most special first (the boards' user manuals). */
const oldNames: readonly OldRow[] = [
  ["STM3210B", "STM32F103VB", 0x410],
  ["STM3210C", "STM32F107VC", 0x418],
  ["STM3210E", "STM32F103ZE/ZG", 0x414, 0x430],
  ["STM32100B", "STM32F100VB", 0x420],
  ["STM32100E", "STM32F100ZE", 0x428],
  ["STM3220[A-Z]", "STM32F207IG", 0x411],
  ["STM3221[A-Z]", "STM32F217IG", 0x411],
  ["STM3240[A-Z]", "STM32F407IG", 0x413],
  ["STM3241[A-Z]", "STM32F417IG", 0x413],
  ["STM320518", "STM32F051R8", 0x440],
  ["STM32072[A-Z]", "STM32F072VB", 0x448],
  ["STM32091[A-Z]", "STM32F091VC", 0x442],
  ["STM32303E", "STM32F303VE", 0x446],
  ["STM32303C", "STM32F303VC", 0x422],
  ["STM32373C", "STM32F373VC", 0x432],
  ["STM3242[79][A-Z]", "STM32F427/429", 0x419],
  ["STM3243[79][A-Z]", "STM32F437/439", 0x419],
  ["STM32446[A-Z]", "STM32F446ZE", 0x421],
  ["STM32469[A-Z]", "STM32F469NI", 0x434],
  ["STM32479[A-Z]", "STM32F479NI", 0x434],
  ["STM32746[A-Z]", "STM32F746NG", 0x449],
  ["STM32756[A-Z]", "STM32F756NG", 0x449],
  ["STM32769[A-Z]", "STM32F769NI", 0x451],
  ["STM32779[A-Z]", "STM32F779NI", 0x451],
  ["STM32L152D", "STM32L152ZD", 0x436],
  ["STM32L152C", "STM32L152RC", 0x427],
  ["STM32L152B?(?=[-_])", "STM32L152VB", 0x416],
];

/** Parts by the start of their names, most special first. */
const parts: readonly Row[] = [
  ["F10[123].[46]", 0x412],
  ["F10[123].[8B]", 0x410],
  ["F10[13].[CDE]", 0x414],
  ["F10[13].[FG]", 0x430],
  ["F10[57]", 0x418],
  ["F100.[CDE]", 0x428],
  ["F100.[468B]", 0x420],
  ["F100", 0x420, 0x428],
  ["F102", 0x410, 0x412],
  ["F10[13]", 0x410, 0x412, 0x414, 0x430],
  ["F2[01][57]", 0x411],
  ["F4[01][57]", 0x413],
  ["F4[23][79]", 0x419],
  ["F446", 0x421],
  ["F401.[BC]", 0x423],
  ["F401.[DE]", 0x433],
  ["F401", 0x423, 0x433],
  ["F410", 0x458],
  ["F411", 0x431],
  ["F412", 0x441],
  ["F4[12]3", 0x463],
  ["F4[67]9", 0x434],
  ["F7[45]|F750", 0x449],
  ["F7[67]", 0x451],
  ["F72|F73", 0x452],
  ["F30[23].[DE]|F398", 0x446],
  ["F30[23].[BC]|F358", 0x422],
  ["F303.[68]|F328|F334", 0x438],
  ["F301|F302.[68]|F318", 0x439],
  ["F37[38]", 0x432],
  ["F302", 0x422, 0x439, 0x446],
  ["F303", 0x422, 0x438, 0x446],
  ["F05|F030.8", 0x440],
  ["F09|F030.C", 0x442],
  ["F07[0-9](?!.6)", 0x448],
  ["F04|F070.6", 0x445],
  ["F03", 0x444],
  ["L1[05][0-2].[CD]|L162", 0x427, 0x436, 0x437],
  ["L1", 0x416, 0x429, 0x427, 0x436, 0x437],
  ["L4[78]", 0x415],
  ["L4[9A]", 0x461],
  ["L4[34]", 0x435],
  ["L4[56]", 0x462],
  ["L4[12]2", 0x464],
  ["L4[RS]", 0x470],
  ["L4[PQ]", 0x471],
  ["L5[56]", 0x472],
  ["L01[01]|L021", 0x457],
  ["L03|L04", 0x425],
  ["L05|L06", 0x417],
  ["L07|L08", 0x447],
  ["G0[34]", 0x466],
  ["G0[56]", 0x456],
  ["G0[78]", 0x460],
  ["G0[BC]", 0x467],
  ["G4[34]", 0x468],
  ["G4[78]|G414", 0x469],
  ["G4[9A]", 0x479],
  ["H74|H75", 0x450],
  ["H7[AB]", 0x480],
  ["H72|H73", 0x483],
  ["H7[RS]", 0x485],
  ["H503", 0x474],
  ["H5[23]3", 0x478],
  ["H5[67]", 0x484],
  ["H5[EF]", 0x47a],
  ["U5[34]5", 0x455],
  ["U5[78]", 0x482],
  ["U5[9A]", 0x481],
  ["U5[FG]", 0x476],
  ["U3[78]", 0x454],
  ["U3[BC]", 0x42a],
  ["U031", 0x459],
  ["U0[78]3", 0x489],
  ["C011", 0x443],
  ["C031", 0x453],
  ["C051", 0x44c],
  ["C071", 0x493],
  ["C09", 0x44d],
  ["WB1", 0x494],
  ["WB[35]", 0x495],
  ["WB0[67]", 0x01e],
  ["WB05", 0x028],
  ["WB09", 0x032],
  ["WBA5", 0x492],
  ["WBA6", 0x4b0],
  ["WBA2", 0x4b2],
  ["WL", 0x497],
  ["N6", 0x486],
  ["MP15", 0x500],
];
