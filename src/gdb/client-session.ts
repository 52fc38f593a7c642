import { toHex } from "../base/bytes.ts";
import type { DebugSession } from "../session/debug-session.ts";
import { BreakpointSet } from "./breakpoint-set.ts";
import type { GdbClient, LogLevel } from "./gdb-client.ts";
import { latin1 } from "./packet.ts";
import { framePacket, hexText, type Payload, plainText } from "./packet-encoder.ts";
import { answer } from "./packets/registry.ts";
import { messageOf } from "./reply.ts";
import type { RspConnection } from "./rsp-connection.ts";
import { RunControl } from "./run-control.ts";

/** What a debugger's connection needs of the server around it. */
export interface ClientSurroundings {
  readonly session: DebugSession;
  readonly packetSize: number;
  readonly traces: boolean;
  isControlling(client: ClientSession): boolean;
  /** Resolves when nothing is worked on any more for debuggers whose connection is closed. */
  othersGone(): Promise<void>;
  /** The first packet came: this is a debugger and no port scan. Resolves when the core is as it shall be found. */
  arrived(client: ClientSession): Promise<void>;
  attach(): Promise<void>;
  leave(client: ClientSession): Promise<void>;
  explain(error: unknown): Promise<unknown>;
  log(source: string, text: string, level: LogLevel): void;
}

/** Packets that may wait to be answered before the connection is read no further. */
const queueLimit = 64;

/** While an answer takes longer than this, GDB is shown every so often that the connection lives; in milliseconds. */
const signOfLife = 500;

/** Console lines that are kept for a debugger until the protocol allows them; older ones go first. */
const backlogLimit = 20;

/** Characters of a packet that the log shows. */
const traceLimit = 160;

/** One connected debugger: answers its packets in their order, and Ctrl-C out of order. */
export class ClientSession implements GdbClient {
  readonly id: number;
  readonly session: DebugSession;
  readonly breakpoints: BreakpointSet;
  readonly run: RunControl;
  readonly packetSize: number;
  readonly announced = new Set<string>();
  extended = false;
  attached = true;
  loading = false;
  dpSelect = 0;
  /** True once a packet came. */
  isDebugger = false;
  /** The debugger said goodbye (`D` or `k`) before the connection ended. */
  saidGoodbye = false;

  readonly #around: ClientSurroundings;
  readonly #queue: (Uint8Array | "oversized")[] = [];
  readonly #backlog: string[] = [];
  #connection: RspConnection | undefined;
  #working: Promise<void> | undefined;
  #consoleOpen = false;
  #noAckWanted = false;
  /** Only GDB is known to skip signs of life; it alone announces this feature. */
  #isGdb = false;

  constructor(id: number, around: ClientSurroundings) {
    this.id = id;
    this.#around = around;
    this.session = around.session;
    this.packetSize = around.packetSize;
    this.breakpoints = new BreakpointSet(around.session);
    this.run = new RunControl(around.session, this);
  }

  get controlling(): boolean {
    return this.#around.isControlling(this);
  }

  connect(connection: RspConnection): void {
    this.#connection = connection;
  }

