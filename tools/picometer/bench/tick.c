// The metering tick in C, for comparison with metrology/tick_viper.py, statement by statement.
// Built for the benchmark only; no meter runs it.

#include "py/dynruntime.h"

#define FRAMES 5
#define FIFO 8
#define POLLS 2000

enum { OK = 0, FAULT_RESET = 1, FAULT_BUS = 2, FAULT_NOISE = 3, IMPOSSIBLE = 16, UNUSUAL = 17 };
enum { UNKNOWN = 0x10000000, STEADY = 32 };

// RP2040 datasheet, 4.4.4 and 2.3.1.7, in words from the base.
enum { SSPDR = 2, SSPSR = 3, OUT_SET = 5, OUT_CLR = 6 };
enum { TX_EMPTY = 0x01, RX_NOT_EMPTY = 0x04, BUSY = 0x10 };
#define SIO ((volatile uint32_t *)0xD0000000)

// metrology.tick_viper's work block, and metrology.page.
typedef struct {
    int32_t net, moved[2], limit, counts_per_kwh, coils;
    volatile uint32_t *spi;
    uint32_t select;
    int32_t header[FRAMES];
    int32_t raw[FRAMES];
} work_t;

typedef struct {
    int32_t sequence, layout;
    int32_t delivered_kwh, delivered_counts, received_kwh, received_counts;
    int32_t last_a, last_b;
    int32_t clock, ticks, rejected, chip_resets, starts, faults;
    int32_t interval_delivered, interval_received;
} page_t;

static bool read_frames(work_t *work) {
    volatile uint32_t *spi = work->spi;
    uint32_t select = work->select;
    for (int i = 0; i < FIFO && spi[SSPSR] & RX_NOT_EMPTY; i++) {
        (void)spi[SSPDR];
    }
    for (int i = 0; i < FRAMES; i++) {
        int32_t header = work->header[i];
        SIO[OUT_CLR] = select;
        spi[SSPDR] = header >> 16;
        spi[SSPDR] = header >> 8;
        spi[SSPDR] = header;
        spi[SSPDR] = 0;
        spi[SSPDR] = 0;
        spi[SSPDR] = 0;
        int left = POLLS;
        while ((spi[SSPSR] & (TX_EMPTY | BUSY)) != TX_EMPTY) {
            if (--left == 0) {
                SIO[OUT_SET] = select;
                return false;
            }
        }
        SIO[OUT_SET] = select;
        (void)spi[SSPDR];
        (void)spi[SSPDR];
        (void)spi[SSPDR];
        uint32_t raw = spi[SSPDR];
        raw = raw << 8 | spi[SSPDR];
        work->raw[i] = raw << 8 | spi[SSPDR];
    }
    return true;
}

static bool differ(uint32_t first, uint32_t again) {
    if (((again - first + 64) & 0xFFFFFF) > 128) {
        return true;
    }
    return ((first + 1) & 0xFFFFFF) <= 1 && first != again;
}

static int judge(const int32_t *raw) {
    int32_t status = raw[2];
    if (status & 3 << 22) {
        return FAULT_BUS;
    }
    if (status & 1 << 20) {
        return FAULT_RESET;
    }
    if (!(status & 1 << 17)) {
        return FAULT_BUS;
    }
    return differ(raw[0], raw[3]) || differ(raw[1], raw[4]) ? FAULT_NOISE : OK;
}

static int32_t moved(int32_t now, int32_t last) {
    return (int32_t)((uint32_t)(now - last) << 8) >> 8;
}

static void add(int32_t counts, int32_t per_kwh, int32_t *kwh, int32_t *rest, int32_t *interval) {
    *interval = (*interval + counts) & 0x3FFFFFFF;
    counts += *rest;
    while (counts >= per_kwh) {
        counts -= per_kwh;
        *kwh += 1;
    }
    *rest = counts;
}

static int32_t size(int32_t counts) {
    return counts < 0 ? -counts : counts;
}

static bool unusual(int32_t now, int32_t before) {
    return before != UNKNOWN && size(now - before) > (size(before) >> 2) + STEADY;
}

static int bill(work_t *work, page_t *page) {
    int32_t limit = work->limit;
    int32_t a = work->raw[0], b = work->raw[1];
    int32_t da = moved(a, page->last_a);
    int32_t db = work->coils == 2 ? moved(b, page->last_b) : 0;
    if (unusual(da, work->moved[0]) || (work->coils == 2 && unusual(db, work->moved[1]))) {
        return UNUSUAL;
    }
    if (size(da) > limit || size(db) > limit) {
        return IMPOSSIBLE;
    }
    page->last_a = a;
    page->last_b = b;
    work->moved[0] = da;
    work->moved[1] = db;
    int32_t counts = da + db;
    work->net = counts;
    if (counts > 0) {
        add(counts, work->counts_per_kwh, &page->delivered_kwh, &page->delivered_counts,
            &page->interval_delivered);
    } else if (counts < 0) {
        add(-counts, work->counts_per_kwh, &page->received_kwh, &page->received_counts,
            &page->interval_received);
    }
    return OK;
}

static void *words(mp_obj_t object) {
    mp_buffer_info_t info;
    mp_get_buffer_raise(object, &info, MP_BUFFER_RW);
    return info.buf;
}

static mp_obj_t tick(mp_obj_t work_object, mp_obj_t page_object) {
    work_t *work = words(work_object);
    page_t *page = words(page_object);
    if (work->spi && !read_frames(work)) {
        return MP_OBJ_NEW_SMALL_INT(FAULT_BUS);
    }
    int code = judge(work->raw);
    return MP_OBJ_NEW_SMALL_INT(code ? code : bill(work, page));
}
static MP_DEFINE_CONST_FUN_OBJ_2(tick_obj, tick);

// A call that does nothing with the same arguments: what `tick` is measured net of.
static mp_obj_t empty(mp_obj_t work_object, mp_obj_t page_object) {
    volatile void *work = words(work_object);
    volatile void *page = words(page_object);
    (void)work;
    (void)page;
    return MP_OBJ_NEW_SMALL_INT(OK);
}
static MP_DEFINE_CONST_FUN_OBJ_2(empty_obj, empty);

mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY
    mp_store_global(MP_QSTR_tick, MP_OBJ_FROM_PTR(&tick_obj));
    mp_store_global(MP_QSTR_empty, MP_OBJ_FROM_PTR(&empty_obj));
    MP_DYNRUNTIME_INIT_EXIT
}
