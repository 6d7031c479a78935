# The meter onto a Pico: over USB to stock MicroPython, or as an image in BOOTSEL mode.

.PHONY: flash flash-rshell flash-uf2

FLASH = $(BIN)/picometer flash $(if $(PORT),--port $(PORT)) \
  $(if $(CONFIGURATION),--configuration $(CONFIGURATION)) $(if $(INSECURE),--insecure)

flash: setup mpy ## Flash a Pico with stock MicroPython: PORT=... CONFIGURATION=FILE.toml
	@$(FLASH)

flash-rshell: setup mpy ## The same, copying with rshell
	@$(FLASH) --with rshell

flash-uf2: setup uf2 ## Flash the image to a Pico in BOOTSEL mode: DRIVE=... PRODUCTION=1
	@$(BIN)/picometer flash-uf2 $(if $(DRIVE),--drive $(DRIVE)) \
	  $(if $(PRODUCTION),--image build/picometer-production.uf2)
