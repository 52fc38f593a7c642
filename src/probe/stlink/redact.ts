import { readU32, writeU32 } from "../../base/bytes.ts";
import type { Asked, Exchange } from "../../link/recording/exchange.ts";
import { debug, dpPort, group, miscItem } from "./commands.ts";
import { type MiscItem, miscArguments, parseCommand } from "./parse-command.ts";

/** Registers of a memory access port (ADIv5.2 C2.6): where data passes through them, and where their address stands. */
const memAp = { tar: 0x04, drw: 0x0c, bd0: 0x10, bd3: 0x1c } as const;

/**
 * What may be kept: peripherals, the private peripheral bus, and what identifies a chip or its options (system memory,
 * option bytes, device signatures), whose places are the same in whole groups of families. Everything else may hold the
 * user's program or its data.
 */
const kept: readonly (readonly [start: number, end: number, largest?: number])[] = [
  [0x40000000, 0x60000000],
  [0xe0000000, 0x100000000],
  // System memory, option bytes, flash size and unique id; OTP lies there too, so nothing long is kept.
  [0x1ff00000, 0x20000000, 32],
  [0x0bfa0000, 0x0bfb0000, 32],
  [0x08fff000, 0x09000000, 32],
];

function mayHoldContent(address: number, length: number): boolean {
  return !kept.some(([start, end, largest = Number.POSITIVE_INFINITY]) => {
    return address >= start && address + length <= end && length <= largest;
  });
}

/**
 * Leaves the contents of memories out of exchanges: bytes become zeros, in as many as there were. It follows the address
 * registers of access ports and the lists of RW_MISC, so all exchanges of a link have to go through one of these, in order.
 */
export class Redactor {
  readonly #targetAddress = new Map<number, number>();
  #items: readonly MiscItem[] = [];

  /** What was asked, without contents. */
  asked<Question extends Asked>(asked: Question): Question & { readonly redacted?: boolean } {
    return this.#hide(asked, undefined) as Question & { readonly redacted?: boolean };
  }

  /** A whole exchange without contents. */
  exchange<Whole extends Omit<Exchange, "number">>(exchange: Whole): Whole {
    return this.#hide(exchange, exchange.data) as Whole;
  }

  #hide(
    asked: Asked,
    data: Uint8Array | undefined,
  ): Asked & { readonly data?: Uint8Array; readonly redacted?: boolean } {
    const { kind, command, write } = asked;
    const zeroed = {
      write: write && new Uint8Array(write.length),
      ...(data !== undefined && { data: new Uint8Array(data.length) }),
      redacted: true,
    };
    // What a program says over SWO stands in its flash.
    if (kind === "trace") return { ...asked, ...zeroed };
    const parsed = parseCommand(command, write);
    switch (parsed.kind) {
      case "memory": {
        const length = parsed.sameAddress ? 4 : Math.max(parsed.length, write?.length ?? 0, asked.readLength);
        return mayHoldContent(parsed.address, length) ? { ...asked, ...zeroed } : asked;
      }
      case "debug-word": {
        if (!mayHoldContent(parsed.address, 4)) return asked;
        return parsed.direction === "read" ? withoutWord(asked, data, 4) : withoutArgument(asked);
      }
      case "dap-register": {
        const { port, register, value, direction } = parsed;
        if (port === dpPort) return asked;
        if (register === memAp.tar && direction === "write") this.#targetAddress.set(port, value);
        const passesData = register === memAp.drw || (register >= memAp.bd0 && register <= memAp.bd3);
        if (!passesData) return asked;
        const address = this.#targetAddress.get(port);
        // An address of which nothing is known may be any.
        if (address !== undefined && !mayHoldContent(address, 4)) return asked;
        return direction === "read" ? withoutWord(asked, data, 4) : withoutArgument(asked);
      }
      case "misc": {
        this.#items = parsed.items;
        return write === undefined ? asked : this.#withoutItems(asked, write);
      }
      case "question":
        if (command[0] === group.debug && command[1] === debug.rwMiscIn && data !== undefined) {
          return this.#withoutResults(asked, data);
        }
        return asked;
      default:
        return asked;
    }
  }

  #withoutItems(asked: Asked, write: Uint8Array): Asked & { readonly redacted?: boolean } {
    const count = readU32(asked.command, 2);
    const hidden = new Uint8Array(write);
    let address: number | undefined;
    let redacted = false;
    for (const [i, { opcode, argument }] of this.#items.entries()) {
      if (opcode === miscItem.address) address = argument;
      if (opcode !== miscItem.write || (address !== undefined && !mayHoldContent(address, 4))) continue;
      writeU32(hidden, miscArguments(count) + 4 * i, 0);
      redacted = true;
    }
    return redacted ? { ...asked, write: hidden, redacted } : asked;
  }

  #withoutResults(asked: Asked, data: Uint8Array): Asked & { readonly data: Uint8Array; readonly redacted?: boolean } {
    const hidden = new Uint8Array(data);
    let redacted = false;
    for (const [i, { opcode, argument }] of this.#items.entries()) {
      if (opcode !== miscItem.read || !mayHoldContent(argument, 4) || 4 * i + 4 > hidden.length) continue;
      writeU32(hidden, 4 * i, 0);
      redacted = true;
    }
    return redacted ? { ...asked, data: hidden, redacted } : { ...asked, data };
  }
}

/** The reply's word at `offset` is a memory's. */
function withoutWord(asked: Asked, data: Uint8Array | undefined, offset: number): Asked & { redacted: true } {
  if (data === undefined) return { ...asked, redacted: true };
  const hidden = new Uint8Array(data);
  hidden.fill(0, offset, offset + 4);
  return { ...asked, data: hidden, redacted: true } as Asked & { redacted: true };
}

/** The word at bytes 6 to 9 of the block is a memory's. */
function withoutArgument(asked: Asked): Asked & { redacted: true } {
  const command = new Uint8Array(asked.command);
  command.fill(0, 6, 10);
  return { ...asked, command, redacted: true };
}
