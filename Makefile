# make lists the targets.
DEMO := scenarios/gpt3-175b-1024xa100.toml
# Tables of measured runs to compare with, in the format of docs/accuracy.md.
DATA ?= ../shared/data/published
SIMULATE := go run ./cmd/simulate

.DEFAULT_GOAL := help
.PHONY: help build test soak check bench accuracy plots demo

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1	\2/p' $(MAKEFILE_LIST) | expand -t 12

build: ## build bin/simulate, stamped with the commit
	go build -buildvcs=auto -trimpath -o bin/simulate ./cmd/simulate

test: ## run the tests
	go test ./...

soak: ## simulate 10,000 random runs, and kill one 50 times
	SOAK=1 go test -run 'TestSoak|TestKilled' -timeout 0 -v ./sim/study ./cmd/simulate

check: ## run the whole gate: format, vet, linter, tests, race detector, scenarios, cross-builds
	.ci/run

bench: ## run the benchmarks; docs/performance.md keeps their results
	go test -run '^$$' -bench . -benchmem ./sim/...

accuracy: ## compare with measured runs
	$(SIMULATE) validate $(DATA)/megatron_sc21.csv $(DATA)/korthikanti22.csv

plots: ## run the demo and draw its plots again
	$(SIMULATE) run $(DEMO) --out results/demo --force --no-plots
	$(SIMULATE) plot results/demo

demo: ## simulate GPT-3 175B on 1,024 A100
	$(SIMULATE) run $(DEMO)
