# Chaque cible fabrique .venv si besoin : rien d'autre à installer que Python ≥ 3.11.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: setup-system demo test test-all lint bench bench-views bench-dce evaluate samples

$(BIN)/.ready: requirements.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installation des dépendances dans $(VENV) : une à deux minutes la première fois…"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

# Facultatif : ce qui lit Word, les pages numérisées et les images (Debian, Ubuntu). clausoscope doctor dit ce qui manque.
ROOT := $(if $(filter 0,$(shell id -u)),,sudo)
setup-system:
	$(ROOT) apt-get update --quiet=2
	$(ROOT) env DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet=2 --no-install-recommends \
		libreoffice-writer-nogui libreoffice-calc-nogui python3-uno \
		fonts-liberation fonts-crosextra-carlito fonts-crosextra-caladea fonts-dejavu-core \
		tesseract-ocr tesseract-ocr-fra tesseract-ocr-osd poppler-utils > /dev/null

demo: $(BIN)/.ready
	$(BIN)/clausoscope ingest data/raw/samples
	$(BIN)/clausoscope export v_clauses --format csv

test: $(BIN)/.ready
	$(BIN)/python -m pytest -m "not slow" -n auto --dist loadfile --no-loadscope-reorder --hypothesis-profile quick

test-all: $(BIN)/.ready
	$(BIN)/python -m pytest

lint: $(BIN)/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Les jeux annotés ne sont pas livrés avec le projet : GOLD dit où ils sont.
GOLD ?= ../shared/gold

evaluate: $(BIN)/.ready
	$(BIN)/python docs/make_measures.py $(GOLD)

bench: $(BIN)/.ready
	$(BIN)/python tests/bench.py

bench-views: $(BIN)/.ready
	$(BIN)/python tests/bench_views.py --write

# Un gros dossier d'un bout à l'autre : 60 fichiers, 600 pages, 200 Mo.
bench-dce: $(BIN)/.ready
	$(BIN)/python tests/bench_dce.py

samples: $(BIN)/.ready
	$(BIN)/python data/raw/samples/make_samples.py
