/* libusb calls about devices: finding, opening, descriptors, configuration, claims. PROBITY_USBREDIR lists the ports of
   `probity sim usb`, separated by commas; each is one device on bus 1. */
#include "libusb-devices.h"

#include <stdlib.h>
#include <string.h>

enum { GET_DESCRIPTOR = 6, CLEAR_FEATURE = 1, SET_INTERFACE = 11, STRING = 3, PATIENCE = 1000 };
enum { INTERFACE = 4, ENDPOINT = 5 };

struct device *found_devices;
static int users;

int error_of(enum outcome outcome) {
  switch (outcome) {
    case OUTCOME_SUCCESS: return 0;
    case OUTCOME_TIMEOUT: return ERROR_TIMEOUT;
    case OUTCOME_INVALID: return ERROR_NOT_FOUND;
    case OUTCOME_STALL: return ERROR_PIPE;
    case OUTCOME_BABBLE: return ERROR_OVERFLOW;
    case OUTCOME_GONE: return ERROR_NO_DEVICE;
    default: return ERROR_IO;
  }
}

const char *libusb_error_name(int error) {
  switch (error) {
    case 0: return "LIBUSB_SUCCESS";
    case ERROR_IO: return "LIBUSB_ERROR_IO";
    case ERROR_INVALID_PARAM: return "LIBUSB_ERROR_INVALID_PARAM";
    case ERROR_NO_DEVICE: return "LIBUSB_ERROR_NO_DEVICE";
    case ERROR_NOT_FOUND: return "LIBUSB_ERROR_NOT_FOUND";
    case ERROR_BUSY: return "LIBUSB_ERROR_BUSY";
    case ERROR_TIMEOUT: return "LIBUSB_ERROR_TIMEOUT";
    case ERROR_OVERFLOW: return "LIBUSB_ERROR_OVERFLOW";
    case ERROR_PIPE: return "LIBUSB_ERROR_PIPE";
    case ERROR_INTERRUPTED: return "LIBUSB_ERROR_INTERRUPTED";
    case ERROR_NO_MEM: return "LIBUSB_ERROR_NO_MEM";
    case ERROR_NOT_SUPPORTED: return "LIBUSB_ERROR_NOT_SUPPORTED";
    default: return "LIBUSB_ERROR_OTHER";
  }
}

const char *libusb_strerror(int error) { return libusb_error_name(error); }

static void release(struct device *device) {
  if (--device->references == 0) device_close(device);
}

/* Takes devices that are gone off the list: one that was put back is another device. */
static void drop(int all) {
  for (struct device **at = &found_devices; *at != NULL;) {
    struct device *device = *at;
    if (device->plugged && !all) {
      at = &device->next;
      continue;
    }
    *at = device->next;
    release(device);
  }
}

int libusb_init(void **context) {
  users += 1;
  if (context != NULL) *context = &found_devices;
  return 0;
}

void libusb_exit(void *context) {
  (void)context;
  if (users > 0 && --users == 0) drop(1);
}

int libusb_set_option(void *context, int option, ...) {
  (void)context, (void)option;
  return 0;
}

void libusb_set_debug(void *context, int level) { (void)context, (void)level; }

static int is_found(int number) {
  for (struct device *device = found_devices; device != NULL; device = device->next)
    if (device->number == number) return 1;
  return 0;
}

long libusb_get_device_list(void *context, struct device ***list) {
  (void)context;
  for (struct device *device = found_devices; device != NULL; device = device->next) device_pump(device);
  drop(0);
  const char *ports = getenv("PROBITY_USBREDIR");
  for (int number = 1; ports != NULL && *ports != '\0'; number++) {
    char *rest;
    long port = strtol(ports, &rest, 10);
    struct device *device = is_found(number) ? NULL : device_open((int)port, number);
    if (device != NULL) {
      device->next = found_devices;
      found_devices = device;
    }
    ports = *rest == ',' ? rest + 1 : NULL;
  }
  long count = 0;
  for (struct device *device = found_devices; device != NULL; device = device->next) count++;
  *list = calloc((size_t)count + 1, sizeof **list);
  if (*list == NULL) return ERROR_NO_MEM;
  long at = count; /* the newest stands first in found_devices */
  for (struct device *device = found_devices; device != NULL; device = device->next) {
    device->references += 1;
    (*list)[--at] = device;
  }
  return count;
}

