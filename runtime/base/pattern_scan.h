/* Pattern scan: what a pattern must not say, found before PCRE2 sees it; for pattern.c alone. */
#ifndef EDI_PATTERN_SCAN_H
#define EDI_PATTERN_SCAN_H

#include "base/bytes.h"

/* Why `source` is refused, as static text, and where; NULL if not. A condition refuses more. */
const char *edi_pattern_scan(edi_str source, bool condition, size_t *at);
/* Static text for an error number of pcre2_compile. */
const char *edi_pattern_compile_error(int error);

#endif
