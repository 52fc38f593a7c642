/**
 * Facts: what was read, from a target, a log, a command line or a project. Rules (`rules/`) conclude findings from
 * them and from nothing else, so that one rule serves the live server, `doctor` and `explain` alike.
 *
 * A fact says what a thing *is* ("nothing answered on the wires under reset at 950 kHz"), never which words a tool
 * chose for it: readers of logs (`logs/`) turn each tool's words into these kinds. A kind that no fact stands for yet
 * is added here, with its unit and meaning.
 */

/** Programs whose output is understood. */
export type Tool =
  | "st-link-gdbserver"
  | "stm32cubeprogrammer"
  | "st-link-utility"
  | "stm32cubeide"
  | "stlink-server"
  | "openocd"
  | "st-util"
  | "st-flash"
  | "st-info"
  | "pyocd"
  | "probe-rs"
  | "cortex-debug"
  | "gdb"
  | "jlink-gdbserver"
  | "dfu-util"
  | "dfusecommand"
  | "stm32flash"
  | "stm32loader"
  | "black-magic"
  | "uvision"
  | "pystlink"
  | "system"
  /** A build or upload tool, a script or another program that drives one: known by its failure only. */
  | "other"
  | "probity";

/** How a tool goes about connecting: reset held low, reset (or only halted) after connecting, or left running. */
export type ConnectManner = "under-reset" | "normal" | "attach";

/** How far a session got; in this order. */
export type Stage =
  | "started"
  | "probe-opened"
  | "target-connected"
  | "identified"
  | "loader-run"
  | "server-ready"
  | "client-connected"
  | "erased"
  | "programmed"
  | "verified"
  | "running";

/** The value of each kind of fact. */
export interface FactValues {
  // -- who speaks, and what it was asked --
  tool: { readonly name: Tool; readonly version?: string };
  /** An option as given, by ST's long name where ST has one (`extload`, `initialize-reset`, `apid`, `frequency`). */
  option: { readonly name: string; readonly value: string; readonly tool?: Tool };
  /** A transport that the tool took by itself, since none was asked for. */
  "transport-chosen": { readonly transport: "jtag" };
  /** How this session goes about connecting, whether or not that succeeded. */
  "connect-mode": { readonly mode: ConnectManner };
  stage: { readonly stage: Stage; readonly reached: boolean };
  "exit-status": { readonly status: number; readonly tool?: Tool };
  /** From here on a tool was run as root (`sudo st-info`). */
  "run-as-root": Record<string, never>;
  "operating-system": { readonly name: "windows" | "linux" | "macos" };
  /** What a tool itself says the cause is, in its words: weak evidence, named so that it can be refuted. */
  verdict: { readonly tool?: Tool; readonly text: string };
  /** A moment: seconds since start as the log tells, if it does. */
  time: { readonly seconds: number };

  // -- the probe and its cable --
  "probe-kind": { readonly name: string; readonly productId?: number };
  "probe-serial": { readonly serial: string };
  /** `stlink` is the number after V..J: V2J34 is generation 2, stlink 34. */
  "probe-firmware": { readonly text: string; readonly generation?: number; readonly stlink?: number };
  /** A tool says that newer firmware for the probe exists. */
  "probe-update-offered": Record<string, never>;
  "probe-trouble": {
    readonly what:
      | "none-found"
      /** The system has no USB bus at all; `detail`: what it runs in, where that shows. */
      | "no-usb"
      | "serial-not-found"
      | "permission"
      | "busy"
      | "usb-error"
      | "unplugged"
      | "dfu-mode"
      | "driver-missing"
      | "firmware-too-old"
      | "upgrade-refused"
      /** An update of its firmware began and broke off; `detail`: what is left. */
      | "upgrade-broken"
      | "shared-server-missing"
      | "shared-server-refused"
      /** Nobody listens where an stlink-server was looked for. */
      | "server-absent"
      /** Something listens there that is none; `detail`: what it did. */
      | "server-strange"
      /** The server went away, or fell silent, in the middle of a session; `detail`: how. */
      | "server-gone"
      | "unsupported";
    readonly detail?: string;
    /** What was looked for, where it is no ST-LINK: `J-Link`. */
    readonly kind?: string;
    /** What else the tool's words may come of: it names both in one breath, or its own code lacks the same. */
    readonly or?: "busy" | "tool";
    /** The stlink-server that is, or should be, in front of the probe: `tcp:lab:7184`. */
    readonly server?: string;
  };

