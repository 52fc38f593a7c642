import type { MemoryPort } from "../../src/coresight/memory-port.ts";
import type { CortexMCore } from "../../src/cortexm/cortex-m-core.ts";
import { openStlinkProbe } from "../../src/probe/stlink/open.ts";
import { type BoardNamed, createBoard } from "../../src/sim/boards/boards.ts";
import { virtualProbeIdentity } from "../../src/sim/probe/identity.ts";
import { SimulatedProbe } from "../../src/sim/simulated-probe.ts";
import { connectTarget } from "../../src/stm32/connect.ts";
import { identify } from "../../src/stm32/identify.ts";
import { changeOptions } from "../../src/stm32/option-bytes/change-options.ts";
import { openOptionBytes } from "../../src/stm32/option-bytes/open.ts";
import type {
  OptionController,
  OptionOutcome,
  OptionPlan,
  OptionReading,
} from "../../src/stm32/option-bytes/option-controller.ts";

export const FLASH = 0x08000000;
export const OPTIONS = 0x1ffff800;

/** A probe that is plugged in once and never taken out in order. */
export interface Plugged {
  readonly probe: SimulatedProbe;
  readonly port: MemoryPort;
  readonly core: CortexMCore;
  readonly controller: OptionController;
  read(): Promise<OptionReading>;
  plan(wanted: Readonly<Record<string, string>>): Promise<OptionPlan>;
  /** Everything that the verb does once the user has agreed. */
  change(wanted: Readonly<Record<string, string>>): Promise<OptionOutcome>;
}

/** A Blue Pill with some content, and probes that come and go without a reset. */
export class OptionBench {
  readonly board: BoardNamed<"bluepill">;

  constructor(optionBytes?: readonly number[]) {
    const data = Uint8Array.from({ length: 0x1000 }, (_, i) => (i * 7 + 3) & 0xff);
    // A stack, and a loop to run: b .
    data.set([0x00, 0x50, 0x00, 0x20, 0x01, 0x01, 0x00, 0x08]);
    data.set([0xfe, 0xe7], 0x100);
    this.board = createBoard("bluepill", { flash: [{ address: FLASH, data }], ...(optionBytes && { optionBytes }) });
  }

  get bytes(): Uint8Array {
    return this.board.chip.memories.optionBytes.slice();
  }

  get flashIsErased(): boolean {
    return this.board.chip.memories.flash.every((byte) => byte === 0xff);
  }

  /** Plugs a probe in that is taken out again after so many transfers. */
  async plug(unplugAfter?: number): Promise<Plugged> {
    const probe = new SimulatedProbe({
      identity: virtualProbeIdentity("v2-1"),
      target: this.board.chip,
      ...(unplugAfter !== undefined && { unplugAfter }),
    });
    const opened = await openStlinkProbe(probe.asLink());
    const { port, core } = await connectTarget(opened, probe.clock, { mode: "attach", protocol: "swd" });
    const chip = await identify(opened, port, core);
    const controller = openOptionBytes(chip, port, probe.clock);
    const read = () => controller.read();
    const plan = async (wanted: Readonly<Record<string, string>>) => {
      const values = Object.entries(wanted).map(([key, text]) => [key, controller.parse(key, text)] as const);
      return controller.plan(await read(), new Map(values));
    };
    const change = async (wanted: Readonly<Record<string, string>>) => {
      const made = await plan(wanted);
      const halting = {
        halt: async () => {
          await core.halt();
        },
        reset: () => core.reset("system", { halt: true }),
      };
      const outcome = await changeOptions(halting, controller, made, { inForce: true });
      if (outcome === undefined) throw new Error("no outcome");
      return outcome;
    };
    return { probe, port, core, controller, read, plan, change };
  }
}

/** The 16 bytes for these values, each with its complement; 0xFF for the rest, and RDP open. */
export function optionBytes(values: Readonly<Record<number, number>>): number[] {
  return Array.from({ length: 8 }, (_, i) => values[i] ?? (i === 0 ? 0xa5 : 0xff)).flatMap((value) => [
    value,
    value ^ 0xff,
  ]);
}
