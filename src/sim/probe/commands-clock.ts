import { readU16, readU32, writeU16, writeU32 } from "../../base/bytes.ts";
import { type ClockIndex, JTAG, SWD, V3_PRESCALERS, v3ClockList } from "./clock-tables.ts";
import { type Command, type Handler, NEVER, type Request, statusReply, valueReply } from "./command.ts";
import type { ProbeState } from "./probe-state.ts";
import { STATUS } from "./status.ts";

/** The clock on the debug wires: divisors on V2 and V2-1, kilohertz on the V3. */
export const clockCommands: readonly Command[] = [
  { group: 0xf2, sub: 0x43, name: "SWD_SET_FREQ", since: [20, NEVER], handle: setDivisor(SWD) },
  { group: 0xf2, sub: 0x44, name: "JTAG_SET_FREQ", since: [24, NEVER], handle: setDivisor(JTAG) },
  { group: 0xf2, sub: 0x61, name: "SET_COM_FREQ", since: [NEVER, 0], handle: setClock },
  { group: 0xf2, sub: 0x62, name: "GET_COM_FREQ", since: [NEVER, 0], handle: getClocks },
  { group: 0xf2, sub: 0x63, name: "SWITCH_STLINK_FREQ", since: [NEVER, 0], handle: switchPrescaler },
];

/** [2..3] divisor. JTAG's SPI engine has no divisor below 2. */
function setDivisor(wires: ClockIndex): Handler {
  return (probe, { block }) => {
    const divisor = readU16(block, 2);
    if (wires === JTAG && divisor < 2) return statusReply(STATUS.frequencyNotSupported);
    probe.divisors[wires] = divisor;
    return statusReply(STATUS.ok);
  };
}

/** [2] wires, [4..7] kHz: the highest clock not above it. */
function setClock(probe: ProbeState, { block }: Request): Uint8Array {
  const wires = wiresOf(block);
  const wanted = readU32(block, 4);
  const chosen = v3ClockList(wires, probe.prescaler).find((kilohertz) => kilohertz <= wanted);
  if (chosen === undefined) return valueReply(STATUS.commandError, 0);
  probe.kilohertz[wires] = chosen;
  return valueReply(STATUS.ok, chosen);
}

/** Status, present clock, number of clocks, up to ten of them. */
function getClocks(probe: ProbeState, { block }: Request): Uint8Array {
  const wires = wiresOf(block);
  const list = v3ClockList(wires, probe.prescaler);
  const reply = new Uint8Array(52);
  writeU16(reply, 0, STATUS.ok);
  writeU32(reply, 4, probe.kilohertz[wires]);
  writeU32(reply, 8, list.length);
  for (const [index, kilohertz] of list.entries()) writeU32(reply, 12 + index * 4, kilohertz);
  return reply;
}

/** [2] prescaler of the probe's own core clock. */
function switchPrescaler(probe: ProbeState, { block }: Request): Uint8Array {
  const prescaler = block[2];
  if (!V3_PRESCALERS.includes(prescaler)) return valueReply(STATUS.commandError, 0);
  const changed = prescaler !== probe.prescaler;
  probe.prescaler = prescaler;
  for (const wires of [SWD, JTAG]) {
    probe.kilohertz[wires] = Math.min(probe.kilohertz[wires], v3ClockList(wires, prescaler)[0]);
  }
  return valueReply(changed ? STATUS.configurationChanged : STATUS.ok, 0);
}

function wiresOf(block: Uint8Array): ClockIndex {
  return block[2] === JTAG ? JTAG : SWD;
}