  // -- the chip's own boot loader, without a probe --
  /** A serial port of the computer that could not be opened; why, where the system's words tell. */
  "serial-port-failed": { readonly port?: string; readonly why?: "missing" | "busy" | "permission" };
  /**
   * What ST's boot loader (AN2606) answered: `refused` is its 0x1F or an error of DFU, `garbled` a byte that is none of its
   * answers; `unread`: it is there, and a read through it failed, refused or lost on the way. `to`: what was asked, in words.
   */
  "boot-loader": {
    /** `bus`: SPI, I2C or CAN, by the bridge of an STLINK-V3. */
    readonly over: "serial" | "usb" | "bus";
    readonly answer: "ok" | "none" | "refused" | "garbled" | "error" | "unread";
    readonly to?: string;
  };

  /** What the firmware upgrade service of a WB's second core (FUS; AN5185) answered, and the tool's word for it. */
  fus: {
    readonly answer:
      | "ok"
      | "not-authentic"
      | "corrupt"
      | "not-found"
      | "no-space"
      | "rollback"
      | "not-running"
      | "key"
      /** The tool does not hand it the image: it is not for this chip or for what is installed. */
      | "unfit"
      | "unknown";
    readonly text: string;
  };
  /** A step of the embedded flashing of an MP1 or MP2: which partition of the layout, and whether it was done. */
  "embedded-flashing": {
    /** `gadget`: the USB device of the stage that was started, by which the rest is sent, was not had. */
    readonly step: "download" | "start" | "gadget";
    readonly partition: number;
    readonly done: boolean;
  };

  /**
   * A chip's debug authentication (AN6008): `none`, its boot code did not answer; `answered`, discovery went through;
   * `refused`, what was asked was not granted. `untold`: the text ends where an answer should come.
   */
  "debug-authentication": {
    readonly answer: "none" | "answered" | "refused" | "ok";
    readonly text: string;
    readonly untold?: true;
  };
  /** A chip's secure service (RSS) did not start, or did not do what it was asked: what about, and the tool's word. */
  "secure-service-failed": {
    readonly about: "rss" | "install" | "license" | "provisioning";
    readonly text: string;
  };

  // -- power and wires --
  /** Volts at VTref as the probe measures them. */
  voltage: { readonly volts: number };
  /** A tool says that the supply is too low: below how many volts that is to it. */
  "voltage-below": { readonly volts: number };
  /** Wire clock in kHz: the one in force, and the one asked for. */
  "wire-clock": { readonly khz: number; readonly asked?: number };
  /**
   * What came back on SWD or JTAG: `ok`, `none` (no acknowledge at all), `error` (parity, protocol, garbled), `wait`
   * or `fault` (an acknowledge that is not OK).
   */
  "wire-answer": {
    readonly answer: "ok" | "none" | "error" | "wait" | "fault";
    readonly manner?: ConnectManner;
    readonly khz?: number;
    readonly protocol?: "swd" | "jtag";
  };
  /** A tool tries once more by itself, at a lower clock, and otherwise as before. */
  "connect-retry": Record<string, never>;
  /** A target that answered stops answering: while doing what. `clocksKept`: DBGMCU kept the debug port's clocks on. */
  "target-lost": {
    readonly clocksKept?: boolean;
    readonly during: "run" | "reset" | "erase" | "program" | "verify" | "step" | "idle" | "connect" | "session";
  };
  /** A target that was lost, or did not answer, answers: in which manner. */
  "target-back": { readonly manner?: ConnectManner };
  /** Accesses to a register that never changes, how many came back garbled or wrong, and in how many runs. */
  "wire-quality": {
    readonly khz: number;
    readonly accesses: number;
    readonly errors: number;
    readonly bursts?: number;
  };
  /**
   * A program was let run after a connect under reset: whether the debug port went on answering for so long, or until
   * when it did. `clocksKept`: DBGMCU held the clocks of the debug port on in STOP and STANDBY meanwhile.
   */
  "run-watched": {
    readonly answered: boolean;
    readonly milliseconds: number;
    /** When it was found silent: it went so between `milliseconds` and this. */
    readonly until?: number;
    readonly clocksKept: boolean;
  };
  /** Debug registers that only a loss of power clears had been cleared: the supply was gone for a moment. */
  "power-lost": Record<string, never>;
  /**
   * Level of NRST, and whether the probe pulls it low itself at that time. `or`: a tool names read protection in one breath
   * with it, as what else would look the same to it.
   */
  nrst: { readonly level: "low" | "high"; readonly driven: boolean; readonly or?: "read-protection" };
  /** S_RESET_ST after the probe pulsed NRST: whether the core saw a reset. */
  "nrst-follows": { readonly follows: boolean };

