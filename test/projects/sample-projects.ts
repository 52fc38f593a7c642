import type { Sample } from "./build-sample.ts";

/** A project's text files by path, and how its program is built. */
export interface SampleProject {
  readonly texts: Readonly<Record<string, string>>;
  readonly sample: Sample;
}

const linkerScript = `/* STM32F103C8: 64 KiB of flash, 20 KiB of RAM (DS5319). */
ENTRY(Reset_Handler)

_estack = ORIGIN(RAM) + LENGTH(RAM);

MEMORY
{
  RAM    (xrw)    : ORIGIN = 0x20000000,   LENGTH = 20K
  FLASH    (rx)    : ORIGIN = 0x8000000,   LENGTH = 64K
}

SECTIONS
{
  .isr_vector : { KEEP(*(.isr_vector)) . = ALIGN(4); } >FLASH
  .text : { *(.text .text.*) *(.rodata .rodata.*) . = ALIGN(4); } >FLASH
  .ARM.exidx : { *(.ARM.exidx*) } >FLASH
  _sidata = LOADADDR(.data);
  .data : { . = ALIGN(4); _sdata = .; *(.data .data.*) . = ALIGN(4); _edata = .; } >RAM AT> FLASH
  .bss (NOLOAD) : { . = ALIGN(4); _sbss = .; *(.bss .bss.*) *(COMMON) . = ALIGN(4); _ebss = .; } >RAM
}
`;

const ioc = `#MicroXplorer Configuration settings - do not modify
File.Version=6
GPIO.groupedBy=
KeepUserPlacement=false
Mcu.CPN=STM32F103C8T6
Mcu.Family=STM32F1
Mcu.IP0=NVIC
Mcu.IP1=RCC
Mcu.IP2=SYS
Mcu.IPNb=3
Mcu.Name=STM32F103C(8-B)Tx
Mcu.Package=LQFP48
Mcu.Pin0=PC13-TAMPER-RTC
Mcu.Pin1=PA13
Mcu.Pin2=PA14
Mcu.Pin3=VP_SYS_VS_Systick
Mcu.PinsNb=4
Mcu.ThirdPartyNb=0
Mcu.UserConstants=
Mcu.UserName=STM32F103C8Tx
MxCube.Version=6.10.0
MxDb.Version=DB.6.0.100
NVIC.ForceEnableDMAVector=true
NVIC.SysTick_IRQn=true\\:15\\:0\\:false\\:false\\:true\\:false\\:true\\:false
PA13.Mode=Serial_Wire
PA13.Signal=SYS_JTMS-SWDIO
PA14.Mode=Serial_Wire
PA14.Signal=SYS_JTCK-SWCLK
PC13-TAMPER-RTC.Locked=true
PC13-TAMPER-RTC.Signal=GPIO_Output
ProjectManager.DeviceId=STM32F103C8Tx
ProjectManager.FreePins=false
ProjectManager.ProjectFileName=blinky.ioc
ProjectManager.ProjectName=blinky
ProjectManager.TargetToolchain=STM32CubeIDE
RCC.AHBFreq_Value=72000000
RCC.FCLKCortexFreq_Value=72000000
RCC.HCLKFreq_Value=72000000
RCC.SYSCLKFreq_VALUE=72000000
RCC.SYSCLKSource=RCC_SYSCLKSOURCE_PLLCLK
VP_SYS_VS_Systick.Mode=SysTick
VP_SYS_VS_Systick.Signal=SYS_VS_Systick
board=custom
`;

/** As STM32CubeMX writes it when SYS > Debug is "Disable". */
const iocDebugOff = ioc
  .replace(
    "Mcu.Pin1=PA13\nMcu.Pin2=PA14\nMcu.Pin3=VP_SYS_VS_Systick\nMcu.PinsNb=4",
    "Mcu.Pin1=VP_SYS_VS_ND\nMcu.Pin2=VP_SYS_VS_Systick\nMcu.PinsNb=3",
  )
  .replace(/PA1[34]\..*\n/g, "")
  .replace(
    "VP_SYS_VS_Systick.Mode",
    "VP_SYS_VS_ND.Mode=No_Debug\nVP_SYS_VS_ND.Signal=SYS_VS_ND\nVP_SYS_VS_Systick.Mode",
  );

