# Thin front of the CMake build; every target says what it does in `make help`.
BUILD ?= build
PREFIX ?= /usr/local
JOBS ?= $(shell nproc)

.PHONY: all help packages packages-test packages-dev demo test bench fuzz lint install uninstall clean

all: ## build the program at build/dpdm
	cmake --preset release -B $(BUILD)
	cmake --build $(BUILD) -j $(JOBS)

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 16

packages: ## install what building and the demo need
	sh tools/install-packages.sh build demo

packages-test: ## install what the tests need as well
	sh tools/install-packages.sh build demo test

packages-dev: ## install linters, fuzzers and sanitizers as well
	sh tools/install-packages.sh build demo test dev

demo: packages all ## train on real images under differential privacy, sample, evaluate, report
	sh examples/demo.sh $(BUILD)/dpdm

test: packages-test all ## build and run every test
	ctest --test-dir $(BUILD) --output-on-failure -j $(JOBS)

bench: packages all ## measure the training step beside PyTorch + Opacus
	sh bench/run.sh $(BUILD)

fuzz: packages-dev ## fuzz every parser with libFuzzer (FUZZ_SECONDS each)
	sh tests/fuzz/run.sh

lint: packages-dev ## format check, clang-tidy, cppcheck
	sh tools/lint.sh

install: all ## install below PREFIX
	cmake --install $(BUILD) --prefix $(PREFIX)

uninstall: ## remove what install put there
	xargs rm -f < $(BUILD)/install_manifest.txt

clean: ## remove the build folders
	rm -rf build build-*
