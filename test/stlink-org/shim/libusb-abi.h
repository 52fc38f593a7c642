/* What programs that were compiled against libusb 1.0 have in memory: the parts of its binary interface that the
   ST-LINK tools and OpenOCD rely on. Written down here so that no development package is needed. */
#ifndef LIBUSB_ABI_H
#define LIBUSB_ABI_H

#include <stdint.h>

enum {
  ERROR_IO = -1,
  ERROR_INVALID_PARAM = -2,
  ERROR_NO_DEVICE = -4,
  ERROR_NOT_FOUND = -5,
  ERROR_BUSY = -6,
  ERROR_TIMEOUT = -7,
  ERROR_OVERFLOW = -8,
  ERROR_PIPE = -9,
  ERROR_INTERRUPTED = -10,
  ERROR_NO_MEM = -11,
  ERROR_NOT_SUPPORTED = -12,
};

/* How an asynchronous transfer ended. */
enum {
  TRANSFER_COMPLETED,
  TRANSFER_ERROR,
  TRANSFER_TIMED_OUT,
  TRANSFER_CANCELLED,
  TRANSFER_STALL,
  TRANSFER_NO_DEVICE,
  TRANSFER_OVERFLOW,
};

enum { TRANSFER_CONTROL = 0, TRANSFER_BULK = 2 };
/* Bits of a transfer's flags. */
enum { FREE_BUFFER = 2, FREE_TRANSFER = 4 };

struct endpoint_descriptor {
  uint8_t length, descriptor_type, address, attributes;
  uint16_t max_packet;
  uint8_t interval, refresh, synch_address;
  const uint8_t *extra;
  int extra_length;
};

struct interface_descriptor {
  uint8_t length, descriptor_type, number, setting, endpoint_count, class_code, subclass, protocol, name;
  const struct endpoint_descriptor *endpoints;
  const uint8_t *extra;
  int extra_length;
};

struct interface {
  const struct interface_descriptor *settings;
  int setting_count;
};

struct config_descriptor {
  uint8_t length, descriptor_type;
  uint16_t total_length;
  uint8_t interface_count, value, name, attributes, max_power;
  const struct interface *interfaces;
  const uint8_t *extra;
  int extra_length;
};

struct handle;

struct transfer {
  struct handle *handle;
  uint8_t flags;
  uint8_t endpoint;
  uint8_t type;
  unsigned timeout;
  int status;
  int length;
  int actual_length;
  void (*callback)(struct transfer *);
  void *user_data;
  uint8_t *buffer;
  int iso_packet_count;
  /* descriptors of isochronous packets follow, 12 bytes each */
};

#endif
