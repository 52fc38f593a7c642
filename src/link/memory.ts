import type { Clock } from "../base/clock.ts";
import { Queue } from "../base/queue.ts";
import type { Link, LinkInfo } from "./link.ts";

/** The far side of a link inside this process: what answers a command with its data phase. */
export interface MemoryEndpoint {
  readonly info: LinkInfo;
  readonly clock: Clock;
  execute(command: Uint8Array, write: Uint8Array | undefined, readLength: number): Uint8Array | Promise<Uint8Array>;
  readTrace?(length: number): Uint8Array | Promise<Uint8Array>;
  close?(): void | Promise<void>;
}

/**
 * A link to an endpoint object in the same process. Commands are padded to 16 bytes, carried out in order, and answers
 * are cut to the length that was asked for, as the USB transfer would.
 */
export function memoryLink(endpoint: MemoryEndpoint): Link {
  const queue = new Queue();
  return {
    info: endpoint.info,
    clock: endpoint.clock,
    transfer: (command, write, readLength = 0) =>
      queue.run(async () => {
        const answer = await endpoint.execute(padded(command), write, readLength);
        return answer.length > readLength ? answer.subarray(0, readLength) : answer;
      }),
    readTrace: (length) => queue.run(async () => (await endpoint.readTrace?.(length)) ?? new Uint8Array()),
    close: () => queue.run(async () => endpoint.close?.()),
  };
}

/** `command` as the 16-byte block that goes over the wire. */
export function padded(command: Uint8Array): Uint8Array {
  if (command.length === 16) return command;
  const block = new Uint8Array(16);
  block.set(command.subarray(0, 16));
  return block;
}
