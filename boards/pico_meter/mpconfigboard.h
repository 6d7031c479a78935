// The meter's processor board: a Raspberry Pi Pico.

#define MICROPY_HW_BOARD_NAME                   "Picometer"
#define MICROPY_HW_USB_MANUFACTURER_STRING      "Picometer"
#define MICROPY_HW_USB_PRODUCT_FS_STRING        "Picometer electricity meter"

// The 2 MB of flash from the bottom: image, ROMFS, littlefs. The littlefs partition is the one
// of the stock Pico image, so that files survive a change between the two. The build takes the
// map from here and refuses an image that reaches into ROMFS.
#define MICROPY_HW_ROMFS_BYTES                  (32 * 1024)
#define MICROPY_HW_FLASH_STORAGE_BYTES          (1408 * 1024)
