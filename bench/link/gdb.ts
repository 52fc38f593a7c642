import { MiGdb } from "../../test/gdb/gdb-multiarch.ts";

/** GDB with what the jobs need. */
export class Gdb extends MiGdb {
  /** As typed at GDB's prompt. */
  console(text: string): Promise<string> {
    return this.command(`-interpreter-exec console "${text}"`, 60_000);
  }

  /** A command that lets the target run; until it has stopped. */
  async run(text: string): Promise<void> {
    this.forget();
    await this.console(text);
    await this.until(/^\*stopped/);
  }
}
