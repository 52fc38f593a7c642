/* A USB device at the other end of a usbredir connection, with the transfers that are under way to it. */
#ifndef REDIRECTED_DEVICE_H
#define REDIRECTED_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Only libusb's own names may be seen by the program. */
#pragma GCC visibility push(hidden)

/* How a transfer ended, as usbredir says it; the last two are this end's own. */
enum outcome {
  OUTCOME_SUCCESS = 0,
  OUTCOME_CANCELLED = 1,
  OUTCOME_INVALID = 2,
  OUTCOME_ERROR = 3,
  OUTCOME_STALL = 4,
  OUTCOME_TIMEOUT = 5,
  OUTCOME_BABBLE = 6,
  OUTCOME_GONE = 100,
  OUTCOME_UNDER_WAY = 101,
};

/* The setup stage of a control transfer. */
struct setup {
  uint8_t request_type, request;
  uint16_t value, index, length;
};

struct job {
  struct job *next;
  uint32_t id;
  bool reads;
  uint8_t *data; /* where what is read goes; what is written was sent already */
  uint32_t room;
  uint32_t moved;
  enum outcome outcome;
  long long deadline; /* milliseconds of the monotonic clock; 0: none */
  bool timed_out;
  void *owner; /* the libusb transfer, NULL for a caller that waits */
};

struct device {
  int references;
  int number;
  int socket;
  bool plugged;
  uint8_t speed; /* 1 full, 2 high */
  uint8_t configuration;
  uint8_t device_descriptor[18];
  uint8_t *configuration_descriptor;
  uint32_t configuration_bytes;
  uint32_t next_id;
  struct job *jobs;
  uint8_t *inbox;
  size_t held;
  struct device *next;
};

long long now(void);

/* Connects to a port of 127.0.0.1 and does what a kernel does with a new device: bus reset, descriptors, configuration 1.
   NULL when nobody listens, no device is plugged in, or another guest has it. */
struct device *device_open(int port, int number);
void device_close(struct device *device);

/* Starts a transfer. The job stays the caller's; device_forget ends it early. */
void start_bulk(struct device *device, struct job *job, uint8_t endpoint, uint8_t *data, uint32_t length);
void start_control(struct device *device, struct job *job, struct setup setup, uint8_t *data);
void cancel(struct device *device, struct job *job);
void device_forget(struct device *device, struct job *job);

/* Takes what has arrived, and cancels what is overdue. */
void device_pump(struct device *device);

/* Waits for a job. */
enum outcome await(struct device *device, struct job *job);

/* A whole control transfer; returns the bytes moved or -1. */
int control(struct device *device, struct setup setup, uint8_t *data, unsigned timeout, enum outcome *outcome);
enum outcome set_configuration(struct device *device, uint8_t value);
void bus_reset(struct device *device);

#pragma GCC visibility pop

#endif
