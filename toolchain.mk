# Real MicroPython: mpy-cross, the 32-bit unix port, the RP2040 port, the emulator.
# Kept outside the source tree; MICROPYTHON=FOLDER uses a checkout of your own.

export MICROPYTHON

.PHONY: toolchain
toolchain: setup ## Get and build mpy-cross, unix MicroPython, the RP2040 port and the emulator
	@$(BIN)/picometer dev toolchain mpy-cross unix rp2 rp2040js plain
