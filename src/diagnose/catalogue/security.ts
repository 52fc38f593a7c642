import type { FindingKind } from "./finding-kind.ts";

/** What a chip's own secure code is asked to do: let a debugger in, take keys, install a program that stays secret. */
export const security = [
  {
    code: "debug-authentication-fails",
    title: "The chip's debug authentication does not let the debugger in",
    cause:
      "The chip does not answer the debug authentication: most often NRST is not wired to the probe (the request is left in the chip while NRST is held), else nothing was provisioned that it could authenticate against, or the chip has no such service in this product state.",
    variants: {
      refused:
        "The chip answers the debug authentication and does not grant what was asked ({text}): the password, key or certificate is not the one that was provisioned into this chip, or does not allow this action in this product state.",
    },
    how: "The tool resets the chip by NRST, leaves a request in the debug mailbox and waits for the chip's boot code to answer (AN6008; ARM's ADAC). Discovery comes first and needs no secret: whether it was answered parts the two cases. Why there is no answer the tool does not say.",
    remedy: [
      "Wire NRST of the chip to the probe: four wires (SWDIO, SWCLK, GND, 3.3 V) are not enough for this. Check that nothing else holds it, and that the probe is the only one.",
      "Take a 64-bit STM32CubeProgrammer of the newest release, and newest firmware for the probe; SWD, hot plug: `STM32_Programmer_CLI -c port=SWD mode=HOTPLUG debugauth=2` is the discovery.",
      "Use the password or the certificate chain and key that belong to what was provisioned (H5 with TrustZone off takes a password, with it on a certificate), made for this very member of the family.",
      "A chip that was closed before anything was provisioned, or locked, cannot be opened again: replace it.",
    ],
  },
  {
    code: "secure-install-fails",
    title: "The chip's secure services do not do what the tool asks",
    cause:
      "The chip's secure service (RSS) did not install what it was given ({text}): the licence is for another chip or used up, the image was made for another chip or with option bytes that do not fit, or the chip was not in the state that an installation starts from.",
    variants: {
      rss: "The chip's secure service (RSS, RSSe) does not start or answer ({text}): the product state, TZEN, the boot pin or the interface are not those that it needs, or this chip is of an early revision whose secure firmware (SFSP) is too old.",
      provisioning:
        "The chip did not take the keys that were to be provisioned ({text}): the file was made for another member of the family, with another size or for another TrustZone setting, or the chip is not in its provisioning state.",
      license:
        "No licence came from the HSM ({text}): no card or reader is there, the slot is another, its counter is used up, or it was personalised for another chip.",
    },
    how: "The service in the chip's system memory checks licence, image and state by itself and tells the tool one word of it (AN4992, AN5054). What that word is about is told; which of its reasons it is, the text does not say.",
    remedy: [
      "Read the state first: `STM32_Programmer_CLI -c port=SWD mode=HOTPLUG -ob displ` (RDP, TZEN, product state), and the revision and SFSP version that the tool prints. Early boards have an SFSP that cannot be updated.",
      "Start from what the release notes name: RDP level 0 or product state Open (provisioning: 0x17), option bytes at their defaults, the boot pin as AN4992 has it for that interface.",
      "Make licence and image for the very device ID and personalisation package (STM32TrustedPackageCreator of the same release), and count what is left on the HSM.",
    ],
  },
] as const satisfies readonly FindingKind[];
