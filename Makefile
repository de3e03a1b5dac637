# Thin front of the CMake build; every target says what it does in `make help`.
BUILD ?= build
PREFIX ?= /usr/local
JOBS ?= $(shell nproc)
# More for cmake, e.g. CMAKE_FLAGS=-DCMAKE_C_COMPILER=clang. With CI set, warnings are errors.
CMAKE_FLAGS ?=
STRICT = $(if $(CI),-DDPDM_WERROR=ON)

.PHONY: all help packages packages-test packages-dev demo test wheel test-pypi mutations verify bench bench-check bench-accounting sanitize fuzz lint dist deb deb-test site install uninstall clean

all: ## build the program at build/dpdm
	@command -v cmake >/dev/null || { echo "cmake is missing: 'make packages' installs what is needed (Debian)" >&2; exit 1; }
	cmake --preset release -B $(BUILD) $(STRICT) $(CMAKE_FLAGS)
	cmake --build $(BUILD) -j $(JOBS)

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 20

packages: ## install what building and the demo need
	sh tools/install-packages.sh build demo

packages-test: ## install what the tests need as well
	sh tools/install-packages.sh build demo test

packages-dev: ## install linters, fuzzers and sanitizers as well
	sh tools/install-packages.sh build demo test dev

demo: packages ## train on real images under differential privacy, sample, evaluate, report
	$(MAKE) all
	sh examples/demo.sh $(BUILD)/dpdm

test: packages-test ## build and run every test
	$(MAKE) all
	ctest --test-dir $(BUILD) --output-on-failure --no-tests=error -j $(JOBS)

wheel: ## build the Python package, install it in a clean environment and run its tests
	sh tools/test-wheel.sh

test-pypi: all ## run the tests that need packages of PyPI (pydicom, pyarrow, dp-accounting, Opacus, datasets, mypy)
	sh tools/test-pypi.sh $(BUILD)

mutations: packages-test ## put known mistakes of DP code in, one by one: a test must catch each (up to an hour)
	sh tests/privacy/mutations.sh $(MISTAKES)

verify: ## prove the contracts of tests/verify with Frama-C and Coq (a minute; installs them)
	sh tools/install-packages.sh verify
	sh tests/verify/run.sh

bench: packages ## measure the training step beside PyTorch + Opacus
	$(MAKE) all
	sh bench/run.sh $(BUILD)

bench-check: all ## compare ratios of speed with bench/baseline.json (nothing else should run beside it)
	python3 bench/check.py --program $(BUILD)/dpdm

bench-accounting: packages all ## compare the accountant with dp-accounting and prv-accountant
	sh bench/accounting/run.sh $(BUILD)

sanitize: ## the quick tests under address, undefined and thread sanitizers
	bash .ci/run clang threads

fuzz: packages-dev ## fuzz every parser with libFuzzer (FUZZ_SECONDS each)
	sh tests/fuzz/run.sh

lint: packages-dev ## format check, clang-tidy, cppcheck
	sh tools/lint.sh

install: all ## install below PREFIX (and DESTDIR)
	cmake --install $(BUILD) --prefix $(PREFIX)
	cp $(BUILD)/install_manifest.txt $(BUILD)/installed_files.txt

uninstall: ## remove what install put there
	sed 's|^|$(DESTDIR)|' $(BUILD)/installed_files.txt | xargs -d '\n' rm -f
	sed -n 's|^\(.*/dpdm\)/.*|$(DESTDIR)\1|p' $(BUILD)/installed_files.txt | sort -u | \
	  xargs -d '\n' sh -c 'for folder; do [ ! -d "$$folder" ] || find "$$folder" -depth -type d -empty -delete; done' sh

site: ## build the documentation as a web site in build-site/html
	sh tools/install-packages.sh build site
	$(MAKE) all
	python3 tools/site.py $(BUILD)/dpdm build-site
	mkdocs build --quiet --strict

dist: ## make a source archive of the commit, the same bytes everywhere
	@sh packaging/dist.sh .

deb: ## build Debian packages in build-deb and check them with lintian
	sh tools/install-packages.sh build package
	sh packaging/deb.sh build-deb

deb-test: deb ## install the packages in a clean chroot and use them (root, and Debian's archive)
	sh packaging/test-deb.sh build-deb

clean: ## remove the build folders
	rm -rf build build-*
