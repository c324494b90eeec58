# Every target makes the machine ready first, so `make run` and `make test` are all a fresh clone needs.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup build run test hostile check reasons bench model mutants nightly format clean

help: ## lists the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## installs what is missing: system packages, the test tools' virtual environment
	@Scripts/setup

build: setup ## builds the programs and the tests (debug)
	@swift build --build-tests

run: setup ## runs a whole network on this machine; options in ARGS, e.g. make run ARGS="--windows 4"
	@swift build --product coord >&2
	@exec .build/debug/coord devnet $(ARGS)

test: build ## runs every test
	@Scripts/setup chromium-headless-shell
	@Scripts/test

hostile: build ## attacks running nodes at full size (minutes): strangers, a hostile member, bad sources, disks, kills
	@HOSTILE_SIZE=full swift test --skip-build --disable-xctest --no-parallel --filter '^ProcessTests\.Hostile' $(ARGS)

check: setup ## looks at format, imports, house rules, constant-time code, links
	@Scripts/check

reasons: setup ## fills the tables of docs/reasons.md from the table of reasons in the sources
	@Scripts/reasons

bench: setup ## runs the benchmarks (release, a package of its own)
	@swift run --package-path Benchmarks --configuration release $(ARGS)

model: ## checks the model of a window in docs/model with spin, which nothing else needs
	@Scripts/setup spin gcc libc6-dev python3
	@Scripts/model $(ARGS)

mutants: setup ## shows that each promise is alive: builds every mutant and plays the run that catches it (15 to 40 minutes)
	@Scripts/mutants $(ARGS)

nightly: setup ## plays 100,000,000 windows with every fault, on all cores (release); more options in ARGS
	@swift build --configuration release --product coord-sim >&2
	@exec .build/release/coord-sim run --windows 100000000 --faults swarm --jobs $$(nproc) $(ARGS)

format: setup ## formats the Swift sources in place
	@swift format format --in-place --parallel --recursive Package.swift Sources Tests

clean: ## removes what was built and the virtual environment
	@rm -rf .build .venv Benchmarks/.build
