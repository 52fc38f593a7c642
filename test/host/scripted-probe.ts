import { openStlinkProbe } from "../../src/probe/stlink/open.ts";
import { type Exchange, openV2, ScriptedLink } from "./scripted-link.ts";

/** A status of success, two bytes. */
export const ok = "80 00";
export const apOpen: Exchange = ["F2 4B 00", ok];
/** The last memory transfer went well. */
export const fine: Exchange = ["F2 3E", "80 00" + " 00".repeat(10)];

/** An opened probe whose further script follows. */
export async function opened(script: readonly Exchange[], opening: readonly Exchange[] = openV2) {
  const link = new ScriptedLink([...opening, ...script]);
  const probe = await openStlinkProbe(link);
  link.transfers = 0;
  return { link, probe };
}

/** A V2 with this J version. */
export function v2(jtag: number): Exchange[] {
  const word = (2 << 12) | (jtag << 6) | 7;
  return [["F1", `${(word >> 8).toString(16)} ${(word & 0xff).toString(16).padStart(2, "0")} 83 04 48 37`], openV2[1]];
}
