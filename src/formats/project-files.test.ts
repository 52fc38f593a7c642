import fc from "fast-check";
import { expect, test } from "vitest";
import { failureOf } from "../../test/formats/failure.ts";
import { cpuTime } from "../../test/support/cpu-time.ts";
import { isProbityError } from "../base/errors.ts";
import { readCproject } from "./cproject.ts";
import { readLaunch } from "./eclipse-launch.ts";
import { stm32Launch } from "./eclipse-launch-stm32.ts";
import { readIoc } from "./ioc.ts";
import { iocSettings } from "./ioc-settings.ts";
import { readLinkerScript } from "./linker-script.ts";
import { readVscodeLaunch } from "./vscode-launch.ts";

const IOC = `#MicroXplorer Configuration settings - do not modify
Mcu.CPN=STM32F103C8T6
Mcu.Family=STM32F1
Mcu.UserName=STM32F103C8Tx
NVIC.SysTick_IRQn=true\\:15\\:0\\:false
PA13.Mode=Serial_Wire
PA13.Signal=SYS_JTMS-SWDIO
PA14.Signal=SYS_JTCK-SWCLK
ADC1.Rank-0\\#ChannelRegularConversion=1
RCC.SYSCLKFreq_VALUE=72000000
RCC.HCLKFreq_Value=72000000
ProjectManager.FreePins=false
`;

test("a .ioc: keys and values with their lines, escapes undone", () => {
  const ioc = readIoc(`\ufeff${IOC}`.replaceAll("\n", "\r\n"), "a.ioc");
  expect(ioc.entry("Mcu.CPN")).toEqual({ key: "Mcu.CPN", value: "STM32F103C8T6", line: 2 });
  expect(ioc.entry("NVIC.SysTick_IRQn")?.value).toBe("true:15:0:false");
  expect(ioc.entry("ADC1.Rank-0#ChannelRegularConversion")?.line).toBe(9);
  const settings = iocSettings(ioc);
  expect(settings.part?.value).toBe("STM32F103C8T6");
  expect(settings.pinSignal(13)).toMatchObject({ value: "SYS_JTMS-SWDIO", line: 7 });
  expect(settings.clocks.map(({ hertz }) => hertz)).toEqual([72e6, 72e6]);
  expect([settings.freePins, settings.noDebug]).toEqual([undefined, undefined]);
});

test("a .ioc: pins with names behind them, debug switched off, a value over two lines", () => {
  const text =
    "Mcu.Family=STM32H7\nPA13\\ (JTMS/SWDIO).Signal=DEBUG_JTMS-SWDIO\nPA1.Signal=x\nVP_SYS_VS_ND.Mode=No_Debug\nA=b\\\n  c\nB=d\\\\\nC=e";
  const ioc = readIoc(text, "a.ioc");
  expect(iocSettings(ioc).pinSignal(13)).toMatchObject({ value: "DEBUG_JTMS-SWDIO", line: 2 });
  expect(iocSettings(ioc).noDebug?.line).toBe(4);
  expect(ioc.entry("A")).toMatchObject({ value: "bc", line: 5 });
  expect(ioc.entry("B")?.value).toBe("d\\");
  expect(ioc.entry("C")).toMatchObject({ value: "e", line: 8 });
});

test("a broken .ioc is told by file and line", () => {
  const error = failureOf(() => readIoc("Mcu.Family=STM32F1\nthis is no pair\n", "p/x.ioc"));
  expect(error).toMatchObject({ code: "ioc-malformed", facts: { file: "p/x.ioc", line: 2 } });
  expect(error.message).toBe('p/x.ioc, line 2: "this is no pair" is no key=value.');
  expect(error.remedy.length).toBeGreaterThan(0);
  expect(failureOf(() => readIoc("a=b", "x.ioc")).message).toContain("no microcontroller");
});

const list = '[{"fLoaderPath":"C:\\\\loaders\\\\A_B.stldr","fInitialize":false,"fIsEnabled":true}]';
const LAUNCH = `<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<launchConfiguration type="com.st.stm32cube.ide.mcu.debug.launch.launchConfigurationType">
<stringAttribute key="com.st.stm32cube.ide.mcu.debug.launch.access_port_id" value="0"/>
<stringAttribute key="com.st.stm32cube.ide.mcu.debug.launch.cubeprog_external_loaders" value="${list.replaceAll('"', "&quot;")}"/>
<booleanAttribute key="com.st.stm32cube.ide.mcu.debug.stlink.enable_external_loader" value="false"/>
<stringAttribute key="com.st.stm32cube.ide.mcu.debug.stlink.external_loader" value="512W3A_STM3210E-EVAL.stldr"/>
<stringAttribute key="com.st.stm32cube.ide.mcu.debug.stlink.reset_strategy" value="connect_under_reset"/>
<booleanAttribute key="com.st.stm32cube.ide.mcu.debug.stlink.stlink_check_serial_number" value="true"/>
<intAttribute key="org.eclipse.cdt.debug.gdbjtag.core.portNumber" value="61234"/>
<stringAttribute key="org.eclipse.cdt.debug.gdbjtag.core.jtagDevice" value="ST-LINK (ST-LINK GDB server)"/>
<stringAttribute
   key="org.eclipse.cdt.launch.PROGRAM_NAME" value="Debug\\a.elf"/>
<listAttribute key="list"><listEntry value="/a"/><listEntry value="b &gt; c&#13;"/></listAttribute>
</launchConfiguration>
`;

