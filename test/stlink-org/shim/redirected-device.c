#include "redirected-device.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Message types of the usbredir protocol 0.7. This end offers no capability: headers have 12 bytes, bulk headers 8. */
enum {
  HELLO = 0,
  DEVICE_CONNECT = 1,
  DEVICE_DISCONNECT = 2,
  RESET = 3,
  SET_CONFIGURATION = 6,
  CONFIGURATION_STATUS = 8,
  CANCEL_DATA_PACKET = 21,
  CONTROL_PACKET = 100,
  BULK_PACKET = 101,
};

enum { HEADER = 12, CONTROL_HEADER = 10, BULK_HEADER = 8, HELLO_BYTES = 68, LARGEST = 1 << 20 };

/* How long a device may take to say that it is there, and to answer the requests of a kernel; milliseconds. */
enum { ARRIVAL = 500, KERNEL_PATIENCE = 5000 };

long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

static void put16(uint8_t *at, uint32_t value) {
  at[0] = value & 0xff;
  at[1] = (value >> 8) & 0xff;
}

static void put32(uint8_t *at, uint32_t value) {
  put16(at, value);
  put16(at + 2, value >> 16);
}

static uint32_t get16(const uint8_t *at) { return at[0] | (uint32_t)at[1] << 8; }

static uint32_t get32(const uint8_t *at) { return get16(at) | get16(at + 2) << 16; }

/* The device is gone for good: every job that has no end yet ends so. */
static void hang_up(struct device *device) {
  if (device->socket >= 0) close(device->socket);
  device->socket = -1;
  device->plugged = false;
  for (struct job *job = device->jobs; job != NULL; job = job->next)
    if (job->outcome == OUTCOME_UNDER_WAY) job->outcome = OUTCOME_GONE;
}

static void put(struct device *device, const uint8_t *bytes, size_t count) {
  while (count > 0 && device->socket >= 0) {
    ssize_t sent = send(device->socket, bytes, count, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) {
      hang_up(device);
      return;
    }
    bytes += sent;
    count -= (size_t)sent;
  }
}

static void post(struct device *device, uint32_t type, uint32_t id, const uint8_t *head, size_t head_bytes,
                 const uint8_t *data, size_t data_bytes) {
  uint8_t *message = malloc(HEADER + head_bytes + data_bytes);
  if (message == NULL) {
    hang_up(device);
    return;
  }
  put32(message, type);
  put32(message + 4, (uint32_t)(head_bytes + data_bytes));
  put32(message + 8, id);
  if (head_bytes > 0) memcpy(message + HEADER, head, head_bytes);
  if (data_bytes > 0) memcpy(message + HEADER + head_bytes, data, data_bytes);
  put(device, message, HEADER + head_bytes + data_bytes);
  free(message);
}

static struct job *job_of(struct device *device, uint32_t id) {
  struct job *job = device->jobs;
  while (job != NULL && job->id != id) job = job->next;
  return job;
}

static void finish(struct job *job, uint8_t status, uint32_t length, const uint8_t *data, uint32_t bytes) {
  if (job->outcome != OUTCOME_UNDER_WAY) return;
  if (job->reads) {
    job->moved = bytes < job->room ? bytes : job->room;
    if (job->moved > 0) memcpy(job->data, data, job->moved);
  } else {
    job->moved = length;
  }
  job->outcome = status == OUTCOME_CANCELLED && job->timed_out ? OUTCOME_TIMEOUT : (enum outcome)status;
}

static void take(struct device *device, uint32_t type, uint32_t id, const uint8_t *body, uint32_t bytes) {
  struct job *job = job_of(device, id);
  if (type == HELLO) {
    uint8_t hello[HELLO_BYTES] = "libusb on usbredir";
    post(device, HELLO, 0, hello, sizeof hello, NULL, 0);
  } else if (type == DEVICE_CONNECT && bytes >= 8) {
    device->plugged = true;
    device->speed = body[0];
  } else if (type == DEVICE_DISCONNECT) {
    hang_up(device); /* put back, it is another device: the next list has it */
  } else if (type == BULK_PACKET && bytes >= BULK_HEADER && job != NULL) {
    finish(job, body[1], get16(body + 2), body + BULK_HEADER, bytes - BULK_HEADER);
  } else if (type == CONTROL_PACKET && bytes >= CONTROL_HEADER && job != NULL) {
    finish(job, body[3], get16(body + 8), body + CONTROL_HEADER, bytes - CONTROL_HEADER);
  } else if (type == CONFIGURATION_STATUS && bytes >= 2 && job != NULL) {
    device->configuration = body[1];
    finish(job, body[0], 0, NULL, 0);
  }
}

/* Takes the whole messages that the inbox holds. */
static void take_all(struct device *device) {
  size_t at = 0;
  while (device->socket >= 0 && device->held - at >= HEADER) {
    const uint8_t *message = device->inbox + at;
    uint32_t length = get32(message + 4);
    if (length > LARGEST) {
      hang_up(device);
      return;
    }
    if (device->held - at < HEADER + length) break;
    take(device, get32(message), get32(message + 8), message + HEADER, length);
    at += HEADER + length;
  }
  memmove(device->inbox, device->inbox + at, device->held - at);
  device->held -= at;
}

