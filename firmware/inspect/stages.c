#include "stages.h"

uint32_t stage_one(uint32_t value) {
    return value + 1u;
}

uint32_t stage_two(uint32_t value) {
    return value * 3u;
}

uint32_t stage_three(uint32_t value) {
    return value ^ 0x55u;
}

uint32_t stage_four(uint32_t value) {
    return value << 2;
}

uint32_t stage_five(uint32_t value) {
    return value - 7u;
}

uint32_t stage_six(uint32_t value) {
    return value | 1u;
}

uint32_t stage_seven(uint32_t value) {
    return value % 1000u;
}

uint32_t stage_eight(uint32_t value) {
    uint32_t doubled = value + value;
    return doubled;
}

uint32_t (*const stages[8])(uint32_t) = {
    stage_one, stage_two, stage_three, stage_four, stage_five, stage_six, stage_seven, stage_eight,
};

uint32_t run_stages(uint32_t value) {
    for (int i = 0; i < 8; i++) {
        value = stages[i](value);
    }
    return value;
}