  // -- debug port and chip --
  /** DPIDR or JTAG IDCODE, and the one that a tool expected. */
  idcode: { readonly value: number; readonly expected?: number };
  cpuid: { readonly value: number };
  /** JEP106 designer of the ROM table's peripheral id: 0x20 is ST. `bank` counts continuation codes. */
  designer: { readonly code: number; readonly bank?: number };
  /** An access port that could not be read or used; `nonsense`: what was read through it cannot be what is there. */
  "access-port-failed": { readonly ap?: number; readonly nonsense?: true };
  "device-id": { readonly id: number; readonly revision?: number; readonly expected?: number };
  /** A tool has no description of the chip that was named to it: it is too old, lacks a package, or the name is wrong. */
  "chip-unsupported": {
    readonly name?: string;
    /**
     * What it has of the chip, or lacks; left out: it does not know it. `several` ways to write its flash and no rule which
     * to take; a flash `driver` that says for which families it is, while the target bears another name; the `core` alone,
     * since no chip was named; the `name`, and no numbers of its memories; it read the core, and has `no-flash` of its chips'.
     */
    readonly has?: "several" | "driver" | "core" | "name" | "no-flash";
  };
  /** Name of the chip as a tool or a project says it. */
  "chip-name": { readonly name: string; readonly by: "tool" | "project" | "option" };
  /**
   * Flash size in KiB as the size register or the tool says; `raw` is the register's half-word. `assumed`: the tool could
   * not read it and took the largest of the group.
   */
  "flash-size": { readonly kib: number; readonly raw?: number; readonly assumed?: boolean };
  genuine: { readonly verdict: "st" | "clone" | "doubtful"; readonly maker?: string };
  /** Read protection; `level` where the family counts them. `inferred`: from a refusal that protection alone explains best. */
  "read-protection": { readonly on: boolean; readonly level?: 0 | 1 | 2; readonly inferred?: boolean };
  /** First addresses or page numbers that are write-protected; empty: none. */
  "write-protection": { readonly pages: readonly number[] };
  trustzone: { readonly on: boolean };
  /** Option bytes that were to be written and read back otherwise, by ST's names. */
  "option-bytes-kept": { readonly names: readonly string[] };
  /** Option bytes were written, as a tool says, and took effect. */
  "option-bytes-written": Record<string, never>;

  // -- the core and its program --
  core: {
    readonly state: "halted" | "running" | "sleeping" | "lockup" | "in-reset" | "unknown";
    /** Why it is halted, as DFSR or the tool tells. */
    readonly why?: string;
  };
  /** The core did not stop when it was told to, or a reset that a tool asked for was not seen to end in a stop. */
  "halt-failed": {
    readonly manner?: ConnectManner;
    /** The core's own debug registers were read, and say that it has not stopped. */
    readonly answering?: true;
  };
  /** A core register: `pc`, `sp`, `lr`, `xpsr`, `r0`... */
  "core-register": { readonly name: string; readonly value: number };
  /** A memory-mapped register by its manual's name: `CFSR`, `HFSR`, `BFAR`, `RCC_CSR`, `FLASH_SR`, `AFIO_MAPR`. */
  register: { readonly name: string; readonly value: number; readonly address?: number };
  /** Reset causes that the chip's flags tell (`IWDGRSTF`...), since they were last cleared. */
  "reset-flags": { readonly flags: readonly string[] };
  /** Resets seen while watching: how many in how many milliseconds. */
  "resets-seen": { readonly count: number; readonly milliseconds: number };
  /** The exception that is being handled: 0 none, 3 HardFault, 4 MemManage, 5 BusFault, 6 UsageFault (ARMv7-M B1.5.2). */
  "exception-active": {
    readonly number: number;
    /** It ended the tool's own program for writing flash. */
    readonly inAlgorithm?: true;
    /** The tool stopped at it, and neither names its kind nor shows what raised it: a panic may have. */
    readonly unnamed?: true;
  };
  /**
   * What exception entry pushed: where the code was when it faulted. `code` are the two half-words from the stacked PC on,
   * `codeBefore` the one before it, if they could be read; `r0` tells which call a semihosting breakpoint makes.
   */
  "stacked-frame": {
    readonly at: number;
    readonly pc: number;
    readonly lr: number;
    readonly xpsr?: number;
    readonly r0?: number;
    readonly code?: readonly number[];
    readonly codeBefore?: number;
  };
  /** Flash holds nothing but erased bytes, as far as so many bytes from `at` were looked at. */
  "flash-blank": { readonly at: number; readonly bytes: number };
  /** First two words of the vector table, and from where. */
  "vector-table": { readonly at: number; readonly stackPointer: number; readonly resetVector: number };
  /** What answers at address 0. */
  "boot-memory": { readonly memory: "flash" | "system" | "sram" | "unknown" };
  /** A stop as GDB or a server reports it. */
  stop: {
    readonly signal?: string;
    readonly pc?: number;
    readonly function?: string;
    /** The program's file has no debug information of this place. */
    readonly unknown?: true;
  };

