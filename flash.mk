# The image onto a Pico: over USB, or to a Pico in BOOTSEL mode.

.PHONY: flash flash-rshell flash-uf2

FLASH = $(BIN)/picometer flash $(if $(PORT),--port $(PORT)) $(if $(DRIVE),--drive $(DRIVE)) \
  $(if $(CONFIGURATION),--configuration $(CONFIGURATION)) $(if $(INSECURE),--insecure)

flash: setup uf2 ## Flash the meter to a Pico, with mpremote: PORT=... CONFIGURATION=FILE.toml
	@$(FLASH)

flash-rshell: setup uf2 ## The same with rshell
	@$(FLASH) --with rshell

flash-uf2: setup uf2 ## Flash the image to a Pico in BOOTSEL mode: DRIVE=... PRODUCTION=1
	@$(BIN)/picometer flash-uf2 $(if $(DRIVE),--drive $(DRIVE)) \
	  $(if $(PRODUCTION),--image build/picometer-production.uf2)
