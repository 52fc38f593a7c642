/** OpenOCD's own scripts for probes and for ST's chips: which release has which (tcl/interface and tcl/target of its repository). */

/** Minor numbers of the releases 0.x that have it; left out: from 0.10 or before, and to this day. 13: only what follows 0.12. */
interface Releases {
  readonly first?: number;
  readonly last?: number;
  /** The name that took its place. */
  readonly now?: string;
  /** Since this release it only warns and reads what took its place: left for old command lines, and not in every build. */
  readonly oldSince?: number;
}

function since(first: number, ...names: readonly string[]): (readonly [string, Releases])[] {
  return names.map((name) => [name, { first }]);
}

const scripts: ReadonlyMap<string, Releases> = new Map<string, Releases>([
  ...["cmsis-dap", "jlink"].map((name) => [`interface/${name}`, {}] as const),
  ...["stlink-v1", "stlink-v2", "stlink-v2-1"].map(
    (name) => [`interface/${name}`, { oldSince: 11, now: "interface/stlink.cfg" }] as const,
  ),
  ...since(11, "interface/stlink", "interface/stlink-dap"),
  ...["f0x", "f1x", "f2x", "f3x", "f4x", "f7x", "l0", "l1", "l1x_dual_bank", "l4x", "w108xx", "xl"].map(
    (name) => [`target/stm32${name}`, {}] as const,
  ),
  ...since(
    11,
    ...["g0x", "g4x", "h7x", "h7x_dual_bank", "l0_dual_bank", "l5x", "mp15x", "wbx", "wlx"].map(
      (name) => `target/stm32${name}`,
    ),
  ),
  ...since(12, "target/stm32u5x", "target/stm32mp13x"),
  ...since(13, "interface/stlink-hla"),
  ...since(13, ...["c0x", "h5x", "n6x", "u0x", "u3x", "wba5x"].map((name) => `target/stm32${name}`)),
  // From before one file of a family served every probe.
  ...["f0x", "f1x", "f2x", "f3x", "f4x"].map(
    (name) => [`target/stm32${name}_stlink`, { last: 10, now: `target/stm32${name}.cfg` }] as const,
  ),
  ["target/stm32lx_stlink", { last: 10, now: "target/stm32l1.cfg" }],
  ["target/stm32_stlink", { last: 10, now: "target/stm32f1x.cfg" }],
]);

/** The release that most have: what is taken where none is told. */
const usual = 12;

/**
 * Whether a release has a script of that name: `has`, or at least some have and nothing says that this one has not;
 * `lacks`, and why in words; `never` under that name, as far as is known here; `old`: a name that was given
 * up, in a build behind the last release. `undefined`: no script of these.
 */
export function ownScript(
  path: string,
  version: string | undefined,
):
  | { readonly state: "has" | "maybe" | "lacks" | "never" | "old"; readonly why: string; readonly better?: string }
  | undefined {
  const name = path.replaceAll("\\", "/").replace(/\.cfg$/i, "");
  if (!/^(?:interface\/(?:st-?link|cmsis-dap|jlink)|target\/stm32)[\w-]*$/i.test(name)) return undefined;
  const known = scripts.get(name);
  if (known === undefined) {
    const better = nearest(name);
    return { state: "never", why: "no release that is known here has a file of that name", ...(better && { better }) };
  }
  const number = /^0\.(\d{1,2})\.\d+(\S*)/.exec(version ?? "");
  const told = number === null ? undefined : Number(number[1]);
  const minor = told ?? usual;
  // A build behind a release (0.12.0+dev) has a part of what the next one has; a candidate (0.11.0-rc2) came before its own.
  const newest = number === null || /^(?:-rc\d*)?$/i.test(number[2]) ? minor : minor + 1;
  const { first = 0, last, now, oldSince } = known;
  if (newest < first) {
    return {
      state: "lacks",
      why: first > usual ? `it came after release 0.${usual}` : `it came with release 0.${first}`,
    };
  }
  if (last !== undefined && minor > last) {
    return { state: "lacks", why: `releases after 0.${last} have it no more`, ...(now && { better: now }) };
  }
  if (oldSince !== undefined && told !== undefined && newest >= oldSince) {
    const why = `since release 0.${oldSince} that is an old name for ${now}, which not every build has`;
    return { state: newest > usual ? "old" : "maybe", why, ...(now && { better: now }) };
  }
  const has = first === 0 || (told !== undefined && told >= first);
  return { state: has ? "has" : "maybe", why: "not every release has it" };
}

/**
 * Whether a list of files shows that the scripts are installed without this one: it has others whose names begin like it,
 * some that stand before it in the alphabet and some behind, and not it.
 */
export function isLeftOut(path: string, listed: readonly string[]): boolean {
  const name = path.replace(/^.*[\\/]/, "").toLowerCase();
  const start = name.slice(0, 5);
  const alike = listed.map((each) => each.toLowerCase()).filter((each) => each.startsWith(start));
  return !alike.includes(name) && alike.some((each) => each < name) && alike.some((each) => each > name);
}

/** What somebody may have meant: the family that a name has in it, or the file that serves every ST-LINK. */
function nearest(name: string): string | undefined {
  if (/^interface\/st-?link/i.test(name)) return "interface/stlink.cfg";
  const family = /^target\/stm32_?(wba|wb|wl|mp1[35]|[a-z]\d)/i.exec(name)?.[1].toLowerCase();
  if (family === undefined) return undefined;
  const found = [...scripts.keys()].find((each) => each.startsWith(`target/stm32${family}`) && !/_/.test(each));
  return found === undefined ? undefined : `${found}.cfg`;
}

/** The folder in which a script is that was named without one. */
export function folderOf(path: string): string | undefined {
  const bare = path.replace(/\.cfg$/i, "");
  if (/[\\/]/.test(path)) return undefined;
  return ["interface", "target"].find((folder) => scripts.has(`${folder}/${bare}`));
}
