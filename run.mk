# The virtual meter with the real RP2040 image, on an emulated chip.

.PHONY: run-rp2040

run-rp2040: setup ## Run the RP2040 image on an emulated chip, with ports like `make run`
	$(BIN)/picometer run --rp2040 --tcp 127.0.0.1:7953 --pty build/optical --usb build/usb \
	  --drive build/drive $(ARGS)
