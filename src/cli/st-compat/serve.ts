import { relative } from "node:path";
import { hex } from "../../base/bytes.ts";
import { isProbityError } from "../../base/errors.ts";
import { GdbServer } from "../../gdb/gdb-server.ts";
import { isGone, isServerGone } from "../../link/gone.ts";
import { probeSpecWithEngine } from "../../session/engine-of-spec.ts";
import { type OpenedSession, type OpenSessionOptions, openSession } from "../../session/open-session.ts";
import { TraceStream } from "../../session/trace-stream.ts";
import { findingsFile, LiveDiagnosis } from "../live-diagnosis.ts";
import { recordChoice } from "../record-options.ts";
import type { Terminal } from "../terminal.ts";
import { describeError, noticeLines } from "../words.ts";
import { Failures } from "./failures.ts";
import { fatalReport } from "./fatal-errors.ts";
import { chooseLoaders } from "./loaders.ts";
import { LostTarget } from "./lost-target.ts";
import type { ServerSettings } from "./option-table.ts";
import { drawProgress } from "./progress.ts";
import { type LogBit, logBits, type ServerLog } from "./server-log.ts";
import { sharedChoice } from "./shared.ts";
import { SwvServer } from "./swv-server.ts";
import { openUarts, type Uarts } from "./uarts.ts";
import { sayWhileWaiting } from "./while-waiting.ts";

/** Milliseconds for answers that are under way when the server ends by itself. */
const GOODBYE = 250;
const joinedText =
  "Note: another program uses this ST-LINK, so that the target is neither reset nor halted now, nor let run when this server " +
  "ends. To halt it: --attach, or Ctrl-C in GDB. To reset it: -k, or `monitor reset`.";
const waiting = "Waiting for debugger connection...\n";

/** Opens the probe, serves GDB until the debugger leaves or a signal comes; resolves to ST's exit status. */
export async function serve(settings: ServerSettings, log: ServerLog, terminal: Terminal): Promise<number> {
  let uarts: Uarts | undefined;
  let opened: OpenedSession | undefined;
  let diagnosis = new LiveDiagnosis();
  try {
    if (settings.given("findings-json")) diagnosis = new LiveDiagnosis(findingsFile(settings.text("findings-json")));
    opened = await sayWhileWaiting(
      (line) => terminal.error(`${line}\n`),
      (begins) => {
        const options = sessionOptions(settings, log, terminal, diagnosis);
        return openSession({
          ...options,
          log: (source, text, level) => {
            // A status line between two steps is no step.
            if (source !== "Device_GetStatus") begins(text);
            options.log(source, text, level);
          },
          diagnosis: {
            recorder: diagnosis.recorder,
            onStep: (doing) => {
              begins(`looking for the cause, ${doing}`);
              terminal.error(`Looking for the cause: ${doing}...\n`);
              log.fileLine("Device_Initialise", `Looking for the cause: ${doing}`);
            },
          },
          onLink: async (board) => {
            uarts = await openUarts(settings.list("uart"), board, settings, terminal);
          },
        });
      },
    );
    if (opened.joined) warn([joinedText], log, terminal);
    warn(diagnosis.connected(), log, terminal);
    if (settings.flag("erase-all")) await opened.session.massErase();
    return await serveSession(opened, diagnosis, settings, log, terminal);
  } catch (error) {
    return fail(error, diagnosis, log, terminal);
  } finally {
    await uarts?.close();
    await opened?.session.close().catch(() => {});
    opened?.dispose();
  }
}

function sessionOptions(
  settings: ServerSettings,
  log: ServerLog,
  terminal: Terminal,
  diagnosis: LiveDiagnosis,
): OpenSessionOptions {
  const loaders = chooseLoaders(settings, log, terminal);
  const frequency = settings.number("frequency");
  return {
    spec: probeSpecWithEngine(settings.text("probe"), settings.given("engine") ? settings.text("engine") : undefined),
    record: recordChoice(
      {
        ...(settings.given("record") && { record: settings.text("record") }),
        redact: settings.flag("redact"),
      },
      (text) => terminal.error(`${noticeLines(text).join("\n")}\n`),
    ),
    shared: sharedChoice(settings, terminal),
    serial: settings.given("serial-number") ? settings.text("serial-number") : undefined,
    protocol: settings.flag("swd") ? "swd" : "jtag-or-swd",
    frequency: frequency > 0 ? frequency : undefined,
    connect: settings.flag("initialize-reset") ? "under-reset" : settings.flag("attach") ? "attach" : "normal",
    ap: settings.number("apid"),
    verify: settings.flag("verify"),
    // Comparing costs next to nothing, so pages that hold what they shall are left alone with the option and without.
    incremental: true,
    haltTimeout: settings.number("pend-halt-timeout"),
    ...(loaders !== undefined && {
      loaders: {
        ...loaders,
        onFailure: (finding) => {
          loaders.onFailure?.(finding);
          diagnosis.loaderFailed(finding);
        },
      },
    }),
    log: (source, text, level) => log.line(source, text, level as LogBit),
    logFile: (source, text) => log.fileLine(source, text),
    note: (text) => {
      terminal.out(`${noticeLines(text).join("\n")}\n`);
      log.fileLine("Device_Initialise", text);
    },
  };
}