test("a .launch: attributes with their lines, and what STM32CubeIDE means by them", () => {
  const launch = readLaunch(LAUNCH, "a.launch");
  expect(launch.attribute("list")).toEqual({ key: "list", value: "/a\nb > c\r", line: 13 });
  const stm32 = stm32Launch(launch);
  expect(stm32).toMatchObject({ server: "st-link", startsServer: true, swvOn: false });
  expect(stm32?.program).toMatchObject({ value: "Debug\\a.elf", line: 11 });
  expect(stm32?.checksSerial?.line).toBe(8);
  expect(stm32?.loaders).toEqual([
    {
      path: "512W3A_STM3210E-EVAL.stldr",
      enabled: false,
      key: "com.st.stm32cube.ide.mcu.debug.stlink.external_loader",
      line: 6,
      switchedBy: "com.st.stm32cube.ide.mcu.debug.stlink.enable_external_loader=false",
      switchLine: 5,
    },
    expect.objectContaining({ path: "C:\\loaders\\A_B.stldr", enabled: true, line: 4 }),
  ]);
});

test("a launch configuration of another kind, and one whose list of loaders is broken", () => {
  expect(stm32Launch(readLaunch('<launchConfiguration type="org.eclipse.ant"/>', "a.launch"))).toBeUndefined();
  const broken = stm32Launch(readLaunch(LAUNCH.replace("[{&quot;fLoader", "[{fLoader"), "a.launch"));
  expect(broken?.loaderTrouble?.line).toBe(4);
  expect(broken?.loaders.length).toBe(1);
});

test("broken XML is told by file and line", () => {
  const error = failureOf(() => readLaunch(LAUNCH.replace("</launchConfiguration>", "</launch>"), "b.launch"));
  expect(error).toMatchObject({ code: "xml-malformed", facts: { file: "b.launch", line: 14 } });
  expect(failureOf(() => readLaunch("<a/>", "c.launch")).code).toBe("launch-malformed");
  const keyless = "<launchConfiguration>\n<stringAttribute value='1'/></launchConfiguration>";
  expect(failureOf(() => readLaunch(keyless, "d.launch"))).toMatchObject({
    code: "launch-malformed",
    facts: { line: 2 },
  });
  expect(failureOf(() => readLaunch(`${"<a>".repeat(5000)}${"</a>".repeat(5000)}`, "e")).message).toContain("deep");
  expect(failureOf(() => readLaunch('<!DOCTYPE a [<!ENTITY b "b">]><a/>', "f")).message).toContain("DOCTYPE");
  expect(failureOf(() => readCproject("<a/>", "g")).code).toBe("cproject-malformed");
});

test("a .cproject: configurations with part, linker script and symbols", () => {
  const ide = "com.st.stm32cube.ide.mcu.gnu.managedbuild";
  const text = `<cproject><storageModule><cconfiguration><storageModule>
<configuration name="Debug">
<option superClass="${ide}.option.target_mcu" value="STM32F103C8Tx"/>
<option superClass="${ide}.tool.c.compiler.option.definedsymbols"><listOptionValue value="USE_HAL_DRIVER"/>
<listOptionValue value="STM32F103xB"/></option>
<option superClass="${ide}.tool.c.linker.option.script" value="\${workspace_loc:/\${ProjName}/F.ld}"/>
</configuration></storageModule></cconfiguration></storageModule></cproject>`;
  expect(readCproject(text, ".cproject").configurations).toEqual([
    {
      name: "Debug",
      line: 2,
      mcu: { value: "STM32F103C8Tx", line: 3 },
      linkerScript: { value: `\${workspace_loc:/\${ProjName}/F.ld}`, line: 6 },
      defines: [
        { value: "USE_HAL_DRIVER", line: 4 },
        { value: "STM32F103xB", line: 5 },
      ],
    },
  ]);
});

test("launch.json with comments and trailing commas: every value with its line", () => {
  const text = `// for the board
{
  "version": "0.2.0",
  "configurations": [
    {
      "name": "Debug", /* with ST's server */
      "type": "cortex-debug",
      "servertype": "stlink",
      "serverArgs": ["--extload", "x.stldr",],
      "runToEntryPoint": "main",
    },
  ],
}`;
  const [first] = readVscodeLaunch(text, "launch.json").configurations;
  expect(first).toMatchObject({ name: "Debug", type: "cortex-debug", line: 5 });
  expect(first.value("serverArgs[1]")).toEqual({ key: "serverArgs[1]", value: "x.stldr", kind: "text", line: 9 });
  expect(first.value("serverArgs")?.kind).toBe("list");
  const error = failureOf(() => readVscodeLaunch(text.replace('"stlink",', '"stlink"'), ".vscode/launch.json"));
  expect(error).toMatchObject({ code: "vscode-launch-malformed", facts: { line: 9 } });
  expect(failureOf(() => readVscodeLaunch("[]", "l")).message).toContain("no JSON object");
  expect(failureOf(() => readVscodeLaunch("[".repeat(100_000), "l")).message).toContain("too deep");
});

