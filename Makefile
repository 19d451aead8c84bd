# The two main commands are `make run` and `make test`. `make help` lists the others.

PYTHON_IN_VENV = .venv/bin/python
LOCKS = requirements/runtime.txt requirements/embedded.txt requirements/dev.txt requirements/build.txt
COMPILE = $(PYTHON_IN_VENV) -m uv pip compile --quiet --universal --generate-hashes --no-emit-index-url \
	--no-config --python-version 3.12 --no-python-downloads --annotation-style line \
	--custom-compile-command "make lock"

export PYTHON POSTGRES_BIN
# tests start many processes; without bytecode, each of them would compile the engine again
unexport PYTHONDONTWRITEBYTECODE

CLIENTS = tests/clients
BENCH = tests/bench
# one test process more than processors, because many tests wait for PostgreSQL or for a time limit; idle processes
# steal tests from busy ones
TEST_PROCESSES = $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
AT_ONCE = --numprocesses $(TEST_PROCESSES) --maxprocesses 4 --dist worksteal
# `make bench`: number of rounds per median, and seconds per load
ROUNDS = 3
SECONDS = 2
# `make fuzz`: multiple of the examples of `make test`
EXAMPLES = 35

.PHONY: help run api catalogue test test-resolvers test-pg15 fuzz mutants test-faults test-slow test-packaging test-clients bench bench-growth bench-overload bench-soak check format lock playground picture clean

help:
	@echo "make run      install, start a database, and serve http://127.0.0.1:8000 with demo data"
	@echo "make test     install and run the tests      (ARGS='-k tokens -x' is passed to pytest)"
	@echo "make test-resolvers  run the API tests with resolvers instead of plans"
	@echo "make test-pg15  run the tests on PostgreSQL 15, the oldest supported version; installs Debian's package if missing"
	@echo "make fuzz     run the property-based tests with more examples, different ones each time (EXAMPLES=35)"
	@echo "make mutants  inject 20 serious faults into a copy, one at a time; the suite must detect each (ARGS='--only cursor')"
	@echo "make test-faults  move money with 50 clients while connections are cut and the server is killed; takes minutes"
	@echo "make test-slow  run the tests of whole servers, of migrations and generated data, and of each safeguard of isolation alone"
	@echo "make test-packaging  build the wheel, follow the Dockerfile (without Docker) and docs/your-own-domain.md; downloads packages"
	@echo "make test-clients  run real clients and a browser against a real server (needs Node.js 20 or newer; ARGS='apollo')"
	@echo "make bench    compare with hand-written handlers, Strawberry, PostGraphile and mercurius; takes an hour on a quiet"
	@echo "              machine with two cores; ARGS='--only search' selects one kind (ROUNDS=3 SECONDS=2, see tests/bench)"
	@echo "make bench-growth  measure how cost grows with rows and depth"
	@echo "make bench-overload  measure latencies and refusals with 10 to 500 connections; takes ten minutes"
	@echo "make bench-soak  measure memory over 100,000 requests"
	@echo "make api      write docs/api.md from the sources"
	@echo "make catalogue  write the snapshots of the engine's tables, for workline doctor"
	@echo "make check    check lint, formatting, types, SQL of migrations, and that schema/schema.graphql is up to date"
	@echo "make format   fix lint errors and formatting where possible"
	@echo "make lock     select the newest allowed versions and write requirements/*.txt"
	@echo "make playground  rebuild the page at /graphql (needs Node.js 20 or newer)"
	@echo "make picture  take the screenshot in the README (needs Chromium)"
	@echo "make clean    remove .venv and caches; the data in .workline stays"
	@echo
	@echo "PYTHON=/path/to/python3.13 selects the Python for .venv."

run: .venv/.runs
	@exec $(PYTHON_IN_VENV) -m graphql_app serve $(ARGS)

test: .venv/.develops
	@$(PYTHON_IN_VENV) -m pytest $(AT_ONCE) $(ARGS)

test-resolvers: .venv/.develops
	@$(PYTHON_IN_VENV) -m pytest $(AT_ONCE) -m "resolvers and not both_modes" $(ARGS)

test-pg15: .venv/.develops
	@programs=$$(sh .make/find-postgres 15) && \
		WORKLINE_TEST_POSTGRES=$$programs $(PYTHON_IN_VENV) -m pytest $(AT_ONCE) $(ARGS)

fuzz: .venv/.develops
	@EXAMPLES=$(EXAMPLES) $(PYTHON_IN_VENV) -m pytest -m hypothesis --timeout 3600 $(ARGS)

mutants: .venv/.develops
	@$(PYTHON_IN_VENV) -m tests.mutants $(ARGS)

test-faults: .venv/.develops
	@$(PYTHON_IN_VENV) -m pytest tests/faults -m faults -s $(ARGS)

