# Two commands on a fresh machine: `make train` and `make test`. `make help` lists the rest.
VENV = .venv
BIN = $(VENV)/bin
# What a person may set: PYTHON (which Python makes .venv), MXNET (cpu or cu112), EXTRAS (of setup.py, such as onnx,torch),
# ARGS (passed to the program).
PYTHON =
MXNET =
EXTRAS =
ARGS =
NEWEST =
COVERAGE = --cov=gluon_alexnet
# Less of the code runs where the large frameworks are not installed (see TWINS), and of a choice of tests nothing is asked.
LEAST = $$($(BIN)/python -c 'import sys; print(90 if sys.version_info[:2] == (3, 11) else 85)')
# pytest's 5 says that no test was chosen, as may be in one of the processes.
CHOSEN = $(if $(ARGS),|| [ $$? = 5 ])
# Most tests use one core, so two processes run beside each other. Three frameworks get one of their own, away from what the other
# tests load; when it is through, another takes the folders of BESIDE.
INTEROP = $(addprefix tests/,interop test_convert.py train/test_engine_torch.py test_gpu_torch.py)
BESIDE = $(addprefix tests/,authoring classroom cli data exercises explore fast machine pictures study)
PYTEST = $(BIN)/python -m pytest $(COVERAGE) --cov-report=

