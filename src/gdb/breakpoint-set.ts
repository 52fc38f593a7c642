import type { WatchAccess } from "../cortexm/core.ts";
import type { BreakpointKind, DebugSession } from "../session/debug-session.ts";

/** What `Z` asks for. */
export type StopPoint =
  | { readonly kind: BreakpointKind; readonly address: number; readonly length: number }
  | { readonly kind: WatchAccess; readonly address: number; readonly length: number };

/**
 * The breakpoints and watchpoints of one debugger. The session counts those of all; this set makes `Z` and `z` of one
 * debugger repeatable (GDB manual, "Packets", `z`) and knows what to take
 * back when it leaves.
 */
export class BreakpointSet {
  readonly #session: DebugSession;
  readonly #points = new Map<string, StopPoint>();

  constructor(session: DebugSession) {
    this.#session = session;
  }

  get size(): number {
    return this.#points.size;
  }

  async add(point: StopPoint): Promise<void> {
    const key = keyOf(point);
    if (this.#points.has(key)) return;
    const { address, length } = point;
    if (isBreakpoint(point)) await this.#session.addBreakpoint(point.kind, address, length);
    else await this.#session.addWatchpoint(point.kind, address, length);
    this.#points.set(key, point);
  }

  async remove(point: StopPoint): Promise<void> {
    if (!this.#points.delete(keyOf(point))) return;
    const { address, length } = point;
    if (isBreakpoint(point)) await this.#session.removeBreakpoint(point.kind, address, length);
    else await this.#session.removeWatchpoint(point.kind, address, length);
  }

  /** Takes all back; goes on when one fails and then rejects with the first failure. */
  async clear(): Promise<void> {
    const failures: unknown[] = [];
    for (const point of [...this.#points.values()]) await this.remove(point).catch((error) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  }

  /** As which kind this debugger knows a breakpoint at `address`, if it set one there. */
  breakpointAt(address: number): BreakpointKind | undefined {
    for (const point of this.#points.values()) {
      if (isBreakpoint(point) && (point.address & ~1) === (address & ~1)) return point.kind;
    }
    return undefined;
  }

  /** The kind of this debugger's watchpoint that an access of kind `access` at `address` must have hit. */
  watchpointAt(address: number, access: WatchAccess): WatchAccess | undefined {
    const hits = [...this.#points.values()].filter(
      (point) => !isBreakpoint(point) && address >= (point.address & ~3) && address < point.address + point.length,
    );
    return (hits.find((point) => point.kind === access) ?? hits[0])?.kind as WatchAccess | undefined;
  }
}

function isBreakpoint(point: StopPoint): point is Extract<StopPoint, { readonly kind: BreakpointKind }> {
  return point.kind === "software" || point.kind === "hardware";
}

function keyOf(point: StopPoint): string {
  return `${point.kind}:${point.address}:${point.length}`;
}
