/* libusb calls that move data on bulk and control pipes, at once or with a callback. */
#include "libusb-devices.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

enum { SETUP_BYTES = 8, ISO_PACKET_BYTES = 12, MOST_DEVICES = 32 };

/* A transfer with what this end keeps of it. */
struct flight {
  struct job job;
  int flying;
  struct transfer transfer;
};

int libusb_bulk_transfer(struct handle *handle, uint8_t endpoint, uint8_t *data, int length, int *moved,
                         unsigned timeout) {
  struct job job = {.deadline = timeout == 0 ? 0 : now() + timeout};
  start_bulk(handle->device, &job, endpoint, data, (uint32_t)length);
  enum outcome outcome = await(handle->device, &job);
  device_forget(handle->device, &job);
  if (moved != NULL) *moved = (int)job.moved;
  return error_of(outcome);
}

/* No interrupt endpoint of an ST-LINK is of use to a debugger. */
int libusb_interrupt_transfer(struct handle *handle, uint8_t endpoint, uint8_t *data, int length, int *moved,
                              unsigned timeout) {
  (void)handle, (void)endpoint, (void)data, (void)length, (void)timeout;
  if (moved != NULL) *moved = 0;
  return ERROR_NOT_SUPPORTED;
}

static struct flight *flight_of(struct transfer *transfer) {
  return (struct flight *)((char *)transfer - offsetof(struct flight, transfer));
}

struct transfer *libusb_alloc_transfer(int iso_packets) {
  struct flight *flight = calloc(1, sizeof *flight + (size_t)iso_packets * ISO_PACKET_BYTES);
  return flight == NULL ? NULL : &flight->transfer;
}

void libusb_free_transfer(struct transfer *transfer) {
  if (transfer == NULL) return;
  if (flight_of(transfer)->flying) device_forget(transfer->handle->device, &flight_of(transfer)->job);
  if ((transfer->flags & FREE_BUFFER) != 0) free(transfer->buffer);
  free(flight_of(transfer));
}

int libusb_submit_transfer(struct transfer *transfer) {
  struct flight *flight = flight_of(transfer);
  struct device *device = transfer->handle->device;
  if (flight->flying) return ERROR_BUSY;
  if (!device->plugged) return ERROR_NO_DEVICE;
  flight->job.owner = transfer;
  flight->job.deadline = transfer->timeout == 0 ? 0 : now() + transfer->timeout;
  if (transfer->type == TRANSFER_BULK) {
    start_bulk(device, &flight->job, transfer->endpoint, transfer->buffer, (uint32_t)transfer->length);
  } else if (transfer->type == TRANSFER_CONTROL && transfer->length >= SETUP_BYTES) {
    const uint8_t *raw = transfer->buffer;
    struct setup setup = {raw[0], raw[1], (uint16_t)(raw[2] | raw[3] << 8), (uint16_t)(raw[4] | raw[5] << 8),
                          (uint16_t)(raw[6] | raw[7] << 8)};
    start_control(device, &flight->job, setup, transfer->buffer + SETUP_BYTES);
  } else {
    return ERROR_NOT_SUPPORTED;
  }
  flight->flying = 1;
  return 0;
}

int libusb_cancel_transfer(struct transfer *transfer) {
  struct flight *flight = flight_of(transfer);
  if (!flight->flying) return ERROR_NOT_FOUND;
  cancel(transfer->handle->device, &flight->job);
  return 0;
}

static int status_of(enum outcome outcome) {
  switch (outcome) {
    case OUTCOME_SUCCESS: return TRANSFER_COMPLETED;
    case OUTCOME_CANCELLED: return TRANSFER_CANCELLED;
    case OUTCOME_TIMEOUT: return TRANSFER_TIMED_OUT;
    case OUTCOME_STALL: return TRANSFER_STALL;
    case OUTCOME_BABBLE: return TRANSFER_OVERFLOW;
    case OUTCOME_GONE: return TRANSFER_NO_DEVICE;
    default: return TRANSFER_ERROR;
  }
}

/* Calls back for one transfer that has ended; 0 when there is none. Callbacks may start, end and free transfers. */
static int report_one(void) {
  for (struct device *device = found_devices; device != NULL; device = device->next) {
    struct job *oldest = NULL; /* the list has the newest first */
    for (struct job *job = device->jobs; job != NULL; job = job->next)
      if (job->owner != NULL && job->outcome != OUTCOME_UNDER_WAY) oldest = job;
    if (oldest == NULL) continue;
    struct transfer *transfer = oldest->owner;
    device_forget(device, oldest);
    flight_of(transfer)->flying = 0;
    transfer->status = status_of(oldest->outcome);
    transfer->actual_length = (int)oldest->moved;
    int free_it = (transfer->flags & FREE_TRANSFER) != 0;
    if (transfer->callback != NULL) transfer->callback(transfer);
    if (free_it) libusb_free_transfer(transfer);
    return 1;
  }
  return 0;
}

/* Milliseconds until the first transfer is overdue, at most `most`. */
static int patience(long long most) {
  for (struct device *device = found_devices; device != NULL; device = device->next) {
    for (struct job *job = device->jobs; job != NULL; job = job->next) {
      if (job->deadline == 0 || job->timed_out) continue;
      long long left = job->deadline - now();
      if (left < most) most = left < 0 ? 0 : left;
    }
  }
  return (int)most;
}

int libusb_handle_events_timeout_completed(void *context, struct timeval *time, int *completed) {
  (void)context;
  long long until = now() + time->tv_sec * 1000LL + time->tv_usec / 1000;
  for (;;) {
    int any = 0;
    struct pollfd sockets[MOST_DEVICES];
    nfds_t count = 0;
    for (struct device *device = found_devices; device != NULL; device = device->next) {
      device_pump(device);
      if (device->socket >= 0 && count < MOST_DEVICES)
        sockets[count++] = (struct pollfd){.fd = device->socket, .events = POLLIN};
    }
    while (report_one()) any = 1;
    long long left = until - now();
    if (any || left <= 0 || (completed != NULL && *completed != 0)) return 0;
    if (poll(sockets, count, patience(left)) < 0 && errno == EINTR) return ERROR_INTERRUPTED;
  }
}

int libusb_handle_events_completed(void *context, int *completed) {
  struct timeval minute = {.tv_sec = 60};
  return libusb_handle_events_timeout_completed(context, &minute, completed);
}

int libusb_handle_events_timeout(void *context, struct timeval *time) {
  return libusb_handle_events_timeout_completed(context, time, NULL);
}

int libusb_handle_events(void *context) { return libusb_handle_events_completed(context, NULL); }
