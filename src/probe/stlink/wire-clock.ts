import { readU32 } from "../../base/bytes.ts";
import type { ProbeIdentity, Protocol } from "../probe.ts";
import type { Channel } from "./channel.ts";
import { block, debug, group, u16, u32 } from "./commands.ts";
import { hasFeature } from "./features.ts";
import { firmwareTooOld } from "./firmware-too-old.ts";
import { chooseDivisor, chooseFrequency, jtagDivisors, swdDivisors } from "./frequencies.ts";

/**
 * Sets the clock of a V2's wires to the highest divisor's frequency that is not above `kilohertz`. Resolves to what was
 * chosen. Rejects with `probe-firmware-too-old` for JTAG where the firmware can set SWD alone.
 */
export async function setDivisor(
  channel: Channel,
  identity: ProbeIdentity,
  protocol: Protocol,
  kilohertz: number,
): Promise<number> {
  if (protocol === "jtag" && !hasFeature(identity, "jtagFrequency"))
    throw firmwareTooOld(identity, "jtagFrequency", "setting the JTAG clock");
  const chosen = chooseDivisor(protocol === "swd" ? swdDivisors : jtagDivisors, kilohertz);
  const command = protocol === "swd" ? debug.swdSetFreq : debug.jtagSetFreq;
  const context = { doing: "setting the clock frequency", facts: { kilohertz: chosen.kilohertz } };
  await channel.check(block(group.debug, command, ...u16(chosen.divisor)), 2, context);
  return chosen.kilohertz;
}

/** Sets the clock of a V3's wires to one of the frequencies that it lists. Resolves to what the probe says it set. */
export async function setListedFrequency(channel: Channel, protocol: Protocol, kilohertz: number): Promise<number> {
  const which = protocol === "swd" ? 0 : 1;
  let list = await frequencies(channel, which);
  if (kilohertz > Math.max(...list) && kilohertz >= 24_000 && which === 0) {
    // The top of the list needs the probe's own clock undivided.
    const context = { doing: "switching the probe's clock" };
    await channel.check(block(group.debug, debug.switchFreq, 1), 8, context);
    list = await frequencies(channel, which);
  }
  const chosen = chooseFrequency(list, kilohertz);
  const context = { doing: "setting the clock frequency", facts: { kilohertz: chosen } };
  const reply = await channel.check(block(group.debug, debug.setComFreq, which, 0, ...u32(chosen)), 8, context);
  return readU32(reply, 4);
}

async function frequencies(channel: Channel, which: 0 | 1): Promise<number[]> {
  const context = { doing: "reading the list of clock frequencies" };
  const reply = await channel.check(block(group.debug, debug.getComFreq, which), 52, context);
  const count = Math.min(readU32(reply, 8), 10);
  return Array.from({ length: count }, (_, i) => readU32(reply, 12 + 4 * i));
}
