# Steward. `make run` builds and starts it with the demo; `make test` passes all tests. Both bring what they need
# through the package registries: Go modules, npm packages and, for the browser tests as root on Debian, Chromium.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -X main.version=$(VERSION)
WEB_SOURCES := $(shell find web/src web/public -type f 2>/dev/null) web/index.html web/package.json web/package-lock.json web/vite.config.ts web/tsconfig.json
UI := internal/surface/ui/dist/index.html
NPM := npm --no-fund --no-audit --loglevel=error

.PHONY: run build test test-go test-web test-tests race lint generate bench first soak dist clean

run: build
	bin/steward serve --demo $(RUN_FLAGS)

build: $(UI)
	mkdir -p bin
	go build -ldflags '$(LDFLAGS)' -o bin/steward ./cmd/steward

web/node_modules/.ready: web/package-lock.json
	cd web && $(NPM) ci
	touch $@

tests/node_modules/.ready: tests/package-lock.json
	cd tests && $(NPM) ci
	touch $@

$(UI): web/node_modules/.ready $(WEB_SOURCES)
	cd web && $(NPM) run build

test: lint test-web build test-go test-tests

test-web: web/node_modules/.ready
	cd web && $(NPM) run typecheck && $(NPM) run lint && $(NPM) test

# The race detector runs over everything; -p 2 keeps its memory within a small machine. What runs the built program is
# never answered from Go's cache, which does not see the program change.
test-go: build
	go test -race -p 2 -timeout 15m $$(go list ./... | grep -v /tests/)
	go test -race -p 2 -count=1 -timeout 15m ./tests/...

# What real clients see: SDKs from npm send, a real browser looks.
test-tests: build tests/node_modules/.ready
	cd tests && $(NPM) test
	tests/browser/run

lint:
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo "run gofmt on:"; gofmt -l $$(git ls-files '*.go'); exit 1; }
	go vet ./...

generate: web/node_modules/.ready
	go test ./internal/app -run TestOpenAPIDocumentIsCurrent -update
	cd web && $(NPM) run api

bench: build
	go run ./bench $(BENCH_FLAGS)

# The first minutes of a new user, in seconds; the README has the figures.
first: build
	bench/first

# What is too slow for every change: kill loops, long fuzzing, large stores.
soak: build
	tests/soak/run

# A stripped binary with the pages inside, a systemd unit, a list of what is in it, and checksums.
dist: $(UI)
	rm -rf dist && mkdir -p dist
	go build -trimpath -ldflags '-s -w $(LDFLAGS)' -o dist/steward ./cmd/steward
	cp deploy/steward.service LICENSE dist/
	go run ./deploy/sbom -version '$(VERSION)' -binary dist/steward -npm web/package-lock.json > dist/steward.cdx.json
	cd dist && sha256sum steward steward.service steward.cdx.json LICENSE > SHA256SUMS
	@ls -l dist

clean:
	rm -rf bin dist internal/surface/ui/dist/assets internal/surface/ui/dist/index.html web/node_modules tests/node_modules