/** What may go wrong, a line each. */
function warn(lines: readonly string[], log: ServerLog, terminal: Terminal): void {
  for (const text of lines) {
    terminal.out(`${noticeLines(text).join("\n")}\n`);
    log.fileLine("Device_Initialise", text);
  }
}

/** ST's error lines, then what really happened. */
function fail(error: unknown, diagnosis: LiveDiagnosis, log: ServerLog, terminal: Terminal): number {
  // A file or a value on our own command line is no fault of the target's; ST has no words for it.
  if (isProbityError(error) && /^(elf|image|file|uart|shared)-/.test(error.code)) {
    terminal.out(`${describeError(error).join("\n")}\n`);
    return 1;
  }
  const words = diagnosis.failed(error);
  const report = fatalReport(error);
  if (report.line !== undefined) terminal.out(`${report.line}\n`);
  terminal.out(`\nError in initializing ST-LINK device.\nReason: ${report.reason}\n${words.join("\n")}\n`);
  log.fatal(report.reason);
  for (const line of words) log.fileLine("initServerContext", line);
  return report.status;
}

async function serveSession(
  opened: OpenedSession,
  diagnosis: LiveDiagnosis,
  settings: ServerSettings,
  log: ServerLog,
  terminal: Terminal,
): Promise<number> {
  const { session } = opened;
  const host = settings.text("bind");
  const port = settings.number("port-number");
  let swvPort = settings.given("swo-port") ? settings.number("swo-port") : port === 0 ? 0 : port + 1;
  const attach = settings.flag("attach");

  let finish: (status: number) => void = () => {};
  const finished = new Promise<number>((resolve) => {
    finish = resolve;
  });
  terminal.onStop(() => finish(0));

  // The core was brought to its reset handler at the start; a debugger that comes after another left finds it so, too.
  let fresh = true;
  const tell = (lines: readonly string[], source: string): void => {
    if (lines.length === 0) return;
    terminal.out(`${lines.join("\n")}\n`);
    for (const line of lines) log.fileLine(source, line);
  };
  const lost = new LostTarget(terminal);
  const failures = new Failures(diagnosis, opened, lost, tell);
  let gone = false;
  // Before the GDB server hears of it: it asks for the same explanation.
  session.events.on("target.lost", ({ error, message }) => {
    gone = isGone(error);
    log.line("Device_GetStatus", message, logBits.error);
    void failures.explain(error, "run").then(() => afterLoss(error));
  });
  // Without -e a server ends with its probe, once the debugger has heard why.
  const afterLoss = async (error: unknown): Promise<void> => {
    if (!isGone(error)) return;
    if (settings.flag("persistent") && session.waitsForProbe) {
      const what = isServerGone(error)
        ? `the server at ${error.facts.server} to be there again`
        : `the ST-LINK ${session.probe.identity.serial} to be plugged in again`;
      tell([`Waiting for ${what}...`], "Device_GetStatus");
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, GOODBYE));
    finish(fatalReport(error).status);
  };
  const server = new GdbServer(session, {
    host,
    port,
    attach: async () => {
      // Who joins others leaves the core as they have it.
      if (opened.joined && (await session.usedByOthers())) return;
      if (attach) await session.halt();
      else if (!fresh || session.runState !== "halted") {
        await session.reset(settings.flag("initialize-reset") ? "hardware" : "system", { halt: true });
      }
      fresh = false;
    },
    explain: (error) => failures.explain(error),
    log: (source, text, level) => log.line(source, text, level as LogBit),
    onConnectionAccepted: () =>
      log.line("WaitConnection", `Accepted connection on port ${port}...`, logBits.information),
    onClientConnected: () => {
      terminal.out("Debugger connected\n");
      terminal.out(waiting);
      log.line("WaitConnection", `Waiting for connection on port ${gdbPort}...`, logBits.information);
    },
    onClientDisconnected: ({ reason, remaining }) => {
      log.line("GdbSessionManager", "GDB session terminated: Client connection lost", logBits.information);
      if (reason === "error") terminal.out("Debugger connection lost.\n");
      // A debugger that leaves because the probe is gone does not end the server before it has said why.
      if (remaining === 0 && !settings.flag("persistent") && !gone) finish(0);
    },
  });

  const trace = new TraceStream(
    session.probe,
    opened.clock,
    (work) => session.exclusive(work),
    Math.round(settings.number("cpu-clock") / Math.max(1, settings.number("swo-clock-div"))),
  );
  const swv = new SwvServer(trace, (text) => log.line("SwvSrv", text, logBits.information));
  let gdbPort = port;
  try {
    swvPort = await bind(
      swvPort,
      (swvPort) => swv.listen(swvPort, host),
      "Failure starting SWV server on TCP port: PORT",
      terminal,
    );
    gdbPort = await bind(
      port,
      () => server.listen(),
      "Failure starting GDB server: TCP port PORT not available.",
      terminal,
    );
  } catch {
    await swv.close();
    terminal.out("Shutting down...\nExit.\n");
    return 0;
  }
  if (host !== "127.0.0.1" && host !== "localhost" && host !== "::1") {
    terminal.error(`Warning: listening on ${host}: whoever reaches this port can read and write the target.\n`);
  }

  const drawing = drawProgress(session.events, terminal);
  session.events.on("log.line", ({ source, text, level }) => log.line(source, text, level));
  const flashBase = opened.chip.row?.flashBase;
  session.events.on("flash.planned", ({ image }) => warn(diagnosis.loading(image, flashBase), log, terminal));
  session.events.on("flash.failed", ({ error }) => void failures.explain(error, "load"));
  session.events.on("flash.programmed", () => diagnosis.recovered());
  session.events.on("target.found", ({ text }) => {
    lost.end();
    diagnosis.recovered();
    tell([text ?? "Target is responding again."], "Device_GetStatus");
    void trace.restart();
    void diagnosis.found(session).then((lines) => lines.length > 0 && tell(lines, "Device_GetStatus"));
  });
  session.events.on("target.reset", ({ kind }) => {
    if (kind !== "unexpected") return;
    const told = diagnosis.resetSeen(session, opened.clock, opened.chip.row);
    void told.then((lines) => lines.length > 0 && tell(lines, "Device_GetStatus"));
  });
  session.events.on("target.halted", ({ pc }) => {
    log.line("Device_GetStatus", `ST-LINK device status: HALT_MODE, PC ${hex(pc)}`, logBits.hardware);
    void diagnosis.halted(session).then((lines) => lines.length > 0 && tell(lines, "Device_GetStatus"));
  });
  session.events.on("target.resumed", () => {
    log.line("Device_GetStatus", "ST-LINK device status: RUN_MODE", logBits.hardware);
  });

  log.line("WaitConnection", `Waiting for connection on port ${swvPort}...`, logBits.information);
  terminal.out(waiting);
  log.line("WaitConnection", `Waiting for connection on port ${gdbPort}...`, logBits.information);
  if (opened.board !== undefined) {
    const program = opened.program === undefined ? "YOUR.elf" : relative(process.cwd(), opened.program);
    terminal.out(`Attach with: gdb-multiarch -ex "target extended-remote localhost:${gdbPort}" ${program}\n`);
  }

  const status = await finished;
  terminal.out("Shutting down...\n");
  drawing.dispose();
  lost.end();
  await server.close();
  await swv.close();
  // Whoever comes next finds the core running, as after ST's server.
  await session.detach({ resume: true }).catch(() => {});
  terminal.out("Exit.\n");
  log.fileLine("main", "Exit.");
  return status;
}

/** Binds a port; when it cannot, says so in ST's words and in ours, and throws on. */
async function bind(
  port: number,
  listen: (port: number) => Promise<number>,
  failure: string,
  terminal: Terminal,
): Promise<number> {
  try {
    return await listen(port);
  } catch (error) {
    const code = isProbityError(error) ? String(error.facts.reason) : ((error as NodeJS.ErrnoException).code ?? "");
    const why =
      code === "EADDRINUSE"
        ? "another program listens on it, perhaps a server that was left running"
        : code === "EACCES"
          ? "the system reserves it"
          : code;
    terminal.out(`Failed to bind to port ${port}, error code -1: ${why}\n${failure.replace("PORT", String(port))}\n`);
    terminal.out(`Cause:    TCP port ${port} is not available: ${why}.\n`);
    terminal.out("Remedy:   end that program, or choose another port with -p (and -z for SWV).\n");
    throw error;
  }
}