  // -- external loaders --
  loader: { readonly name: string; readonly path?: string };
  "loader-init": {
    readonly outcome: "ok" | "failed" | "timed-out";
    /** What the tool says Init() returned. */
    readonly returned?: number;
    /** The core still ran when the tool gave up, after so many seconds. */
    readonly running?: boolean;
    readonly waited?: number;
  };
  /** An external loader was set to work, whether or not its name is told. */
  "loader-started": Record<string, never>;
  /** A dump of registers: name and value in order. */
  "register-dump": { readonly registers: readonly (readonly [name: string, value: number])[] };

  // -- flash and images --
  /** What a tool's own driver for serial flash outside of the chip found; `id` and `address` as it tells them. */
  "external-flash": {
    /** `none`: no ID, or no answer to a command; `unknown`: an ID that it does not have; `no-controller`: no QUADSPI or OCTOSPI. */
    readonly answer: "none" | "unknown" | "no-controller";
    readonly id?: number;
    readonly address?: number;
  };
  "flash-trouble": {
    readonly operation: "erase" | "program" | "verify" | "read" | "algorithm" | "option-bytes";
    readonly reason?:
      | "protected"
      | "mismatch"
      | "timeout"
      | "size"
      /** The tool compared the image with the size of flash, and it is larger. */
      | "too-large"
      | "alignment"
      | "secure"
      | "algorithm"
      | "no-memory";
    readonly address?: number;
    readonly expected?: number;
    readonly found?: number;
    /** It was external memory, which an external loader works on. */
    readonly external?: true;
  };
  /** Memory at such an address was read without an error. */
  "flash-read": { readonly address: number };
  /** A part of the image: where it goes. `whole`: the size is that of all parts of the file, some of which may go elsewhere. */
  "image-part": {
    readonly address: number;
    readonly size?: number;
    readonly section?: string;
    readonly whole?: boolean;
  };
  "image-file": { readonly path: string };
  /** The program for the chip was started as one of the computer's. */
  "image-launched": { readonly path?: string };
  /** A program of the computer's crashed: by which signal, and which program where the text names it. */
  "program-crashed": { readonly signal: string; readonly program?: string };
  /** A tool opened a program's file and found no program in it that it can take. */
  "image-unusable": {
    readonly path?: string;
    /** Two of its parts claim the same addresses. */
    readonly overlaps?: true;
    /** It was signed, and its payload does not begin where the boot ROM looks for it. */
    readonly unaligned?: true;
  };

