# What the hot loops and the whole meter cost on the emulated RP2040; JSON=FILE for the figures.

.PHONY: bench

bench: setup ## Measure the meter on the emulated RP2040, anew into docs/benchmarks.md
	@$(BIN)/python -c 'import elftools' 2>/dev/null || \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check pyelftools
	@$(BIN)/picometer dev bench --docs docs/benchmarks.md $(if $(JSON),--json $(JSON))