void libusb_free_device_list(struct device **list, int unreference) {
  for (struct device **at = list; at != NULL && unreference && *at != NULL; at++) release(*at);
  free(list);
}

struct device *libusb_ref_device(struct device *device) {
  device->references += 1;
  return device;
}

void libusb_unref_device(struct device *device) { release(device); }

uint8_t libusb_get_bus_number(struct device *device) {
  (void)device;
  return 1;
}

uint8_t libusb_get_port_number(struct device *device) { return (uint8_t)device->number; }

struct device *libusb_get_parent(struct device *device) {
  (void)device;
  return NULL;
}

/* libusb's numbers begin with 1 for low speed, usbredir's with 0. */
int libusb_get_device_speed(struct device *device) { return device->speed + 1; }

uint8_t libusb_get_device_address(struct device *device) { return (uint8_t)(device->number + 1); }

int libusb_get_port_numbers(struct device *device, uint8_t *numbers, int room) {
  if (room < 1) return ERROR_OVERFLOW;
  numbers[0] = (uint8_t)device->number;
  return 1;
}

int libusb_get_device_descriptor(struct device *device, uint8_t *descriptor) {
  memcpy(descriptor, device->device_descriptor, sizeof device->device_descriptor);
  return 0;
}

/* The descriptor's own fields and, behind each part, the parts that it has: four blocks of memory in one. */
struct parsed {
  struct config_descriptor config;
  struct interface interfaces[32];
  struct interface_descriptor settings[32];
  struct endpoint_descriptor endpoints[64];
};

int libusb_get_config_descriptor(struct device *device, uint8_t index, struct config_descriptor **out) {
  if (index != 0) return ERROR_NOT_FOUND;
  struct parsed *parsed = calloc(1, sizeof *parsed);
  if (parsed == NULL) return ERROR_NO_MEM;
  const uint8_t *bytes = device->configuration_descriptor;
  struct config_descriptor *config = &parsed->config;
  memcpy(config, bytes, 2);
  config->total_length = (uint16_t)device->configuration_bytes;
  memcpy(&config->interface_count, bytes + 4, 5);
  config->interface_count = 0;
  config->interfaces = parsed->interfaces;
  int endpoints = 0;
  struct interface_descriptor *current = NULL;
  for (uint32_t at = bytes[0]; at + 2 <= device->configuration_bytes && bytes[at] >= 2; at += bytes[at]) {
    if (bytes[at + 1] == INTERFACE && config->interface_count < 32) {
      int number = config->interface_count++;
      current = &parsed->settings[number];
      memcpy(current, bytes + at, 9);
      current->endpoints = &parsed->endpoints[endpoints];
      parsed->interfaces[number] = (struct interface){current, 1};
    } else if (bytes[at + 1] == ENDPOINT && current != NULL && endpoints < 64) {
      struct endpoint_descriptor *endpoint = &parsed->endpoints[endpoints++];
      memcpy(endpoint, bytes + at, 4);
      endpoint->max_packet = (uint16_t)(bytes[at + 4] | bytes[at + 5] << 8);
      endpoint->interval = bytes[at + 6];
    }
  }
  *out = config;
  return 0;
}

int libusb_get_active_config_descriptor(struct device *device, struct config_descriptor **out) {
  return libusb_get_config_descriptor(device, 0, out);
}

int libusb_get_max_iso_packet_size(struct device *device, uint8_t endpoint) {
  (void)device, (void)endpoint;
  return ERROR_NOT_SUPPORTED;
}

void libusb_free_config_descriptor(struct config_descriptor *config) { free(config); }

int libusb_open(struct device *device, struct handle **handle) {
  if (!device->plugged) return ERROR_NO_DEVICE;
  *handle = calloc(1, sizeof **handle);
  if (*handle == NULL) return ERROR_NO_MEM;
  (*handle)->device = libusb_ref_device(device);
  return 0;
}