  // -- set-up: ports, paths, versions --
  "port-taken": { readonly port: number; readonly system?: string };
  "option-unknown": {
    readonly option: string;
    /** It is not there, and has to be. */
    readonly lacking?: true;
    /** The option is known, its value is refused; or `option` is the tool's sentence about its command line. */
    readonly refused?: "value" | "words";
    /** It is for another GDB server than `program`: by cortex-debug's names of their kinds, for which, and which it is. */
    readonly meant?: { readonly type: string; readonly fits: string; readonly program: string };
  };
  /** The linker found a region of its script too small, by how many bytes where it says so. */
  "link-overflow": { readonly region: string; readonly bytes?: number };
  /**
   * An IDE could not launch: its configuration names a project that is not there, nothing was chosen that can be launched,
   * or it fails without a reason.
   */
  "launch-unfit": { readonly what: "project" | "none" | "unsaid"; readonly name?: string };
  /** OpenOCD has no driver for the probe, or one that does not offer the transport. */
  "adapter-unfit": { readonly transport?: string; readonly driver?: string };
  /** OpenOCD does not take a command, driver or target type that its configuration has; no `why`: it does not know it. */
  "config-unfit": {
    readonly command: string;
    readonly why?: /** It printed how the command is used: a subcommand that it lacks, or arguments that it does not take. */
      | "usage"
      /** It is there only after `init`, and was not, or before it, and was after. */
      | "early"
      | "late"
      /** What it makes was there already. */
      | "twice"
      /** A value that it does not take; `command` has it. */
      | "value"
      /** A name of the configuration's own that was never made, or by a file that was left out. */
      | "name"
      /** It is one of JTAG's, and the session's transport is another. */
      | "transport"
      /** A flash bank that the chip has not; `command` says which. */
      | "bank"
      /** The command with its arguments came as one word. */
      | "one-word"
      /** No well-formed Tcl; `command` is what the interpreter says. */
      | "syntax";
  };
  "path-missing": {
    readonly what: "stm32cubeprogrammer" | "program" | "loader" | "library" | "config" | "other";
    readonly path?: string;
    /** It may be a program that has nothing to do with debugging, or was not needed. */
    readonly doubtful?: boolean;
  };
  /** The chip answers, but which one it is could not be read, or is in no list of the tool's. */
  "chip-unidentified": {
    readonly id?: number;
    /** What a tool took for the ID is a number that no chip has: the read of it went wrong. */
    readonly garbage?: number;
    /** It is what a read that failed leaves behind: an address or value that was sent, or the probe's own number. */
    readonly echo?: boolean;
    /** A second look gave the same. */
    readonly confirmed?: boolean;
  };
  /** A server ends: a client left, it gave up, or it was told to. */
  "server-ended": { readonly why: "client-left" | "error" | "unknown" };
  /** A log says something that cannot be: a defect of the tool that wrote it. */
  "tool-defect": {
    readonly what:
      | "init-return"
      | "zero-bytes"
      | "registers-unread"
      | "flash-size"
      | "port-status"
      | "power-and-cabling";
    readonly detail?: string;
  };
  "version-mismatch": { readonly between: string };
  /** More breakpoints or watchpoints were asked for than the core has comparators. */
  "breakpoints-exhausted": {
    readonly watchpoint?: boolean;
    /** It is none that a comparator of this core can make, however many are free. */
    readonly beyond?: true;
  };
  /** GDB or an IDE could not talk to its server. */
  "client-trouble": {
    readonly what:
      | "refused"
      | "timed-out"
      | "closed"
      | "protocol"
      /** The registers that came are not those that this GDB expects: it is built for another processor. */
      | "architecture"
      | "not-st"
      /** The server has as many clients as it takes. */
      | "occupied"
      /** It was told to work on a target that it has no connection to. */
      | "unconnected"
      | "load-failed"
      | "memory"
      | "other";
    readonly address?: number;
    readonly detail?: string;
    /** It was a write that failed. */
    readonly write?: true;
  };
  /** A program in Python met an error of programming in itself: its words. */
  "script-error": { readonly text: string };
  /** The tool takes sectors of the flash that it is to erase for not existing, from this number on. */
  "sectors-unknown": { readonly first: number };
  /** SEGGER's real-time transfer: its control block was not in the RAM that the tool looked through. */
  "rtt-missing": { /** The ELF file has no symbol for it. */ readonly symbol?: false };
  /** An error that a tool tells in words that no reader has. */
  "unknown-error": { readonly text: string };
  /** Anything else an error of ours carries: its code. */
  "error-code": { readonly code: string; readonly message: string };
}

export type FactKind = keyof FactValues;

/** Where a fact was read. */
export type FactSource =
  /** A read of the target or probe, and in which step: `DPIDR, under reset`. */
  | { readonly from: "target"; readonly what: string }
  /** A line of a log; `line` counts from 1 in the file as given. `guessed`: only what its words are about is known. */
  | {
      readonly from: "log";
      readonly line: number;
      readonly text: string;
      readonly tool?: Tool;
      readonly guessed?: boolean;
    }
  /** A command line's option. */
  | { readonly from: "option"; readonly text: string }
  | { readonly from: "project"; readonly file: string; readonly line?: number; readonly key?: string };

/** One thing that was read. */
export interface FactOf<Kind extends FactKind> {
  readonly kind: Kind;
  readonly value: FactValues[Kind];
  readonly source: FactSource;
}

export type Fact = { [Kind in FactKind]: FactOf<Kind> }[FactKind];

/** Makes a fact; saves writing its type. */
export function fact<Kind extends FactKind>(kind: Kind, value: FactValues[Kind], source: FactSource): FactOf<Kind> {
  return { kind, value, source };
}