# bootstrap.py looks for a Python that fits; this only finds one that can run it, however old.
RUNNERS = $(BIN)/python python3 python3.11 python3.12 python3.10 python3.13 python /usr/bin/python3 /usr/local/bin/python3 \
	"$$HOME"/.pyenv/versions/*/bin/python3

.PHONY: help venv train twins test test-long test-newest bench lab exercises site lint clean distclean
.DEFAULT_GOAL := help

help:
	@echo 'make train      train AlexNet on Fashion-MNIST and leave a report (ARGS="--epochs 10 --lr 0.01")'
	@echo 'make test       lint and tests with coverage (ARGS="-k loader" passes on to pytest); on Python 3.11 with PyTorch, Keras, ONNX'
	@echo 'make test-long  the tests that take minutes'
	@echo 'make test-newest  the tests with the newest releases of all packages, in .venv-newest'
	@echo 'make bench      measure against MXNet and PyTorch as others use them (ARGS="alexnet-train loader")'
	@echo 'make lab        copy the exercises and the lesson to my-exercises/, once, and open them in JupyterLab'
	@echo 'make exercises  make the notebooks of exercises/, solutions/ and lesson/ from their sources (ARGS=02_simplify, ARGS=alexnet)'
	@echo 'make site       the guides, exercises and API reference as pages in both languages, in build/site/'
	@echo 'make lint       ruff and mypy only'
	@echo 'make venv       make or update $(VENV) only (PYTHON=python3.12 names the Python, MXNET=cu112 the GPU wheel, EXTRAS=onnx,torch more)'
	@echo 'make clean      remove build products and caches; make distclean removes $(VENV) and .venv-newest too'

venv:
	@for runner in '$(PYTHON)' $(RUNNERS); do \
		if [ "$$("$$runner" -c 'print(6 * 7)' 2>/dev/null)" = 42 ]; then \
			exec "$$runner" tools/bootstrap.py --venv '$(VENV)' --python '$(PYTHON)' --mxnet '$(MXNET)' \
				--extras '$(EXTRAS)' $(if $(NEWEST),--newest); \
		fi; \
	done; \
	echo 'No Python was found: install one (Debian, Ubuntu: sudo apt install python3 python3-venv) or name it with' \
		'make PYTHON=/path/to/python.' >&2; exit 1

train: venv
	@$(BIN)/gluon-alexnet train $(ARGS)

# The frameworks that gluon_alexnet.interop carries nets to, for the tests: on the Python for which their versions are pinned.
# PyTorch by its exact version, so that pip takes a build for CPUs where an index has one: the other is far larger.
TORCH = $(BIN)/python -m pip install --quiet -c constraints.txt $$(grep '^torch==' constraints.txt)
# Captum is what gradients of explore/ are compared with.
TWINS = torch safetensors keras tensorflow onnx onnxruntime captum
twins: venv
	@$(BIN)/python -c 'import sys; from importlib.util import find_spec; \
		sys.exit(sys.version_info[:2] == (3, 11) and not all(map(find_spec, sys.argv[1:])))' $(TWINS) || { \
		echo 'Installing PyTorch, Keras and ONNX for the tests (1 to 3 minutes).'; \
		$(TORCH) && $(BIN)/python -m pip install --quiet -c constraints.txt --no-build-isolation -e '.[torch,keras,onnx]' captum; }

test: lint twins
	@{ export COVERAGE_FILE='$(CURDIR)/.coverage.interop'; $(PYTEST) $(INTEROP) $(ARGS) $(CHOSEN); interop=$$?; \
		COVERAGE_FILE='$(CURDIR)/.coverage.beside'; $(PYTEST) $(BESIDE) $(ARGS) $(CHOSEN); \
		[ $$? = 0 ] && [ $$interop = 0 ]; } > .beside.log 2>&1 & beside=$$!; \
	COVERAGE_FILE='$(CURDIR)/.coverage.rest' $(PYTEST) $(addprefix --ignore=,$(INTEROP) $(BESIDE)) $(ARGS) $(CHOSEN); rest=$$?; \
	wait $$beside; beside=$$?; cat .beside.log; rm -f .beside.log; \
	[ $$rest = 0 ] && [ $$beside = 0 ]
	@$(BIN)/coverage combine --quiet .coverage.interop .coverage.beside .coverage.rest
	@$(BIN)/coverage report $(if $(ARGS),,--fail-under=$(LEAST))

test-long: venv
	$(BIN)/python -m pytest -m long $(ARGS)

# Without the frameworks of $(INTEROP), whose newest releases not every Python gets.
test-newest:
	@$(MAKE) --no-print-directory venv VENV=.venv-newest NEWEST=yes
	.venv-newest/bin/python -m pytest $(INTEROP:%=--ignore=%) $(ARGS)

bench: venv
	@$(BIN)/python -c 'import torch' 2>/dev/null || $(TORCH)
	$(BIN)/python benchmarks/bench.py $(ARGS)

# A student's answers stay out of the files that git keeps; what is there already is never written over. The environment's
# commands are on the PATH of a notebook's `!pytest --nbval ...`. Jupyter runs as root only where it is told to, as in Docker.
# The lesson lies within that copy, so links between the two lose a step.
NEARER = s,(\.\./exercises/,(../,g; s,(\.\./\.\./exercises/,(../../,g; s,(\.\./lesson/,(lesson/,g; s,(\.\./\.\./lesson/,(../lesson/,g
lab: override EXTRAS := $(EXTRAS),exercises
lab: venv
	@for given in exercises/*.ipynb exercises/*/*.ipynb lesson/*.ipynb lesson/*/*.ipynb; do \
		copy="my-exercises/$${given#exercises/}"; \
		[ -e "$$copy" ] || { mkdir -p "$$(dirname "$$copy")" && sed '$(NEARER)' "$$given" > "$$copy.new" && mv "$$copy.new" "$$copy"; } \
			|| exit 1; \
	done
	@PATH="$(abspath $(BIN)):$$PATH" $(BIN)/jupyter-lab --notebook-dir=my-exercises --LabApp.default_url=/lab/tree/README.ipynb $$([ "$$(id -u)" != 0 ] || echo --allow-root) $(ARGS)

exercises: venv
	$(BIN)/python tools/make_exercises.py $(ARGS)

# What it is built with is installed for it alone.
site: override EXTRAS := $(EXTRAS),site
site: venv
	$(BIN)/python tools/make_site.py $(ARGS)

lint: venv
	$(BIN)/ruff check .
	$(BIN)/mypy

clean:
	rm -rf build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .coverage .coverage.* .beside.log htmlcov
	find . -name __pycache__ -type d -not -path './$(VENV)*/*' -prune -exec rm -rf {} +

distclean: clean
	rm -rf '$(VENV)' .venv-newest
