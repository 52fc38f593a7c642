import { listText } from "../loader/words.ts";
import { conclusion } from "../rule.ts";
import { quoted } from "./project-file.ts";
import type { ProjectCheck } from "./project-view.ts";

/** Ways that PlatformIO's platform ststm32 loads and debugs by, and `custom` (docs of its boards, "Uploading", "Debugging"). */
const known: Readonly<Record<string, readonly string[]>> = {
  upload_protocol: ["stlink", "jlink", "blackmagic", "cmsis-dap", "serial", "dfu", "hid", "mbed", "custom"],
  debug_tool: ["stlink", "jlink", "blackmagic", "cmsis-dap", "custom"],
};

/** Names of tools in platformio.ini that its STM32 platform does not know. */
export const checkPlatformio: ProjectCheck = ({ facts }) =>
  facts.platformio.flatMap(({ fileName, settings }) =>
    settings.flatMap(({ section, key, value, line }) => {
      const names = known[key];
      // A value of `${...}` stands elsewhere, and other platforms have other tools.
      if (names === undefined || value === "" || value.includes("$") || names.includes(value)) return [];
      const platform = settings.find((other) => other.key === "platform" && other.section === section)?.value;
      if (platform === undefined || !/^(platformio\/)?ststm32\b/.test(platform)) return [];
      return [
        conclusion("launch-value-wrong", {
          certainty: "likely",
          values: {
            configuration: `[${section}] of ${fileName}`,
            what: `${key} is ${value}, which is none that PlatformIO has for STM32`,
            correction: `Use one of ${listText(names, "or")}; for an ST-LINK it is stlink.`,
          },
          evidence: [quoted(fileName, line, key, value)],
          weight: 60,
          subject: `${fileName} ${section} ${key}`,
        }),
      ];
    }),
  );
