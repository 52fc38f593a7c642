/* What a CPU benchmark of small kernels does: a linked list, a matrix, a state machine, and a checksum over it all. */
#include "board.h"

struct node {
    struct node *next;
    int16_t key;
    uint16_t value;
};

static struct node nodes[120];
static int16_t a[12][12], b[12][12];
static int32_t c[12][12];

static uint16_t crc16(uint16_t crc, uint16_t word)
{
    for (int bit = 0; bit < 16; bit++) {
        uint16_t mix = (crc ^ word) & 1;
        crc >>= 1;
        if (mix)
            crc ^= 0xa001;
        word >>= 1;
    }
    return crc;
}

static int by_key(const struct node *x, const struct node *y)
{
    return x->key - y->key;
}

static int by_value(const struct node *x, const struct node *y)
{
    return x->value - y->value;
}

typedef int (*order)(const struct node *, const struct node *);

static struct node *merge(struct node *x, struct node *y, order compare)
{
    struct node head, *tail = &head;
    while (x && y) {
        if (compare(x, y) <= 0) {
            tail->next = x;
            x = x->next;
        } else {
            tail->next = y;
            y = y->next;
        }
        tail = tail->next;
    }
    tail->next = x ? x : y;
    return head.next;
}

static struct node *sort(struct node *list, order compare)
{
    if (!list || !list->next)
        return list;
    struct node *slow = list, *fast = list->next;
    while (fast && fast->next) {
        slow = slow->next;
        fast = fast->next->next;
    }
    struct node *second = slow->next;
    slow->next = 0;
    return merge(sort(list, compare), sort(second, compare), compare);
}

static struct node *reversed(struct node *list)
{
    struct node *done = 0;
    while (list) {
        struct node *next = list->next;
        list->next = done;
        done = list;
        list = next;
    }
    return done;
}

static uint16_t work_on_list(uint32_t *seed, uint16_t crc)
{
    for (int i = 0; i < 120; i++) {
        nodes[i].key = (int16_t)draw(seed);
        nodes[i].value = (uint16_t)draw(seed);
        nodes[i].next = i < 119 ? &nodes[i + 1] : 0;
    }
    struct node *list = sort(nodes, by_key);
    crc = crc16(crc, list->key);
    list = reversed(list);
    for (int turn = 0; turn < 12; turn++) {
        int find = (int)(draw(seed) & 0xff);
        struct node *at = list;
        while (at && (at->value & 0xff) != find)
            at = at->next;
        crc = crc16(crc, at ? at->value : (uint16_t)find);
    }
    list = sort(list, by_value);
    for (struct node *at = list; at; at = at->next)
        crc = crc16(crc, at->value);
    return crc;
}

static uint16_t work_on_matrix(uint32_t *seed, uint16_t crc)
{
    for (int i = 0; i < 12; i++)
        for (int j = 0; j < 12; j++) {
            a[i][j] = (int16_t)draw(seed);
            b[i][j] = (int16_t)(draw(seed) & 0xff);
        }
    for (int i = 0; i < 12; i++)
        for (int j = 0; j < 12; j++) {
            int32_t sum = 0;
            for (int k = 0; k < 12; k++)
                sum += a[i][k] * b[k][j];
            c[i][j] = sum;
        }
    for (int i = 0; i < 12; i++)
        for (int j = 0; j < 12; j++)
            if (c[i][j] > 1000)
                crc = crc16(crc, (uint16_t)(c[i][j] >> 4));
    return crc;
}

enum state { START, SIGN, INTEGER, FRACTION, EXPONENT, INVALID };

static enum state step(enum state now, char letter)
{
    switch (now) {
    case START:
        if (letter == '+' || letter == '-')
            return SIGN;
        return letter >= '0' && letter <= '9' ? INTEGER : INVALID;
    case SIGN:
        return letter >= '0' && letter <= '9' ? INTEGER : letter == '.' ? FRACTION : INVALID;
    case INTEGER:
        if (letter == '.')
            return FRACTION;
        return letter >= '0' && letter <= '9' ? INTEGER : letter == 'e' ? EXPONENT : INVALID;
    case FRACTION:
        return letter >= '0' && letter <= '9' ? FRACTION : letter == 'e' ? EXPONENT : INVALID;
    case EXPONENT:
        return letter >= '0' && letter <= '9' ? EXPONENT : INVALID;
    default:
        return letter == ',' ? START : INVALID;
    }
}

static uint16_t work_on_text(uint32_t *seed, uint16_t crc)
{
    static const char letters[16] = "0123456789+-.e,x";
    uint16_t counts[6] = { 0 };
    enum state now = START;
    for (int i = 0; i < 400; i++) {
        now = step(now, letters[draw(seed) & 15]);
        counts[now]++;
        if (now == INVALID && (i & 7) == 0)
            now = START;
    }
    for (int i = 0; i < 6; i++)
        crc = crc16(crc, counts[i]);
    return crc;
}

int main(void)
{
    uint32_t seed = 0x2545f491;
    uint16_t crc = 0xffff;
    for (int turn = 0; turn < TURNS; turn++) {
        crc = work_on_list(&seed, crc);
        crc = work_on_matrix(&seed, crc);
        crc = work_on_text(&seed, crc);
    }
    finish("coremark", crc);
}
