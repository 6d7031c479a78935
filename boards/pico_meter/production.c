// What the port asks for that a production image has no use for, or not in the port's way.

#include "py/builtin.h"
#include "py/runtime.h"
#include "shared/runtime/pyexec.h"
#include "hardware/watchdog.h"
#include "modrp2.h"

#define GUARD_MS (8000)

// From here on a processor that hangs is reset. The meter's own watchdog takes over.
void picometer_guard(void) {
    watchdog_enable(GUARD_MS, false);
}

void picometer_restart(void) {
    watchdog_reboot(0, 0, 0);
    for (;;) {
    }
}

// Where the port comes to a prompt, the meter starts again.
int pyexec_friendly_repl(void) {
    picometer_restart();
    return 0;
}

int pyexec_raw_repl(void) {
    return pyexec_friendly_repl();
}

// No byte interrupts.
void mp_hal_set_interrupt_char(int c) {
}

// There are no files.
mp_import_stat_t mp_import_stat(const char *path) {
    return MP_IMPORT_STAT_NO_EXIST;
}

// _rp2 without Flash, which writes into the image's memory, and without DMA, which writes anywhere.
static const mp_rom_map_elem_t globals_table[] = {
    { MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_rp2) },
    { MP_ROM_QSTR(MP_QSTR_PIO), MP_ROM_PTR(&rp2_pio_type) },
    { MP_ROM_QSTR(MP_QSTR_StateMachine), MP_ROM_PTR(&rp2_state_machine_type) },
};
static MP_DEFINE_CONST_DICT(globals, globals_table);

const mp_obj_module_t mp_module_rp2 = {
    .base = { &mp_type_module },
    .globals = (mp_obj_dict_t *)&globals,
};