test("a linker script's regions: sizes, sums, references, comments, two in a line", () => {
  const text = `/* FLASH (rx) : ORIGIN = 0, LENGTH = 1K */
_kept = 2K;
MEMORY
{
  FLASH (rx)  : ORIGIN = 0x08000000, LENGTH = 64K - _kept
  EEPROM (r)  : ORIGIN = ORIGIN(FLASH) + LENGTH(FLASH), LENGTH = 0x800
  RAM (xrw) : org = 0x20000000, len = 20K CCM : o = 0x10000000, l = 2 * (1K + 1024)
  EXT : ORIGIN = __ext, LENGTH = 1M
}`;
  expect(readLinkerScript(text, "a.ld").regions).toEqual([
    { name: "FLASH", attributes: "rx", origin: 0x08000000, length: 62 * 1024, line: 5 },
    { name: "EEPROM", attributes: "r", origin: 0x0800f800, length: 2048, line: 6 },
    { name: "RAM", attributes: "xrw", origin: 0x20000000, length: 20480, line: 7 },
    { name: "CCM", attributes: "", origin: 0x10000000, length: 4096, line: 7 },
    { name: "EXT", attributes: "", origin: undefined, length: 1048576, line: 8 },
  ]);
  expect(failureOf(() => readLinkerScript("MEMORY {\n a b c\n}", "b.ld"))).toMatchObject({
    code: "linker-script-malformed",
    facts: { line: 2 },
  });
  expect(failureOf(() => readLinkerScript("\nMEMORY { ", "b.ld")).facts.line).toBe(2);
  expect(failureOf(() => readLinkerScript("/* \n", "b.ld")).message).toContain("comment");
});

const seeds: readonly (readonly [name: string, text: string, read: (text: string) => unknown])[] = [
  ["ioc", IOC, (text) => iocSettings(readIoc(text, "f"))],
  ["launch", LAUNCH, (text) => stm32Launch(readLaunch(text, "f"))],
  ["cproject", LAUNCH.replaceAll("launchConfiguration", "cproject"), (text) => readCproject(text, "f")],
  [
    "launch.json",
    '{"configurations":[{"name":"a","serverArgs":["-m","0"],"x":{"y":null}}]}',
    (text) => readVscodeLaunch(text, "f"),
  ],
  [
    "ld",
    "a = 1K; /* b */ MEMORY { FLASH (rx) : ORIGIN = 0x8000000, LENGTH = 64K - a }",
    (text) => readLinkerScript(text, "f"),
  ],
];

test.each(seeds)("a damaged %s is read, or refused with file and reason", (_name, seed, read) => {
  const piece = fc.oneof(
    fc.string({ maxLength: 8 }),
    fc.constantFrom(
      "\\",
      "=",
      "<",
      ">",
      '"',
      "&#0;",
      "&lt;",
      "]]>",
      "<!--",
      "{",
      "}",
      "[",
      "/*",
      "*/",
      "(",
      "\n",
      "\u0000",
      "__proto__",
      "<__proto__/>",
      "constructor",
    ),
  );
  const edit = fc.record({ at: fc.nat(seed.length), remove: fc.nat(20), put: piece });
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 6 }), fc.boolean(), (edits, cut) => {
      let text = seed;
      for (const { at, remove, put } of edits) text = text.slice(0, at) + put + text.slice(at + remove);
      if (cut) text = text.slice(0, edits[0].at);
      try {
        read(text);
      } catch (error) {
        if (!isProbityError(error)) throw error;
        expect(error.message.startsWith("f")).toBe(true);
        expect(error.facts.file).toBe("f");
        expect(error.remedy.length).toBeGreaterThan(0);
      }
    }),
    { numRuns: 3000, seed: 7 },
  );
});

test.each([
  ["ioc", `Mcu.a=${"\\\n".repeat(300_000)}`],
  ["launch", `<a ${'b="c>" '.repeat(50_000)}`],
  ["launch", "<a><!-- ".repeat(100_000)],
  ["cproject", `<a b="${"&amp;".repeat(200_000)}"/>`],
  ["launch.json", `{"configurations":[${'{"a":1},'.repeat(50_000)}]}`],
  ["ld", "\n".repeat(1_000_000)],
  ["ld", `MEMORY { ${"INCLUDE a\n".repeat(50_000)} }`],
  ["ld", "/* */".repeat(200_000)],
  ["ld", `a=${"(".repeat(500_000)};`],
])("a large odd %s takes no time", (name, text) => {
  const read = seeds.find(([each]) => each === name)?.[2];
  const start = cpuTime();
  try {
    read?.(text);
  } catch (error) {
    if (!isProbityError(error)) throw error;
  }
  expect(cpuTime() - start).toBeLessThan(3000);
});
