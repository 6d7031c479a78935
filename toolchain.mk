# Real MicroPython: mpy-cross, the 32-bit unix port, the RP2040 port, the emulator.
# Kept outside the source tree; MICROPYTHON=FOLDER uses a checkout of your own.

PYTHON ?= python3
export MICROPYTHON

.PHONY: toolchain
toolchain: ## Get and build mpy-cross, unix MicroPython, the RP2040 port and the emulator
	@PYTHONPATH=tools $(PYTHON) -m picometer.toolchain
