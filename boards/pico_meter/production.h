// MicroPython in a production image: no way in but the meter's own ports.
//
// Everything else is as in the development image: this file comes instead of the port's own
// settings, and takes them over.

#define MICROPY_HW_ENABLE_USBDEV                (0) // no USB device: neither prompt nor reset
#define MICROPY_HW_ENABLE_UART_REPL             (0)
#define MICROPY_PY_OS_DUPTERM                   (0)
#define MICROPY_ENABLE_COMPILER                 (0) // no prompt, no exec, no source is run
#define MICROPY_PY_SYS_STDFILES                 (0)
#define MICROPY_PY_IO                           (0) // no open
#define MICROPY_PY_JSON                         (0) // it is made of io
#define MICROPY_PY_BUILTINS_INPUT               (0)
#define MICROPY_PY_BUILTINS_HELP                (0)
#define MICROPY_KBD_EXCEPTION                   (0) // Ctrl-C is a byte like others
#define MICROPY_PY_MACHINE_MEMX                 (0)
#define MICROPY_PY_MICROPYTHON_MEM_INFO         (0)

// Whatever ends the firmware, on purpose or not, restarts the processor. See production.c.
void picometer_guard(void);
void picometer_restart(void);
#define MICROPY_BOARD_EARLY_INIT                picometer_guard
#define MICROPY_BOARD_START_SOFT_RESET          picometer_restart

#include <mpconfigport.h>

#undef MICROPY_PERSISTENT_CODE_LOAD             // no .mpy file is run
#undef MICROPY_EMIT_INLINE_THUMB
#undef MICROPY_READER_VFS
#undef MICROPY_VFS
#undef MICROPY_VFS_FAT
#undef MICROPY_VFS_LFS2
#undef MICROPY_VFS_ROM
#undef MICROPY_PY_MACHINE_BOOTLOADER            // BOOTSEL is a button under the cover
#define MICROPY_PERSISTENT_CODE_LOAD            (0)
#define MICROPY_EMIT_INLINE_THUMB               (0)
#define MICROPY_READER_VFS                      (0)
#define MICROPY_VFS                             (0)
#define MICROPY_VFS_FAT                         (0)
#define MICROPY_VFS_LFS2                        (0)
#define MICROPY_VFS_ROM                         (0)
#define MICROPY_PY_MACHINE_BOOTLOADER           (0)
