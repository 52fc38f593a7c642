import type { LaunchAttribute, LaunchFile } from "./eclipse-launch.ts";

/*
 * Keys of STM32CubeIDE's debug configurations. All of these were seen in .launch files that users and ST published
 * (versions 1.3 to 1.16): every key below with the values true/false, 0, "", connect_under_reset, core_reset, and
 * cubeprog_external_loaders with [] and with [{"fLoaderPath":...,"fInitialize":false,"fIsEnabled":true}].
 * Not seen in a file, and so only tolerated: enable_external_loader=true with a path in external_loader (the key itself
 * was seen with false), and the values system_reset, hardware_reset and none of reset_strategy (the first two were
 * seen among the restart strategies of the same file).
 */
const STLINK = "com.st.stm32cube.ide.mcu.debug.stlink";
const LAUNCH = "com.st.stm32cube.ide.mcu.debug.launch";

/** The key of the box "External loader" up to STM32CubeIDE 1.11 or so, and of the loader's path. */
export const ENABLE_LOADER_KEY = `${STLINK}.enable_external_loader`;
export const LOADER_KEY = `${STLINK}.external_loader`;
/** The key of the list of loaders that later versions have. */
export const LOADER_LIST_KEY = `${LAUNCH}.cubeprog_external_loaders`;

/** A loader of external memory that a debug configuration names. */
export interface LaunchLoader {
  /** As written there: a path, or a bare file name. */
  readonly path: string;
  readonly enabled: boolean;
  readonly key: string;
  readonly line: number;
  /** The setting that switches it on or off, with its line. */
  readonly switchedBy: string;
  readonly switchLine: number;
}

/** What a debug configuration of STM32CubeIDE sets; each with key and line. */
export interface Stm32Launch {
  readonly fileName: string;
  /** Which debug probe software it uses. */
  readonly server: "st-link" | "openocd" | "j-link" | "unknown";
  /** The program to load, relative to the project unless absolute; backslashes as Windows writes them. */
  readonly program: LaunchAttribute | undefined;
  readonly project: LaunchAttribute | undefined;
  readonly loaders: readonly LaunchLoader[];
  /** Entries of the list of loaders that could not be understood. */
  readonly loaderTrouble: LaunchAttribute | undefined;
  readonly resetStrategy: LaunchAttribute | undefined;
  readonly accessPort: LaunchAttribute | undefined;
  /** kHz; 0 is "Auto". */
  readonly frequency: LaunchAttribute | undefined;
  /** Set when the configuration insists on one probe. */
  readonly checksSerial: LaunchAttribute | undefined;
  readonly serial: LaunchAttribute | undefined;
  readonly port: LaunchAttribute | undefined;
  readonly swvPort: LaunchAttribute | undefined;
  readonly swvOn: boolean;
  /** `swd_mode`: false is JTAG. */
  readonly swd: LaunchAttribute | undefined;
  readonly startsServer: boolean;
  /** Settings that name a chip: J-Link's device, the SVD file. */
  readonly chipNames: readonly LaunchAttribute[];
}

/** Reads a launch configuration as STM32CubeIDE's; `undefined` when it is of another kind. */
export function stm32Launch(launch: LaunchFile): Stm32Launch | undefined {
  if (!launch.type.startsWith("com.st.stm32cube.ide.mcu.debug")) return undefined;
  const get = launch.attribute;
  const on = (key: string): boolean => get(key)?.value === "true";
  const checks = get(`${STLINK}.stlink_check_serial_number`);
  const { loaders, trouble } = loadersOf(launch);
  return {
    fileName: launch.fileName,
    server: serverOf(launch),
    program: get("org.eclipse.cdt.launch.PROGRAM_NAME"),
    project: get("org.eclipse.cdt.launch.PROJECT_ATTR"),
    loaders,
    loaderTrouble: trouble,
    resetStrategy: get(`${STLINK}.reset_strategy`),
    accessPort: get(`${LAUNCH}.access_port_id`),
    frequency: get(`${STLINK}.frequency`),
    checksSerial: checks?.value === "true" ? checks : undefined,
    serial: get(`${STLINK}.stlink_txt_serial_number`),
    port: get("org.eclipse.cdt.debug.gdbjtag.core.portNumber"),
    swvPort: get(`${LAUNCH}.swv_port`),
    swvOn: on(`${LAUNCH}.enable_swv`),
    swd: get(`${LAUNCH}.swd_mode`),
    startsServer: get(`${LAUNCH}.startServer`)?.value !== "false",
    // The keys differ from version to version and from server to server; what they have in common is their last part.
    chipNames: launch.attributes.filter(
      ({ key, value }) => /(device|svd)[^.]*$/i.test(key) && /(^|[\\/])STM32[A-Z]{1,3}\d/i.test(value),
    ),
  };
}

/** Newer versions name the probe software by id (`...mcu.debug.openocd`), older ones in words. */
function serverOf(launch: LaunchFile): Stm32Launch["server"] {
  const id = launch.attribute("org.eclipse.cdt.debug.gdbjtag.core.jtagDeviceId")?.value ?? "";
  const words = launch.attribute("org.eclipse.cdt.debug.gdbjtag.core.jtagDevice")?.value ?? "";
  const text = `${id} ${words}`.toLowerCase();
  if (text.includes("openocd")) return "openocd";
  if (text.includes("jlink") || text.includes("j-link") || text.includes("segger")) return "j-link";
  return text.includes("st-link") || text.includes("stlink") ? "st-link" : "unknown";
}

function loadersOf(launch: LaunchFile): { loaders: LaunchLoader[]; trouble: LaunchAttribute | undefined } {
  const loaders: LaunchLoader[] = [];
  const box = launch.attribute(ENABLE_LOADER_KEY);
  const single = launch.attribute(LOADER_KEY);
  // A loader may stand there with its memory's address and name; its file is what ends as a loader's does.
  const path = single?.value.match(/[^,;"]*\.(?:stldr|flm)\b/i)?.[0].trim() ?? single?.value.trim();
  if (single !== undefined && path !== undefined && path !== "") {
    loaders.push({
      path,
      enabled: box?.value === "true",
      key: LOADER_KEY,
      line: single.line,
      switchedBy: `${ENABLE_LOADER_KEY}=${box?.value ?? "(absent)"}`,
      switchLine: box?.line ?? single.line,
    });
  }
  const list = launch.attribute(LOADER_LIST_KEY);
  if (list === undefined || list.value.trim() === "") return { loaders, trouble: undefined };
  const items = parsed(list.value);
  if (!Array.isArray(items)) return { loaders, trouble: list };
  for (const item of items as unknown[]) {
    const { fLoaderPath, fIsEnabled } = (item ?? {}) as { fLoaderPath?: unknown; fIsEnabled?: unknown };
    if (typeof fLoaderPath !== "string") return { loaders, trouble: list };
    if (fLoaderPath === "") continue;
    loaders.push({
      path: fLoaderPath,
      enabled: fIsEnabled !== false,
      key: LOADER_LIST_KEY,
      line: list.line,
      switchedBy: `fIsEnabled=${fIsEnabled !== false}`,
      switchLine: list.line,
    });
  }
  return { loaders, trouble: undefined };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Reported with the attribute itself: the caller knows its line.
    return undefined;
  }
}
