# What one does here. The work is in scripts/ and tests/openstack/; `make test` is what CI runs.
export CARRETE_CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/carrete
export PATH := $(CARRETE_CACHE)/tools/bin:$(CURDIR)/node_modules/.bin:$(PATH)
# What the contract and end-to-end tests are told; the cloud `test` allows pages from ports 28080 to 28099.
TEST_CLOUD := $(or $(CARRETE_CLOUD),test)
export CARRETE_DIST ?= $(CURDIR)/dist
CARGO_LOCKED := --locked
SIZE_LIMIT := 250
headline = @printf '\n=== %s\n' "$(1)"

.PHONY: help setup build dist serve demo demo-down check test-native test-web test-cloud test bench bench-planning clean
help:
	@echo "make demo         a real OpenStack on this machine, filled, and the page on http://127.0.0.1:8080 (demo-down stops it)"
	@echo "make build        the page in dist/, with its size;  make dist: also compressed;  make serve: and served"
	@echo "make check        format and lints;  make test-native: fast tests;  make test: everything"
	@echo "make setup        installs what is missing (all others but clean do it as needed)"

setup:
	@scripts/setup

build:
	@scripts/setup build
	trunk build --release
	@node scripts/size.mjs dist $(SIZE_LIMIT)

dist: build
	@node scripts/compress.mjs dist

serve: dist
	@node scripts/serve.mjs dist

demo: setup dist
	$(call headline,An OpenStack of your own)
	@CARRETE_CLOUD=demo tests/openstack/up
	@CARRETE_CLOUD=demo tests/openstack/with python tests/openstack/seed.py demo
	$(call headline,Carrete)
	@echo "Log in with   cloud http://127.0.0.1:5000/v3   user demo   password testbed   project demo"
	@echo "Ctrl-C ends the page; make demo-down ends the cloud."
	@node scripts/serve.mjs dist

demo-down:
	@CARRETE_CLOUD=demo tests/openstack/down

check:
	@scripts/setup build
	cargo fmt --check
	cargo clippy $(CARGO_LOCKED) --all-targets -- -D warnings
	cargo clippy $(CARGO_LOCKED) --target wasm32-unknown-unknown --lib --bins -- -D warnings

test-native:
	cargo nextest run $(CARGO_LOCKED)

# Widgets in headless Chromium; wasm-bindgen's runner finds the driver by CHROMEDRIVER.
test-web:
	@if [ -e tests/web.rs ]; then CHROMEDRIVER=$$(command -v chromedriver) \
	  CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER=wasm-bindgen-test-runner \
	  cargo test $(CARGO_LOCKED) --target wasm32-unknown-unknown --test web; fi

test-cloud: setup dist
	@CARRETE_CLOUD=$(TEST_CLOUD) tests/openstack/up
	cargo nextest run $(CARGO_LOCKED) -P cloud

# The last run repeats the fast tests, so that its closing line counts every test.
test:
	$(call headline,Set-up)
	@$(MAKE) -s setup
	$(call headline,Format and lints)
	@$(MAKE) -s check
	$(call headline,Fast tests)
	@$(MAKE) -s test-native
	$(call headline,Widgets in a browser)
	@$(MAKE) -s test-web
	$(call headline,The page)
	@$(MAKE) -s dist
	$(call headline,A real OpenStack)
	@CARRETE_CLOUD=$(TEST_CLOUD) tests/openstack/up
	$(call headline,All tests)
	@cargo nextest run $(CARGO_LOCKED) -P all

bench: dist
	cargo bench $(CARGO_LOCKED) --profile dev --bench page

# Planning and health of a large project, in Chromium.
# As a test, because `cargo bench` says `--bench` to the runner, which then looks for benchmarks of another kind and finds none.
bench-planning:
	@CHROMEDRIVER=$$(command -v chromedriver) CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER=wasm-bindgen-test-runner \
	  cargo test --release $(CARGO_LOCKED) --target wasm32-unknown-unknown --bench planning -- --nocapture

clean:
	cargo clean
	rm -rf dist node_modules