static void receive(struct device *device) {
  while (device->socket >= 0) {
    ssize_t got = recv(device->socket, device->inbox + device->held, HEADER + LARGEST - device->held, MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (got <= 0) {
      hang_up(device);
      return;
    }
    device->held += (size_t)got;
    take_all(device);
  }
}

void device_pump(struct device *device) {
  receive(device);
  long long time = now();
  for (struct job *job = device->jobs; job != NULL; job = job->next) {
    if (job->outcome != OUTCOME_UNDER_WAY || job->deadline == 0 || job->timed_out || time < job->deadline) continue;
    job->timed_out = true;
    cancel(device, job);
  }
}

enum outcome await(struct device *device, struct job *job) {
  device_pump(device);
  while (job->outcome == OUTCOME_UNDER_WAY) {
    /* What was cancelled is answered soon; an answer that never comes must not hang the tool. */
    long long left = job->deadline == 0 ? 1000 : job->deadline - now();
    if (job->timed_out && left < -KERNEL_PATIENCE) hang_up(device);
    struct pollfd ready = {.fd = device->socket, .events = POLLIN};
    poll(&ready, 1, left < 1 ? 1 : (int)left);
    device_pump(device);
  }
  return job->outcome;
}

static void enter(struct device *device, struct job *job, bool reads, uint8_t *data, uint32_t room) {
  job->id = ++device->next_id;
  job->reads = reads;
  job->data = data;
  job->room = room;
  job->moved = 0;
  job->timed_out = false;
  job->outcome = device->plugged ? OUTCOME_UNDER_WAY : OUTCOME_GONE;
  job->next = device->jobs;
  device->jobs = job;
}

void device_forget(struct device *device, struct job *job) {
  for (struct job **at = &device->jobs; *at != NULL; at = &(*at)->next) {
    if (*at != job) continue;
    *at = job->next;
    return;
  }
}

void start_bulk(struct device *device, struct job *job, uint8_t endpoint, uint8_t *data, uint32_t length) {
  bool reads = (endpoint & 0x80) != 0;
  enter(device, job, reads, data, length);
  if (job->outcome != OUTCOME_UNDER_WAY) return;
  if (length > 0xffff) {
    job->outcome = OUTCOME_INVALID;
    return;
  }
  uint8_t head[BULK_HEADER] = {endpoint};
  put16(head + 2, length);
  post(device, BULK_PACKET, job->id, head, sizeof head, data, reads ? 0 : length);
}

void start_control(struct device *device, struct job *job, struct setup setup, uint8_t *data) {
  bool reads = (setup.request_type & 0x80) != 0;
  enter(device, job, reads, data, setup.length);
  if (job->outcome != OUTCOME_UNDER_WAY) return;
  uint8_t head[CONTROL_HEADER] = {reads ? 0x80 : 0, setup.request, setup.request_type};
  put16(head + 4, setup.value);
  put16(head + 6, setup.index);
  put16(head + 8, setup.length);
  post(device, CONTROL_PACKET, job->id, head, sizeof head, data, reads ? 0 : setup.length);
}

void cancel(struct device *device, struct job *job) { post(device, CANCEL_DATA_PACKET, job->id, NULL, 0, NULL, 0); }

int control(struct device *device, struct setup setup, uint8_t *data, unsigned timeout, enum outcome *outcome) {
  struct job job = {.deadline = timeout == 0 ? 0 : now() + timeout};
  start_control(device, &job, setup, data);
  *outcome = await(device, &job);
  device_forget(device, &job);
  return *outcome == OUTCOME_SUCCESS ? (int)job.moved : -1;
}

enum outcome set_configuration(struct device *device, uint8_t value) {
  struct job job = {.deadline = now() + KERNEL_PATIENCE};
  enter(device, &job, false, NULL, 0);
  if (job.outcome == OUTCOME_UNDER_WAY) post(device, SET_CONFIGURATION, job.id, &value, 1, NULL, 0);
  enum outcome outcome = await(device, &job);
  device_forget(device, &job);
  return outcome;
}

void bus_reset(struct device *device) { post(device, RESET, 0, NULL, 0, NULL, 0); }

/* GET_DESCRIPTOR of the device (type 1) or of its first configuration (type 2). */
static int descriptor(struct device *device, uint16_t type, uint8_t *data, uint16_t length) {
  enum outcome outcome;
  struct setup setup = {.request_type = 0x80, .request = 6, .value = (uint16_t)(type << 8), .length = length};
  return control(device, setup, data, KERNEL_PATIENCE, &outcome);
}

static bool enumerate(struct device *device) {
  uint8_t head[9];
  bus_reset(device);
  if (descriptor(device, 1, device->device_descriptor, 18) != 18) return false;
  if (descriptor(device, 2, head, sizeof head) != sizeof head) return false;
  device->configuration_bytes = get16(head + 2);
  device->configuration_descriptor = malloc(device->configuration_bytes);
  if (device->configuration_descriptor == NULL) return false;
  int got = descriptor(device, 2, device->configuration_descriptor, (uint16_t)device->configuration_bytes);
  return got == (int)device->configuration_bytes && set_configuration(device, head[5]) == OUTCOME_SUCCESS;
}

struct device *device_open(int port, int number) {
  struct device *device = calloc(1, sizeof *device);
  if (device == NULL) return NULL;
  device->references = 1;
  device->number = number;
  device->inbox = malloc(HEADER + LARGEST);
  device->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int on = 1;
  setsockopt(device->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (device->inbox == NULL || connect(device->socket, (struct sockaddr *)&address, sizeof address) != 0) {
    device_close(device);
    return NULL;
  }
  for (long long until = now() + ARRIVAL; !device->plugged && device->socket >= 0 && now() < until;) {
    struct pollfd ready = {.fd = device->socket, .events = POLLIN};
    poll(&ready, 1, ARRIVAL / 10);
    receive(device);
  }
  if (device->plugged && enumerate(device)) return device;
  device_close(device);
  return NULL;
}

void device_close(struct device *device) {
  hang_up(device);
  free(device->inbox);
  free(device->configuration_descriptor);
  free(device);
}
