/**
 * Every finding code with its words. One file a family of causes; this file joins them. A rule takes cause and remedy
 * from here (`conclusion` in `../rule.ts`), and `scripts/write-finding-pages` makes `docs/findings/CODE.md` of the same
 * entries, so that words and pages can't drift apart.
 *
 * To add a code: an entry in its family's file, `as const satisfies readonly FindingKind[]`, and a rule in `../rules/`
 * that concludes it.
 */

import { board } from "./board.ts";
import { bootLoader } from "./boot-loader.ts";
import { chip } from "./chip.ts";
import { externalLoader } from "./external-loader.ts";
import type { FindingKind } from "./finding-kind.ts";
import { firmware } from "./firmware.ts";
import { flash } from "./flash.ts";
import { flashWork } from "./flash-work.ts";
import { general } from "./general.ts";
import { loader } from "./loader.ts";
import { probe } from "./probe.ts";
import { programFile } from "./program-file.ts";
import { project } from "./project.ts";
import { protection } from "./protection.ts";
import { security } from "./security.ts";
import { setup } from "./setup.ts";
import { wire } from "./wire.ts";

const families = {
  probe,
  wire,
  chip,
  protection,
  security,
  flashWork,
  flash,
  firmware,
  board,
  bootLoader,
  externalLoader,
  loader,
  project,
  programFile,
  setup,
  general,
} as const;

type Families = typeof families;
/** Every code there is. */
export type FindingCode = Families[keyof Families][number]["code"];
export type FamilyName = keyof Families;

/** All entries, by family. */
export const catalogue: Readonly<Record<FamilyName, readonly FindingKind[]>> = families;

const byCode: ReadonlyMap<string, FindingKind> = new Map(
  Object.values(catalogue)
    .flat()
    .map((kind) => [kind.code, kind]),
);

/** The entry of a code. */
export function findingKind(code: FindingCode): FindingKind {
  const kind = byCode.get(code);
  if (kind === undefined) throw new Error(`no finding code ${code}`);
  return kind;
}
