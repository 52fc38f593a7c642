#include "shapes.h"

static int32_t circle_area(const struct shape *shape) {
    int32_t radius = shape->as.circle.radius;
    return 2 * 3 * radius * radius;
}

static int32_t rectangle_area(const struct shape *shape) {
    return 2 * shape->as.rectangle.width * shape->as.rectangle.height;
}

static int32_t triangle_area(const struct shape *shape) {
    const struct point *corner = shape->as.triangle.corners;
    int32_t area = (corner[1].x - corner[0].x) * (corner[2].y - corner[0].y) -
                   (corner[2].x - corner[0].x) * (corner[1].y - corner[0].y);
    return area < 0 ? -area : area;
}

struct drawing drawing = {
    .count = 3,
    .shapes =
        {
            {SHAPE_CIRCLE, "circle", {1, -2}, {.circle = {5}}, circle_area},
            {SHAPE_RECTANGLE, "rectangle", {-30, 40}, {.rectangle = {6, 7}}, rectangle_area},
            {SHAPE_TRIANGLE, "triangle", {0, 0}, {.triangle = {{{0, 0}, {4, 0}, {0, 3}}}}, triangle_area},
        },
    .flags = {.visible = 1, .layer = 9, .offset = -5},
    .scale = 1.5f,
    .precise_scale = -0.125,
    .revision = 0x123456789ALL,
    .matrix = {{1, 2, 3}, {4, 5, 6}},
};

union word_view word_view = {.word = 0x12345678u};

static struct list_node nodes[4] = {
    {10, &nodes[1]},
    {20, &nodes[2]},
    {30, &nodes[3]},
    {-5, 0},
};

struct list_node *const list_head = &nodes[0];

int32_t drawing_area(const struct drawing *which) {
    int32_t total = 0;
    for (int i = 0; i < which->count; i++) {
        const struct shape *shape = &which->shapes[i];
        total += shape->double_area(shape);
    }
    return total / 2;
}

int32_t list_total(const struct list_node *node) {
    if (node == 0) {
        return 0;
    }
    return node->value + list_total(node->next);
}
