# make demo   run the main job          make test   run the tests
# make check  style, types, contracts   make bench  cost, beside a peer
.PHONY: demo test check bench pins clean

PYTHON ?= $(shell for p in python3 python3.12 python3.11 python3.13; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin
STAMP := .venv/.installed

demo: $(STAMP)
	@$(BIN)/amity demo

test: $(STAMP)
	$(BIN)/python -m pytest

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	cd proto && ../$(BIN)/buf lint

bench: $(STAMP)
	$(BIN)/python tools/bench_cost.py

$(STAMP): constraints.txt pyproject.toml distributions/amity-deep/pyproject.toml hatch_build.py $(wildcard proto/amity/v1/*.proto)
	@test -n "$(PYTHON)" || { echo "Amity needs Python 3.11 or newer; name one with make PYTHON=..." >&2; exit 2; }
	@test -x $(BIN)/python || { echo "Making .venv with $(PYTHON)"; $(PYTHON) -m venv .venv; }
	@echo "Installing pinned dependencies (about half a minute the first time)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement constraints.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable . --editable distributions/amity-deep
	@touch $@

# Work out the pins anew, for every supported Python and platform, after a change of dependencies.
pins:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--group dev --group build pyproject.toml -o constraints.txt

clean:
	rm -rf .venv dist build engine/amity/v1