const launch = `<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<launchConfiguration type="com.st.stm32cube.ide.mcu.debug.launch.launchConfigurationType">
    <stringAttribute key="com.st.stm32cube.ide.mcu.debug.launch.access_port_id" value="0"/>
    <booleanAttribute key="com.st.stm32cube.ide.mcu.debug.launch.enable_swv" value="false"/>
    <intAttribute key="com.st.stm32cube.ide.mcu.debug.launch.formatVersion" value="2"/>
    <stringAttribute key="com.st.stm32cube.ide.mcu.debug.launch.ip_address_local" value="localhost"/>
    <booleanAttribute key="com.st.stm32cube.ide.mcu.debug.launch.startServer" value="true"/>
    <booleanAttribute key="com.st.stm32cube.ide.mcu.debug.launch.swd_mode" value="true"/>
    <stringAttribute key="com.st.stm32cube.ide.mcu.debug.launch.swv_port" value="61235"/>
    <booleanAttribute key="com.st.stm32cube.ide.mcu.debug.launch.verify_flash_download" value="true"/>
    <booleanAttribute key="com.st.stm32cube.ide.mcu.debug.stlink.enable_external_loader" value="false"/>
    <booleanAttribute key="com.st.stm32cube.ide.mcu.debug.stlink.enable_shared_stlink" value="false"/>
    <stringAttribute key="com.st.stm32cube.ide.mcu.debug.stlink.external_loader" value=""/>
    <stringAttribute key="com.st.stm32cube.ide.mcu.debug.stlink.frequency" value="0"/>
    <stringAttribute key="com.st.stm32cube.ide.mcu.debug.stlink.reset_strategy" value="connect_under_reset"/>
    <booleanAttribute key="com.st.stm32cube.ide.mcu.debug.stlink.stlink_check_serial_number" value="false"/>
    <stringAttribute key="com.st.stm32cube.ide.mcu.debug.stlink.stlink_txt_serial_number" value=""/>
    <stringAttribute key="org.eclipse.cdt.debug.gdbjtag.core.jtagDevice" value="ST-LINK (ST-LINK GDB server)"/>
    <intAttribute key="org.eclipse.cdt.debug.gdbjtag.core.portNumber" value="61234"/>
    <stringAttribute key="org.eclipse.cdt.launch.PROGRAM_NAME" value="Debug/blinky.elf"/>
    <stringAttribute key="org.eclipse.cdt.launch.PROJECT_ATTR" value="blinky"/>
    <listAttribute key="org.eclipse.debug.core.MAPPED_RESOURCE_PATHS">
        <listEntry value="/blinky"/>
    </listAttribute>
</launchConfiguration>
`;

const managed = "com.st.stm32cube.ide.mcu.gnu.managedbuild";
const cproject = `<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<?fileVersion 4.0.0?><cproject storage_type_id="org.eclipse.cdt.core.XmlProjectDescriptionStorage">
	<storageModule moduleId="org.eclipse.cdt.core.settings">
		<cconfiguration id="${managed}.config.exe.debug.1">
			<storageModule moduleId="cdtBuildSystem" version="4.0.0">
				<configuration artifactExtension="elf" artifactName="\${ProjName}" id="${managed}.config.exe.debug.1" name="Debug">
					<folderInfo id="${managed}.config.exe.debug.1." name="/" resourcePath="">
						<toolChain name="MCU ARM GCC" superClass="${managed}.toolchain.exe.debug">
							<option name="Mcu" superClass="${managed}.option.target_mcu" value="STM32F103C8Tx" valueType="string"/>
							<tool name="MCU GCC Compiler" superClass="${managed}.tool.c.compiler">
								<option name="Define symbols (-D)" superClass="${managed}.tool.c.compiler.option.definedsymbols" valueType="definedSymbols">
									<listOptionValue builtIn="false" value="USE_HAL_DRIVER"/>
									<listOptionValue builtIn="false" value="STM32F103xB"/>
								</option>
							</tool>
							<tool name="MCU GCC Linker" superClass="${managed}.tool.c.linker">
								<option name="Linker Script (-T)" superClass="${managed}.tool.c.linker.option.script" value="\${workspace_loc:/\${ProjName}/STM32F103C8TX_FLASH.ld}" valueType="string"/>
							</tool>
						</toolChain>
					</folderInfo>
				</configuration>
			</storageModule>
		</cconfiguration>
	</storageModule>
</cproject>
`;

