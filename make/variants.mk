# Variants: the same sources with other flags, each in a folder of its own.

.PHONY: asan ubsan tsan
## asan: build with the address sanitizer and run the test programs
## ubsan: build with the undefined behaviour sanitizer and run the test programs
## tsan: build with the thread sanitizer and run the test programs
asan ubsan tsan:
	$(Q)$(MAKE) VARIANT=$@ test
