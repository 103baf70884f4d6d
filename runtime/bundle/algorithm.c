/* Algorithm: the list as a table. */
#include "bundle/algorithm.h"

static const edi_algorithm algorithms[] = {
#define ALGORITHM(NAME, bit, text, family, curve, bits) \
  {(bit), text, EDI_FAMILY_##family, curve, (bits) / 8},
#include "bundle/algorithms.def"
#undef ALGORITHM
};
enum { COUNT = sizeof algorithms / sizeof *algorithms };

size_t edi_algorithm_count(void) { return COUNT; }

const edi_algorithm *edi_algorithm_at(size_t index) {
  return index < COUNT ? &algorithms[index] : NULL;
}

const edi_algorithm *edi_algorithm_by_name(edi_str name) {
  for (size_t i = 0; i < COUNT; i++)
    if (edi_str_equal(name, edi_str_from(algorithms[i].name))) return &algorithms[i];
  return NULL;
}

const edi_algorithm *edi_algorithm_of(uint32_t bit) {
  for (size_t i = 0; i < COUNT; i++)
    if (algorithms[i].bit == bit) return &algorithms[i];
  return NULL;
}

const char *edi_algorithm_kty(const edi_algorithm *algorithm) {
  switch (algorithm->family) {
    case EDI_FAMILY_RSA:
    case EDI_FAMILY_PSS: return "RSA";
    case EDI_FAMILY_ECDSA: return "EC";
    case EDI_FAMILY_EDDSA: return "OKP";
    case EDI_FAMILY_HMAC: return "oct";
  }
  return "";
}
