/* A call on a second stack: thread mode with CONTROL.SPSEL = 1, as under an operating system. */
#ifndef PSP_H
#define PSP_H

#include <stdint.h>

/** Calls `work(argument)` on the process stack and returns what it returned; back on the main stack afterwards. */
uint32_t call_on_process_stack(uint32_t (*work)(uint32_t), uint32_t argument);
/** Work that notes which stack it ran on, and takes an interrupt there. */
uint32_t process_work(uint32_t argument);

/** Value of PSP and CONTROL as `process_work` saw them. */
extern volatile uint32_t seen_psp, seen_control;

#endif
