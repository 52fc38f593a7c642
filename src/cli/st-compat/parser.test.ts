import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bannerLines } from "./banner.ts";
import { helpText, parseErrorText, versionText } from "./help.ts";
import { serverOptions } from "./option-table.ts";
import { configWords, ParseError, parseServerArguments } from "./parser.ts";
import { ServerLog } from "./server-log.ts";

const noConfig = (): string[] => {
  throw new Error("no config file expected");
};
const parse = (line: string, readConfig: (path: string) => readonly string[] = noConfig) =>
  parseServerArguments(line.split(" ").filter(Boolean), readConfig);

describe("ST's command line", () => {
  it("takes what CubeIDE passes", () => {
    const settings = parse("-p 61240 -l 1 -d -s -cp /opt/programmer/bin -m 0 -k -el a.stldr -el b.stldr -ei c.stldr");
    expect(settings.number("port-number")).toBe(61240);
    expect(settings.flag("swd") && settings.flag("verify") && settings.flag("initialize-reset")).toBe(true);
    expect(settings.text("stm32cubeprogrammer-path")).toBe("/opt/programmer/bin");
    expect(settings.list("extload")).toEqual(["a.stldr", "b.stldr"]);
    expect(settings.list("extload_init")).toEqual(["c.stldr"]);
    expect(settings.flag("attach")).toBe(false);
  });

  it("knows each option by its exact names alone", () => {
    for (const option of serverOptions) {
      const value = option.kind === "flag" ? "" : option.kind === "number" ? " 7" : " x";
      for (const name of [`--${option.long}`, ...(option.short === undefined ? [] : [`-${option.short}`])]) {
        expect(parse(name + value, () => []).given(option.long), name).toBe(true);
      }
    }
    for (const wrong of ["--no-reset", "--freq", "--serial", "-x", "--port", "-cpx", "61234", "--port-number=3"]) {
      expect(() => parse(wrong), wrong).toThrow(new ParseError(wrong, "Couldn't find match for argument"));
    }
  });

  it("reports missing, unreadable and repeated values as the parser library does", () => {
    expect(() => parse("-p")).toThrow("Missing a value for this argument!");
    expect(() => parse("-p abc")).toThrow("Couldn't read argument value from string 'abc'");
    expect(() => parse("-p 1 -p 2")).toThrow("Argument already set!");
    expect(parse("-v -v").flag("verbose")).toBe(true);
    try {
      parse("--port-number");
    } catch (error) {
      expect(parseErrorText("ST-LINK_gdbserver", error as ParseError)).toMatch(
        /^PARSE ERROR: Argument: -p \(--port-number\)\n {13}Missing a value for this argument!\n\nBrief USAGE: \n/,
      );
    }
  });

  it("combines one-letter flags and stops at --", () => {
    const settings = parse("-ved -- --nonsense -k");
    expect([settings.flag("verbose"), settings.flag("persistent"), settings.flag("swd")]).toEqual([true, true, true]);
    expect([settings.flag("ignore-rest"), settings.flag("initialize-reset")]).toEqual([true, false]);
  });

  it("reads a config file, and the command line wins", () => {
    const words = configWords('# comment\n--port-number\n2331\n#-t\n-cp "/opt/a b"\n-e\r\n-v\n');
    expect(words).toEqual(["--port-number", "2331", "-cp", "/opt/a b", "-e", "-v"]);
    const settings = parse("-c config.txt -d", () => words);
    expect([settings.number("port-number"), settings.flag("shared"), settings.flag("persistent")]).toEqual([
      2331,
      false,
      true,
    ]);
    expect(parse("-c config.txt -p 5", () => words).number("port-number")).toBe(5);
    expect(parse("-p 5 -c config.txt", () => words).number("port-number")).toBe(5);
  });

  it("never throws anything but ParseError", () => {
    const word = fc.oneof(fc.string(), fc.constantFrom("-p", "-cp", "--", "-ve", "--verbose", "-1", "0x10", "-l"));
    fc.assert(
      fc.property(fc.array(word), (words) => {
        try {
          parseServerArguments(words, () => []);
        } catch (error) {
          expect(error).toBeInstanceOf(ParseError);
        }
      }),
    );
  });
});

describe("ST's output", () => {
  it("prints the banner with the rows that apply", () => {
    expect(bannerLines(parse("-p 61234 -l 31 -d -k -v -f log.txt")).slice(4)).toEqual([
      "",
      "Starting server with the following options:",
      "        Persistent Mode            : Disabled",
      "        LogFile Name               : log.txt",
      "        Logging Level              : 31",
      "        Listen Port Number         : 61234",
      "        Status Refresh Delay       : 15s",
      "        Verbose Mode               : Enabled",
      "        SWD Debug                  : Enabled",
      "        InitWhile                  : Enabled",
      "",
    ]);
    expect(bannerLines(parse("")).some((line) => /LogFile|SWD|InitWhile/.test(line))).toBe(false);
  });

  it("writes help and version in the library's layout", () => {
    const help = helpText("ST-LINK_gdbserver");
    expect(help).toMatch(/^\nUSAGE: \n\n {3}ST-LINK_gdbserver {2}\[--semihost-console-port <port number>\]/);
    expect(help).toContain(
      "   -el <external loader file>,  --extload <external loader file>  (accepted multiple times)\n",
    );
    expect(help).toContain(
      "   --,  --ignore-rest\n     Ignores the rest of the labeled arguments following this flag.\n",
    );
    expect(help).toMatch(/\n {3}ST-LINK GDB server\n\n$/);
    expect(versionText("./x")).toMatch(/^\n\.\/x {2}version: 7\.\d+\.\d+\n\n$/);
  });

  it("writes the log's rows as ST's file has them", () => {
    const lines: string[] = [];
    const shown: string[] = [];
    const log = new ServerLog(
      { file: (text) => lines.push(text), console: (text) => shown.push(text) },
      9,
      () => 0.0305,
    );
    log.configuration(parse("-p 61234 -f a.txt -s"));
    log.line("Device_Initialise", "COM frequency = 4000 kHz", 8);
    log.line("read", "<7> Rx: $g#67", 4);
    log.fatal("No device found on target.");
    expect(lines[0]).toBe("[0.030] initConfigParams():  Configuration flags start\n");
    expect(lines[1]).toBe("[0.030] initConfigParams():   halt                           false\n");
    expect(lines).toContain('[0.030] initConfigParams():  +log-file                       "a.txt"\n');
    expect(lines).toContain("[0.030] initConfigParams():  +port-number                    61234\n");
    expect(lines).toContain("[0.030] initConfigParams():   cpu-clock                      8000000\n");
    expect(lines.at(-2)).toBe("[0.030] Device_Initialise():  COM frequency = 4000 kHz\n");
    expect(shown).toEqual(["COM frequency = 4000 kHz\n"]);
    expect(lines.at(-1)).toBe(
      "[0.030] initServerContext():  \nError in initializing ST-LINK device.\nReason: [0.030] initServerContext():  No device found on target.\n",
    );
  });
});