const vscode = `{
  // Both work with ST's server and with Probity's.
  "version": "0.2.0",
  "configurations": [
    {
      "name": "Debug",
      "cwd": "\${workspaceFolder}",
      "type": "cortex-debug",
      "request": "launch",
      "servertype": "stlink",
      "device": "STM32F103C8",
      "interface": "swd",
      "executable": "\${workspaceFolder}/Debug/blinky.elf",
      "runToEntryPoint": "main",
    },
  ],
}
`;

const healthy = {
  "blinky.ioc": ioc,
  "blinky Debug.launch": launch,
  ".cproject": cproject,
  "STM32F103C8TX_FLASH.ld": linkerScript,
  ".vscode/launch.json": vscode,
};

/** An attribute of a .launch with another value. */
export function withAttribute(text: string, key: string, value: string): string {
  const pattern = new RegExp(`(key="[^"]*\\.${key}" value=")[^"]*`);
  if (!pattern.test(text)) throw new Error(`the sample has no ${key}`);
  return text.replace(pattern, (_, before: string) => `${before}${value}`);
}

const NAND = "512W3A_STM3210E-EVAL.stldr";

/** The committed projects, by folder. */
export const sampleProjects = {
  healthy: { texts: healthy, sample: {} },
  /** SYS > Debug is not set, so the program switches SWD off. */
  "debug-off": {
    texts: {
      ...healthy,
      "blinky.ioc": iocDebugOff,
      "blinky Debug.launch": withAttribute(launch, "reset_strategy", "system_reset"),
    },
    sample: { defines: ["SWJ_OFF"] },
  },
  /** A loader for another board's NAND, set to work for a program that has nothing in external memory. */
  "stale-loader": {
    texts: {
      ...healthy,
      "blinky Debug.launch": withAttribute(
        withAttribute(launch, "enable_external_loader", "true"),
        "external_loader",
        NAND,
      ),
    },
    sample: {},
  },
  /** The same loader, left behind with its box unticked. */
  "loader-left": {
    texts: { ...healthy, "blinky Debug.launch": withAttribute(launch, "external_loader", NAND) },
    sample: {},
  },
  /** PA14 is an output, and the clock beyond what the chip may have. */
  "pins-and-clock": {
    texts: {
      ...healthy,
      "blinky.ioc": ioc
        .replace("PA14.Mode=Serial_Wire\nPA14.Signal=SYS_JTCK-SWCLK", "PA14.Locked=true\nPA14.Signal=GPIO_Output")
        .replaceAll("=72000000", "=128000000"),
    },
    sample: {},
  },
  /** Built with the linker script and the compiler options of an STM32F407. */
  "other-chip": {
    texts: {
      ...healthy,
      "STM32F103C8TX_FLASH.ld": linkerScript
        .replace("LENGTH = 20K", "LENGTH = 128K")
        .replace("LENGTH = 64K", "LENGTH = 1024K"),
    },
    sample: {
      cpu: ["-mcpu=cortex-m4", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard"],
      defines: ["FLOAT"],
      script: (text: string) => text.replace("LENGTH = 20K", "LENGTH = 128K").replace("LENGTH = 64K", "LENGTH = 1024K"),
    },
  },
} as const satisfies Readonly<Record<string, SampleProject>>;