test-slow: .venv/.develops
	@$(PYTHON_IN_VENV) -m pytest $(AT_ONCE) -m slow $(ARGS)

test-packaging: .venv/.develops
	@$(PYTHON_IN_VENV) -m pytest tests/packaging tests/docs -m packaging --numprocesses 2 --dist loadfile $(ARGS)

test-clients: .venv/.runs $(CLIENTS)/node_modules/.installed $(CLIENTS)/python/.venv/.installed $(CLIENTS)/tools/.venv/.installed
	@sh $(CLIENTS)/setup/chromium
	@node $(CLIENTS)/run.js $(ARGS)

bench: .venv/.develops $(BENCH)/node/node_modules/.installed
	@sh $(BENCH)/setup/load
	@$(PYTHON_IN_VENV) -m tests.bench compare --rounds $(ROUNDS) --seconds $(SECONDS) $(ARGS)

bench-growth: .venv/.develops
	@sh $(BENCH)/setup/load
	@$(PYTHON_IN_VENV) -m tests.bench growth --rounds $(ROUNDS) --seconds $(SECONDS) $(ARGS)

bench-overload: .venv/.develops
	@$(PYTHON_IN_VENV) -m tests.bench overload $(ARGS)

bench-soak: .venv/.develops
	@sh $(BENCH)/setup/load
	@$(PYTHON_IN_VENV) -m tests.bench soak $(ARGS)

picture: .venv/.runs $(CLIENTS)/node_modules/.installed
	@sh $(CLIENTS)/setup/chromium
	@WORKLINE_PICTURE=$(CURDIR)/docs/images/playground.png node $(CLIENTS)/run.js playground/picture

catalogue: .venv/.develops
	@$(PYTHON_IN_VENV) -m tests.database.snapshots
	@programs=$$(sh .make/find-postgres 15) && WORKLINE_TEST_POSTGRES=$$programs $(PYTHON_IN_VENV) -m tests.database.snapshots

api: .venv/.develops
	@$(PYTHON_IN_VENV) -m tests.architecture.public_api write

check: .venv/.develops
	$(PYTHON_IN_VENV) -m ruff check
	$(PYTHON_IN_VENV) -m ruff format --check
	$(PYTHON_IN_VENV) -m mypy
	$(PYTHON_IN_VENV) -m graphql_app schema --check
	$(PYTHON_IN_VENV) -m pytest tests/architecture -m architecture -q
	$(PYTHON_IN_VENV) -m tests.database.linting

format: .venv/.develops
	$(PYTHON_IN_VENV) -m ruff check --fix
	$(PYTHON_IN_VENV) -m ruff format

# a stamp file is newer than its lock files if they are installed
.venv/.runs: requirements/embedded.txt requirements/build.txt pyproject.toml .make/install
	@sh .make/install $@ requirements/embedded.txt requirements/build.txt

.venv/.develops: .venv/.runs requirements/dev.txt
	@sh .make/install $@ requirements/embedded.txt requirements/build.txt requirements/dev.txt

$(CLIENTS)/node_modules/.installed: $(CLIENTS)/package-lock.json $(CLIENTS)/setup/node
	@sh $(CLIENTS)/setup/node $@

$(BENCH)/node/node_modules/.installed: $(BENCH)/node/package-lock.json $(BENCH)/setup/peers
	@sh $(BENCH)/setup/peers $@

$(CLIENTS)/%/.venv/.installed: $(CLIENTS)/%/requirements.txt $(CLIENTS)/setup/python | .venv/.runs
	@sh $(CLIENTS)/setup/python $@ $(CLIENTS)/$*

# each lock file is constrained by the previous one, so that they can be installed together
lock: .venv/.develops
	@$(PYTHON_IN_VENV) -m pip install --quiet --require-hashes -r requirements/lock.txt
	$(COMPILE) --upgrade pyproject.toml -o requirements/runtime.txt
	$(COMPILE) --upgrade pyproject.toml --extra embedded -c requirements/runtime.txt -o requirements/embedded.txt
	$(COMPILE) --upgrade --group dev -c requirements/embedded.txt -o requirements/dev.txt
	$(COMPILE) --upgrade --group build -c requirements/dev.txt -o requirements/build.txt
	$(COMPILE) --upgrade --group lock -o requirements/lock.txt
	$(COMPILE) --upgrade $(CLIENTS)/python/requirements.in -o $(CLIENTS)/python/requirements.txt
	$(COMPILE) --upgrade $(CLIENTS)/tools/requirements.in -o $(CLIENTS)/tools/requirements.txt

playground:
	cd graphql_app/playground/source && npm ci && npm run build

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis dist
	rm -rf $(BENCH)/node/node_modules $(CLIENTS)/node_modules $(CLIENTS)/generated $(CLIENTS)/*/.venv
	find . -name __pycache__ -type d -not -path './.workline/*' -prune -exec rm -rf {} +
