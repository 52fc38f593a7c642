/** How the debug wires are used. */
export type Protocol = "swd" | "jtag";

/** CSW and TAR of an access port as a client had them. */
export interface ApRegisterValues {
  readonly csw: number;
  readonly tar: number;
}

/** What one client that has a device open would find if the probe were its own. */
export class Opening {
  readonly connectId: number;
  /** Set while this client is in debug mode. */
  protocol: Protocol | undefined;
  /** It sent ENTER since its last EXIT, whatever came of it. */
  entered = false;
  /** Access ports that it opened. */
  readonly aps = new Set<number>();
  /** What GETLASTRWSTATUS would answer, once another client's access has taken its place in the probe. */
  lastStatus: Uint8Array | undefined;
  /** What RW_MISC_IN will answer. */
  queueResults: Uint8Array | Error | undefined;
  /** Sticky errors of its own that were taken out of CTRL/STAT for another client. */
  sticky = 0;
  /** CSW and TAR of access ports that it writes itself, while another client has the port; lost when they could not be read. */
  readonly apRegisters = new Map<number, ApRegisterValues | "lost">();
  /** The clock that it asked for: a divisor on V2 and V2-1, kHz on the V3. */
  readonly clock = new Map<Protocol, number>();

  constructor(connectId: number) {
    this.connectId = connectId;
  }

  /** As after EXIT: no debug mode, no open access port. */
  leaveDebug(): void {
    this.protocol = undefined;
    this.entered = false;
    this.aps.clear();
    this.apRegisters.clear();
    this.sticky = 0;
  }

  /** As after the probe was plugged in anew. */
  forget(): void {
    this.leaveDebug();
    this.lastStatus = undefined;
    this.queueResults = undefined;
    this.clock.clear();
  }
}
