import { stVendorId, usbProducts } from "../link/usb/products.ts";

/** Where a machine's own rules stand. The number puts them before 73-seat-late.rules, which acts on the tag `uaccess`. */
export const rulesPath = "/etc/udev/rules.d/60-probity-stlink.rules";

/** The group that may open the probes beside who sits at the machine. */
export const rulesGroup = "plugdev";

/** Rules of udev that let ordinary users open every ST-LINK there is: one line for each product. */
export function udevRules(): string {
  const digits = (value: number): string => value.toString(16).padStart(4, "0");
  const rules = usbProducts.map(
    ({ productId }) =>
      `SUBSYSTEM=="usb", ATTR{idVendor}=="${digits(stVendorId)}", ATTR{idProduct}=="${digits(productId)}", ` +
      `MODE="0660", GROUP="${rulesGroup}", TAG+="uaccess"`,
  );
  const names = usbProducts.map(({ productId, name }) => `#   ${digits(productId)}  ${name}`);
  return [
    "# ST-LINK probes, written by `probity udev`. Whoever is logged in at this machine may open them,",
    `# and so may members of the group ${rulesGroup} (over SSH, say).`,
    ...names,
    ...rules,
    "",
  ].join("\n");
}
