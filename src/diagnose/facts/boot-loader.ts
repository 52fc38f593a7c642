/** The chip's own boot loader and secure services, reached with or without a probe. */

export interface BootLoaderFacts {
  /** A serial port of the computer that could not be opened; why, where the system's words tell. */
  "serial-port-failed": { readonly port?: string; readonly why?: "missing" | "busy" | "permission" };
  /**
   * What ST's boot loader (AN2606) answered: `refused` is its 0x1F or an error of DFU, `garbled` a byte that is none of its
   * answers; `unread`: it is there, and a read through it failed, refused or lost on the way. `foreign`: what is there names
   * another maker, and does not answer as ST's. `to`: what was asked, in words; of a foreign one its name.
   */
  "boot-loader": {
    /** `bus`: SPI, I2C or CAN, by the bridge of an STLINK-V3. */
    readonly over: "serial" | "usb" | "bus";
    readonly answer: "ok" | "none" | "refused" | "garbled" | "error" | "unread" | "foreign";
    readonly to?: string;
  };

  /** The system saw a device being plugged in at USB, and got no descriptor from it. */
  "usb-not-answering": Record<string, never>;
  /** The driver that Windows has for ST's boot loader on USB, by the name of its service. */
  "boot-loader-driver": { readonly name: string };

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
}
