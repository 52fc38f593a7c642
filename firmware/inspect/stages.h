/* Eight functions that are called one after the other: more places to stop at than there are breakpoint comparators. */
#ifndef STAGES_H
#define STAGES_H

#include <stdint.h>

/** Passes `value` through all stages. */
uint32_t run_stages(uint32_t value);

#endif
