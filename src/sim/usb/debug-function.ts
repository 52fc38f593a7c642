import { concat, readU16, readU32 } from "../../base/bytes.ts";
import { isProbityError } from "../../base/errors.ts";
import type { SimulatedProbe } from "../simulated-probe.ts";
import { InEndpoint } from "./in-endpoint.ts";
import { OutEndpoint } from "./out-endpoint.ts";
import type { StlinkEndpoints } from "./products.ts";
import { INTERFACE } from "./products.ts";
import { NO_DATA, type TransferStatus } from "./setup.ts";
import type { UsbFunction } from "./usb-device.ts";

const BLOCK_BYTES = 16;

/** Bytes of the data phase that a command announces; 0 when it has none or only a reply. */
export function announcedData(block: Uint8Array): number {
  const sub = block[1];
  if (block[0] === 0xf3 && sub === 0x01) return readU16(block, 6); // DFU_DNLOAD
  if (block[0] !== 0xf2) return 0;
  // WRITEMEM of 32, 8 and 16 bits, and without increment.
  if (sub === 0x08 || sub === 0x0d || sub === 0x48 || sub === 0x50) return readU16(block, 6);
  if (sub !== 0x51) return 0;
  const items = readU32(block, 2); // RW_MISC_OUT: operations, padded, then their arguments
  return items > 0x1000 ? 0 : Math.ceil(items / 4) * 4 + items * 4;
}

function asksForTrace(block: Uint8Array): boolean {
  return block[0] === 0xf2 && block[1] === 0x42; // GET_TRACE_NB
}

/**
 * The debug interface: 16-byte command blocks on OUT, each followed by its data on OUT or by its reply on IN. There is no
 * status stage: what the host does not fetch is dropped by its next command. The trace endpoint has as many bytes as the
 * last GET_TRACE_NB told, and no more until the next: every host asks for just as many.
 */
export class DebugFunction implements UsbFunction {
  readonly interfaces = [INTERFACE.debug];
  readonly inEndpoints: readonly InEndpoint[];
  readonly outEndpoints: readonly OutEndpoint[];
  readonly #probe: SimulatedProbe;
  readonly #in: InEndpoint;
  readonly #trace: InEndpoint;
  /** A command whose data phase is still coming. */
  #open: { readonly block: Uint8Array; data: Uint8Array; readonly length: number } | undefined;
  #era = 0;
  /** Called when a command finds that the probe has lost its cable. */
  onUnplugged: () => void = () => {};

  constructor(probe: SimulatedProbe, at: StlinkEndpoints, maxPacket: number) {
    this.#probe = probe;
    this.#in = new InEndpoint(at.debugIn, maxPacket);
    this.#trace = new InEndpoint(at.trace, maxPacket);
    this.inEndpoints = [this.#in, this.#trace];
    this.outEndpoints = [new OutEndpoint(at.debugOut, maxPacket, (data) => this.#take(data))];
  }

  reset(): void {
    this.#open = undefined;
    this.#era += 1;
  }

  async #take(bytes: Uint8Array): Promise<TransferStatus> {
    if (this.#open !== undefined) {
      const open = this.#open;
      open.data = concat(open.data, bytes).subarray(0, open.length);
      if (open.data.length < open.length) return "success";
      this.#open = undefined;
      return this.#carryOut(open.block, open.data);
    }
    this.#in.flush();
    const block = new Uint8Array(BLOCK_BYTES);
    block.set(bytes.subarray(0, BLOCK_BYTES));
    const length = announcedData(block);
    if (length === 0) return this.#carryOut(block, NO_DATA);
    this.#open = { block, data: NO_DATA, length };
    return "success";
  }

  async #carryOut(block: Uint8Array, data: Uint8Array): Promise<TransferStatus> {
    const era = this.#era;
    try {
      const reply = await this.#probe.exchange(block, data);
      if (era === this.#era && reply.length > 0) this.#in.send(reply);
      if (era === this.#era && reply.length === 2 && asksForTrace(block)) await this.#sendTrace(readU16(reply, 0));
      return "success";
    } catch (error) {
      if (isProbityError(error, "link-unplugged")) this.onUnplugged();
      return "error";
    }
  }

  /** Puts up what GET_TRACE_NB announced. */
  async #sendTrace(announced: number): Promise<void> {
    const era = this.#era;
    this.#trace.flush();
    const bytes = await this.#probe.exchangeTrace(announced);
    if (era === this.#era) this.#trace.send(bytes);
  }
}