  takePacket(packet: Uint8Array | "oversized"): void {
    this.#queue.push(packet);
    if (this.#queue.length >= queueLimit) this.#connection?.hold();
    this.#working ??= this.#work();
  }

  takeInterrupt(): void {
    if (this.#around.traces) this.log("read", `<${this.id}> Rx: 0x03`, 4);
    this.run.interrupt();
    if (this.#working === undefined) this.run.forgetInterrupt();
  }

  send(payload: Payload): void {
    if (this.#around.traces) this.log("write", `<${this.id}> Tx: ${traced(payload)}`, 4);
    this.#connection?.send(payload);
  }

  console(text: string): void {
    if (this.#consoleOpen || this.run.waiting) this.#print(text);
    else {
      this.#backlog.push(text);
      if (this.#backlog.length > backlogLimit) this.#backlog.shift();
    }
  }

  openConsole(): void {
    this.#consoleOpen = true;
    this.flushConsole();
  }

  closeConsole(): void {
    this.#consoleOpen = false;
  }

  /** Sends the console lines that had to wait. */
  flushConsole(): void {
    for (const text of this.#backlog.splice(0)) this.#print(text);
  }

  attach(): Promise<void> {
    return this.#around.attach();
  }

  detach(): Promise<void> {
    this.saidGoodbye = true;
    return this.#around.leave(this);
  }

  startNoAckMode(): void {
    this.#noAckWanted = true;
  }

  end(): void {
    this.#connection?.end();
  }

  destroy(): void {
    this.#connection?.destroy();
  }

  async explain(error: unknown, text = messageOf(error), level: LogLevel = 1): Promise<unknown> {
    this.log("handlePacket", text, level);
    return this.#around.explain(error);
  }

  log(source: string, text: string, level: LogLevel): void {
    this.#around.log(source, text, level);
  }

  /** Resolves when nothing of this debugger is being worked on. */
  async idle(): Promise<void> {
    await this.#working;
  }

  async #work(): Promise<void> {
    for (let packet = this.#queue.shift(); packet !== undefined; packet = this.#queue.shift()) {
      if (this.#connection?.closed) {
        this.#queue.length = 0;
        break;
      }
      if (this.#queue.length < queueLimit) this.#connection?.release();
      this.#isGdb ||= packet !== "oversized" && isFromGdb(packet);
      const alive = this.#isGdb ? setInterval(() => this.#connection?.keepAlive(), signOfLife) : undefined;
      try {
        await this.#answer(packet);
      } finally {
        clearInterval(alive);
      }
    }
    this.#working = undefined;
    this.run.forgetInterrupt();
  }

  async #answer(packet: Uint8Array | "oversized"): Promise<void> {
    if (!this.isDebugger) {
      await this.#around.othersGone();
      if (this.#connection?.closed) return;
      this.isDebugger = true;
      await this.#around.arrived(this).catch((error) => {
        this.log("WaitConnection", `The core could not be halted: ${messageOf(error)}`, 1);
        return this.#around.explain(error);
      });
    }
    if (packet === "oversized") {
      this.log("read", `<${this.id}> A packet of more than ${this.packetSize} bytes is refused`, 1);
      this.send(`E.${plainText(`packet longer than ${this.packetSize} bytes`)}`);
      return;
    }
    if (this.#around.traces) this.log("read", `<${this.id}> Rx: ${traced(packet)}`, 4);
    const reply = await answer(packet, this);
    if (reply !== undefined) this.send(reply);
    if (this.#noAckWanted) {
      this.#noAckWanted = false;
      this.#connection?.startNoAckMode();
    }
  }

  #print(text: string): void {
    // An O packet holds two digits a byte; long texts are split.
    const digits = hexText(text);
    const most = (this.packetSize - 2) & ~1;
    for (let at = 0; at < digits.length; at += most) this.send(`O${digits.slice(at, at + most)}`);
  }
}

/** Whether a packet is GDB's own introduction: others that speak the protocol do not relocate instructions. */
function isFromGdb(packet: Uint8Array): boolean {
  const text = latin1(packet.subarray(0, 1000));
  return text.startsWith("qSupported:") && text.includes("qRelocInsn+");
}

/** A packet as the log shows it: text as it is, anything else as the first bytes in hexadecimal. */
function traced(payload: Payload): string {
  const bytes = typeof payload === "string" ? Buffer.from(payload, "latin1") : payload;
  const text = latin1(framePacket(bytes)).replaceAll("\n", " ");
  if (/^[\x20-\x7e]*$/.test(text)) return text.length > traceLimit ? `${text.slice(0, traceLimit)}...` : text;
  const dataAt = bytes.lastIndexOf(0x3a, 40) + 1;
  const readable = latin1(bytes.subarray(0, dataAt)).replace(/[^\x20-\x7e]/g, ".");
  const data = bytes.subarray(dataAt);
  return `$${readable}<${data.length} bytes: ${toHex(data.subarray(0, 16))}${data.length > 16 ? "..." : ""}>`;
}
