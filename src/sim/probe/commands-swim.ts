import { ALWAYS, type Command, type Handler, NO_REPLY, type Request } from "./command.ts";
import { MODE, type ProbeState } from "./probe-state.ts";

/** The STM8 end of the probe, with no STM8 on its wire: actions are taken, the status says that nothing answered. */
export const swimCommands: readonly Command[] = (
  [
    [0x00, "SWIM_ENTER", enter],
    [0x01, "SWIM_EXIT", exit],
    [0x02, "SWIM_READ_CAP", () => Uint8Array.of(0, 1, 0, 0, 0, 0, 0, 0)],
    [0x03, "SWIM_SPEED", () => NO_REPLY],
    [0x04, "SWIM_ENTER_SEQ", () => NO_REPLY],
    [0x05, "SWIM_GEN_RST", () => NO_REPLY],
    [0x06, "SWIM_RESET", () => NO_REPLY],
    [0x07, "SWIM_ASSERT_RESET", (probe) => nrst(probe, true)],
    [0x08, "SWIM_DEASSERT_RESET", (probe) => nrst(probe, false)],
    [0x09, "SWIM_READSTATUS", () => Uint8Array.of(SWIM_NO_ANSWER, 0, 0, 0)],
    [0x0a, "SWIM_WRITEMEM", () => NO_REPLY],
    [0x0b, "SWIM_READMEM", () => NO_REPLY],
    [0x0c, "SWIM_READBUF", (_probe: ProbeState, request: Request) => new Uint8Array(request.readLength)],
  ] satisfies [number, string, Handler][]
).map(([sub, name, handle]) => ({ group: 0xf4, sub, name, since: ALWAYS, handle }));

/** SWIM status: 0 done, 1 busy, anything else an error. */
const SWIM_NO_ANSWER = 4;

function enter(probe: ProbeState): Uint8Array {
  probe.leaveDebug();
  if (probe.mode !== MODE.dfu) probe.mode = MODE.swim;
  return NO_REPLY;
}

function exit(probe: ProbeState): Uint8Array {
  if (probe.mode === MODE.swim) probe.mode = MODE.massStorage;
  return NO_REPLY;
}

function nrst(probe: ProbeState, low: boolean): Uint8Array {
  if (probe.mode === MODE.swim) probe.driveNrst(low);
  return NO_REPLY;
}
