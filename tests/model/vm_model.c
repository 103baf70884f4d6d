/* VM: arithmetic of instructions on any operands of their types. */
#include "model.h"

#include "base/divide.h"

#include "runtime/base/calendar.c"
#include "runtime/eval/vm.c"

/* These instructions ask nothing of the machine. */
static edi_vm machine;

static edi_value any_of(unsigned base) {
  edi_value v = edi_value_integer(base, any_i64());
  return v;
}

void prove_integers(void) {
  edi_value a = any_of(EDI_TYPE_INT), b = any_of(EDI_TYPE_INT);
  unsigned op = any_bool() ? EDI_OP_ADD_INT : EDI_OP_SUB_INT;
  edi_value out = known_pair(&machine, op, a, b);
  edi_wide_signed exact = op == EDI_OP_ADD_INT ? (edi_wide_signed)a.as.integer + b.as.integer : (edi_wide_signed)a.as.integer - b.as.integer;
  check((out.base == EDI_TYPE_INT) == (exact >= INT64_MIN && exact <= INT64_MAX), "a number that fits, or unknown");
  check(!out.base || out.as.integer == (int64_t)exact, "the number");
}
