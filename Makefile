# On a fresh machine: make run (the noise comparison in its quick form), make test, make paper
# (docs/verdicts.md). Needs Python 3.11 to 3.13, make and a C++ compiler.
PYTHON ?= python3
CXX ?= g++
VENV := .venv
BIN := $(VENV)/bin

ARMS := none,weight
SEEDS := 3
SAMPLES := 6000
OUT := runs/quick-$(shell date +%Y%m%d-%H%M%S)

.PHONY: run paper test lint clean tools

run: $(BIN)/installed
	@echo "Learning with and without noise, $(SEEDS) seeds of $(SAMPLES) samples; the first run is compiled first."
	$(BIN)/spikesampler compare fang_2018 --arms $(ARMS) --seeds $(SEEDS) --samples $(SAMPLES) --probe-every 600 --out $(OUT)
	@run=$$(dirname "$$(find $(OUT) -mindepth 2 -name manifest.json | sort | tail -n 1)") && \
	$(BIN)/spikesampler raster "$$run" --window last --out $(OUT)/raster.png
	@echo "The pictures:"
	@find $(OUT) -name '*.png' | sort

# Everything that docs/verdicts.md and docs/studies say, from nothing: many hours on two cores; it says what is
# left, and goes on where it was stopped.
paper: $(BIN)/installed-landscape
	$(BIN)/python scripts/paper.py --runs runs/paper --out .

test: $(BIN)/installed-test
	@echo "Running the tests; networks are compiled first, and it takes about ten minutes on two cores."
	$(BIN)/pytest

lint: $(BIN)/installed-test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .ruff_cache .mypy_cache .hypothesis

# A stamp is written last, so a broken installation is done again. Editable: only new dependencies call for another.
$(BIN)/installed: setup.cfg pyproject.toml | tools
	@echo "Installing spikesampler and what it needs into $(VENV); this takes a minute or two."
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --editable .
	@touch $@

$(BIN)/installed-%: $(BIN)/installed
	@echo "Installing what '$*' needs besides."
	$(BIN)/pip install --editable ".[$*]"
	@touch $@

# Asked first: on another Python pip looks for a way out for minutes before it says so.
tools:
	@$(PYTHON) -c "import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))" || \
	{ echo "'$(PYTHON)' is not Python 3.11 to 3.13: name one that is, as in 'make PYTHON=python3.12 run'" >&2; exit 1; }
	@command -v "$(CXX)" > /dev/null || command -v $(firstword $(CXX) g++) > /dev/null || \
	{ echo "no C++ compiler '$(CXX)', which the networks need: install one (Debian: apt install g++)" >&2; exit 1; }