void libusb_close(struct handle *handle) {
  if (handle == NULL) return;
  release(handle->device);
  free(handle);
}

struct device *libusb_get_device(struct handle *handle) { return handle->device; }

struct handle *libusb_open_device_with_vid_pid(void *context, uint16_t vendor, uint16_t product) {
  struct device **list;
  struct handle *handle = NULL;
  long count = libusb_get_device_list(context, &list);
  for (long index = 0; index < count && handle == NULL; index++) {
    const uint8_t *ids = list[index]->device_descriptor + 8;
    if ((ids[0] | ids[1] << 8) == vendor && (ids[2] | ids[3] << 8) == product) libusb_open(list[index], &handle);
  }
  if (count >= 0) libusb_free_device_list(list, 1);
  return handle;
}

int libusb_control_transfer(struct handle *handle, uint8_t request_type, uint8_t request, uint16_t value,
                            uint16_t index, uint8_t *data, uint16_t length, unsigned timeout) {
  struct setup setup = {request_type, request, value, index, length};
  enum outcome outcome;
  int moved = control(handle->device, setup, data, timeout, &outcome);
  return moved < 0 ? error_of(outcome) : moved;
}

int libusb_get_string_descriptor_ascii(struct handle *handle, uint8_t index, uint8_t *text, int room) {
  uint8_t raw[255];
  if (index == 0 || room < 1) return ERROR_INVALID_PARAM;
  int got = libusb_control_transfer(handle, 0x80, GET_DESCRIPTOR, STRING << 8, 0, raw, sizeof raw, PATIENCE);
  if (got < 4) return got < 0 ? got : ERROR_IO;
  uint16_t language = (uint16_t)(raw[2] | raw[3] << 8);
  got = libusb_control_transfer(handle, 0x80, GET_DESCRIPTOR, (uint16_t)(STRING << 8 | index), language, raw,
                                sizeof raw, PATIENCE);
  if (got < 0) return got;
  int length = 0;
  for (int at = 2; at + 1 < got && length < room - 1; at += 2)
    text[length++] = raw[at] > 0x7f || raw[at + 1] != 0 ? '?' : raw[at];
  text[length] = '\0';
  return length;
}

int libusb_get_configuration(struct handle *handle, int *value) {
  if (!handle->device->plugged) return ERROR_NO_DEVICE;
  *value = handle->device->configuration;
  return 0;
}

int libusb_set_configuration(struct handle *handle, int value) {
  return error_of(set_configuration(handle->device, value < 0 ? 0 : (uint8_t)value));
}

static int has_interface(struct device *device, int number) {
  return number >= 0 && number < device->configuration_descriptor[4];
}

int libusb_claim_interface(struct handle *handle, int number) {
  device_pump(handle->device);
  if (!handle->device->plugged) return ERROR_NO_DEVICE;
  return has_interface(handle->device, number) ? 0 : ERROR_NOT_FOUND;
}

int libusb_release_interface(struct handle *handle, int number) { return libusb_claim_interface(handle, number); }

int libusb_kernel_driver_active(struct handle *handle, int number) {
  (void)handle, (void)number;
  return 0;
}

int libusb_detach_kernel_driver(struct handle *handle, int number) {
  (void)handle, (void)number;
  return ERROR_NOT_FOUND;
}

int libusb_attach_kernel_driver(struct handle *handle, int number) {
  return libusb_detach_kernel_driver(handle, number);
}

int libusb_set_auto_detach_kernel_driver(struct handle *handle, int enable) {
  (void)handle, (void)enable;
  return 0;
}

int libusb_set_interface_alt_setting(struct handle *handle, int number, int setting) {
  return libusb_control_transfer(handle, 0x01, SET_INTERFACE, (uint16_t)setting, (uint16_t)number, NULL, 0, PATIENCE);
}

int libusb_clear_halt(struct handle *handle, uint8_t endpoint) {
  return libusb_control_transfer(handle, 0x02, CLEAR_FEATURE, 0, endpoint, NULL, 0, PATIENCE);
}

int libusb_reset_device(struct handle *handle) {
  uint8_t value = handle->device->configuration;
  bus_reset(handle->device);
  return error_of(set_configuration(handle->device, value));
}
