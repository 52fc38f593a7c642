/* The devices that this process has found: what libusb calls a device is a struct device here. */
#ifndef LIBUSB_DEVICES_H
#define LIBUSB_DEVICES_H

#include "libusb-abi.h"
#include "redirected-device.h"

#pragma GCC visibility push(hidden)

struct handle {
  struct device *device;
};

/* All of them, linked by `next`. */
extern struct device *found_devices;

/* libusb's error for how a transfer ended. */
int error_of(enum outcome outcome);

#pragma GCC visibility pop

#endif
