# The examples in other languages.
PROVE_CHECKS += check-languages
.PHONY: check-languages

check-languages: build ## Build and run the example of every language
	$(PYTHON) bindings/check.py
