import type { HaltReason } from "../cortexm/core.ts";
import type { DebugSession } from "../session/debug-session.ts";
import type { GdbClient } from "./gdb-client.ts";
import { inputOutputError, messageWithRemedy } from "./reply.ts";
import { signal, signalOf, stopReply } from "./stop-reply.ts";

/**
 * Running and stopping as one debugger sees it. A resumed debugger waits: the next stop, whoever caused it, is answered
 * with one stop reply. Ctrl-C may come at any moment, even before the resume it is meant for was carried out.
 */
export class RunControl {
  readonly #session: DebugSession;
  readonly #client: GdbClient;
  #state: "stopped" | "waiting" | "stepping" | "reporting" = "stopped";
  #interrupted = false;

  constructor(session: DebugSession, client: GdbClient) {
    this.#session = session;
    this.#client = client;
  }

  /** True while the debugger expects a stop reply; console output may be sent to it then. */
  get waiting(): boolean {
    return this.#state !== "stopped";
  }

  /** Ctrl-C was pressed, or the debugger is gone: what takes long shall end. */
  get interruptWanted(): boolean {
    return this.#interrupted;
  }

  /** Ctrl-C. Without a resume in sight it does nothing, as ST's server: a halted core gives no second stop. */
  interrupt(): void {
    this.#interrupted = true;
    if (this.#state === "waiting") this.#haltForInterrupt();
  }

  /** All packets that came before are answered and none resumed: an interrupt meant nothing. */
  forgetInterrupt(): void {
    if (this.#state === "stopped") this.#interrupted = false;
  }

  /** The debugger is gone: nothing is to be reported any more, and a range step ends. */
  abandon(): void {
    this.#interrupted = true;
    if (this.#state === "waiting") this.#state = "stopped";
  }

  /** Lets the core run (or waits along when another debugger has already let it). */
  async resume(address?: number): Promise<void> {
    this.#state = "waiting";
    this.#client.flushConsole();
    try {
      if (this.#session.runState !== "running") {
        if (address !== undefined) await this.#session.writeRegister("pc", address);
        await this.#session.resume();
      }
    } catch (error) {
      // An interrupt may have failed before it, and be answered.
      if (this.#state === "waiting") await this.#fail(error);
      return;
    }
    if (this.#interrupted) this.#haltForInterrupt();
  }

  /** One instruction. */
  async step(address?: number): Promise<void> {
    await this.#stepping(async () => {
      if (address !== undefined) await this.#session.writeRegister("pc", address);
      return this.#session.step();
    });
  }

  /** `vCont;r`: steps while PC is in [start, end). */
  async stepRange(start: number, end: number): Promise<void> {
    await this.#stepping(() => this.#session.stepRange(start, end, () => this.#interrupted));
  }

  /** `vCont;t`: halts the core; the stop is signal 0, as nobody pressed Ctrl-C. */
  async stop(): Promise<void> {
    if (this.#session.runState === "running") await this.#session.halt();
    if (!this.waiting) await this.#report({ kind: "request" }, signal.none);
  }

  /** Puts the core at its reset vector, halted (`vRun`, `R`). */
  async restart({ afterLoad = false } = {}): Promise<void> {
    await this.#session.reset("system", { halt: true, afterLoad });
  }

  /** The session saw the core halt. */
  onHalted(reason: HaltReason): void {
    if (this.#state === "waiting") void this.#report(reason);
  }

  /** The core was reset and halted by somebody else while this debugger waits; some resets come without a halt event. */
  onResetHalted(): void {
    if (this.#state !== "waiting") return;
    setImmediate(() => void this.#reportAsItIs());
  }

  /** The answer to `?`: why the core is halted; signal 0 and no registers when it runs (for who only watches). */
  async describe(): Promise<string> {
    if (this.#session.runState === "running") return stopReply(signal.none, undefined, undefined, this.#client);
    const reason = await this.#session.haltReason();
    const number = reason.kind === "request" ? signal.trap : signalOf(reason);
    return stopReply(number, reason, await this.#session.registers(), this.#client);
  }

  async #stepping(operation: () => Promise<HaltReason>): Promise<void> {
    if (this.#session.runState === "running") {
      await this.#fail(new Error("The core runs; it cannot be stepped."));
      return;
    }
    this.#state = "stepping";
    this.#client.flushConsole();
    try {
      const reason = await operation();
      const interrupted = this.#interrupted && reason.kind === "step";
      await this.#report(interrupted ? { kind: "request" } : reason);
    } catch (error) {
      await this.#fail(error);
    }
  }

  #haltForInterrupt(): void {
    this.#session.halt().then(
      () => this.#reportAsItIs(),
      (error) => {
        if (this.#state === "waiting") void this.#fail(error);
      },
    );
  }

  /** Answers a debugger that still waits although the core is halted (it halted by itself just before, say). */
  async #reportAsItIs(): Promise<void> {
    if (this.#state !== "waiting" || this.#session.runState === "running") return;
    try {
      const reason = await this.#session.haltReason();
      this.onHalted(reason);
    } catch (error) {
      await this.#fail(error);
    }
  }

  async #report(reason: HaltReason, signalNumber = signalOf(reason)): Promise<void> {
    this.#state = "reporting";
    try {
      if (reason.kind === "vector-catch" && signalNumber === signal.segmentation)
        this.#client.console(`The core stopped: ${reason.cause}\n`);
      const registers = await this.#session.registers();
      this.#state = "stopped";
      this.#interrupted = false;
      this.#client.send(stopReply(signalNumber, reason, registers, this.#client));
    } catch (error) {
      await this.#fail(error);
    }
  }

  /** A resume that could not be: GDB shows the console line, warns of the reply and takes the core for stopped. */
  async #fail(error: unknown): Promise<void> {
    this.#state = "reporting";
    const told = await this.#client.explain(error);
    this.#state = "stopped";
    this.#interrupted = false;
    this.#client.send(`O${Buffer.from(`${messageWithRemedy(told)}\n`, "utf8").toString("hex")}`);
    this.#client.send(inputOutputError);
  }
}
