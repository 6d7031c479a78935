# What goes onto a meter: an image for the BOOTSEL drive.

.PHONY: uf2 check-uf2 lists

uf2: setup ## Build the RP2040 image, build/picometer.uf2; PRODUCTION=1: for meters in the field
	@$(BIN)/picometer dev build uf2 $(if $(PRODUCTION),--production)

check-uf2: setup ## Check that the UF2 file FILE is whole and fits the board
	@$(BIN)/picometer dev build check $(FILE)

lists: setup ## Bring package.json files and pins.csv up to date with the sources
	@$(BIN)/picometer dev build lists
