# The image for meters in the field: production.h says what it leaves out.
set(MICROPY_FROZEN_MANIFEST ${MICROPY_BOARD_DIR}/manifest_production.py)
list(APPEND MICROPY_DEF_BOARD MP_CONFIGFILE=\"production.h\")
set(MICROPY_SOURCE_BOARD ${MICROPY_BOARD_DIR}/production.c)
set_source_files_properties(modrp2.c PROPERTIES HEADER_FILE_ONLY TRUE) # production.c has its own
# Nobody builds the port so: what is left over there is no error.
set_source_files_properties(
    ${MICROPY_DIR}/py/builtinimport.c
    rp2_flash.c
    PROPERTIES COMPILE_OPTIONS "-Wno-unused"
)
