# The commands of somebody who changes the kit. They use the virtual environment .venv where there is one.
BIN := $(if $(wildcard .venv/bin/python),.venv/bin/)
FORMATTED := autograder benchmarks tests

.PHONY: test slow all proofs check format

test:  ## what every change should pass: four minutes on two cores
	$(BIN)pytest

slow:  ## the tests that are left out of it
	$(BIN)pytest -m slow

all:  ## both: seventeen minutes on two cores
	$(BIN)pytest
	$(BIN)pytest -m slow

proofs:  ## what takes longer than that
	$(BIN)pytest -m proof

check:  ## drift, style and types
	$(BIN)autograder build --check
	$(BIN)ruff check .
	$(BIN)ruff format --check $(FORMATTED)
	$(BIN)mypy

format:
	$(BIN)ruff check --fix .
	$(BIN)ruff format $(FORMATTED)
