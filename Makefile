# The Lab Orchestrator: what one can do in this folder. 'make help' prints the list.
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: run test test-kubernetes check clean bench images format backup restore doctor help

run: ## Install what is missing, build, and serve the labs at http://localhost:5000 (Ctrl-C ends it)
	@exec eng/run

test: ## Set up and run every test; the last line is 'N passed, N failed'
	@exec eng/test

test-kubernetes: ## Test against a real API server (KUBEBUILDER_ASSETS=FOLDER with etcd and kube-apiserver, or KUBECONFIG=FILE)
	@exec eng/test-kubernetes

check: ## The quick part of the tests (formatting, build, all that needs neither Docker Engine nor a browser)
	@exec eng/test --quick

clean: ## Remove everything of this installation: labs, database, data, images, build output
	@exec eng/clean

bench: ## Measure against plain Docker, websockify and bare queries; prints a table and JSON
	@exec eng/bench

images: ## Build all base images now (IMAGES="terminal tiny-vm" builds only these)
	@eng/setup && exec images/build $(IMAGES)

format: ## Format all sources
	@exec dotnet format LabOrchestrator.slnx

backup: ## Save database and keys (TO=FILE)
	@exec eng/backup $(TO)

doctor: ## Say what the engine has and lacks (LABORCHESTRATOR_Runtime__Name=kubernetes examines the cluster)
	@exec eng/doctor

restore: ## Bring back what 'make backup' saved (FROM=FILE)
	@exec eng/restore $(FROM)

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
