# How a query survives the field: models of what threads share, C programs that bend their own process, real servers.
PROVE_CHECKS += check-loom

.PHONY: check-loom
check-loom: ## Run the models of what threads share through every interleaving
	$(CARGO) test --manifest-path tests/loom/Cargo.toml --target-dir target/loom
