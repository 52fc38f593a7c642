/* Data of every kind that a debugger has to print. */
#ifndef SHAPES_H
#define SHAPES_H

#include <stdint.h>

enum shape_kind { SHAPE_CIRCLE, SHAPE_RECTANGLE, SHAPE_TRIANGLE = 10 };

struct point {
    int16_t x;
    int16_t y;
};

struct shape {
    enum shape_kind kind;
    const char *name;
    struct point origin;
    union {
        struct {
            int32_t radius;
        } circle;
        struct {
            int32_t width;
            int32_t height;
        } rectangle;
        struct {
            struct point corners[3];
        } triangle;
    } as;
    /** Twice the area, so that a triangle stays a whole number. */
    int32_t (*double_area)(const struct shape *shape);
};

struct drawing {
    uint8_t count;
    struct shape shapes[3];
    struct {
        unsigned visible : 1;
        unsigned layer : 4;
        signed offset : 6;
    } flags;
    float scale;
    double precise_scale;
    int64_t revision;
    uint8_t matrix[2][3];
};

union word_view {
    uint32_t word;
    uint16_t halves[2];
    uint8_t bytes[4];
};

struct list_node {
    int32_t value;
    struct list_node *next;
};

extern struct drawing drawing;
extern union word_view word_view;
extern struct list_node *const list_head;

int32_t drawing_area(const struct drawing *which);
/** Sum of a list, by recursion. */
int32_t list_total(const struct list_node *node);

#endif
