/* Analysis of two views of one column: whether the two together tell more than one of them.
 *
 * In: two transforms, each with arguments that the checker passed. Out: a claim about every value. That two of one
 * kind meet in something (bundle/transforms.def, docs/masks.md) is another question: the first six digits of a card and
 * its last four meet in neither, and a reader who gets the one today and the other tomorrow has ten. */
#include "policy/analysis.h"

#include "policy/transform_args.h"

typedef struct pair {
  edi_value a[EDI_PARAMETERS_MOST], b[EDI_PARAMETERS_MOST];
} pair;

static bool same(const pair *p, unsigned at) { return edi_value_compare(p->a[at], p->b[at]) == 0; }

static bool is_at_most(edi_value x, edi_value y) { return edi_value_compare(x, y) <= 0; }

/* One shows no more than the other of both ends. */
static bool ends_nest(const pair *p, unsigned first, unsigned last) {
  return (is_at_most(p->a[first], p->b[first]) && is_at_most(p->a[last], p->b[last])) ||
         (is_at_most(p->b[first], p->a[first]) && is_at_most(p->b[last], p->a[last]));
}

static bool bounds_nest(const pair *p) {
  if (p->a[EDI_ARG_LO].base != p->b[EDI_ARG_LO].base) return true; /* of columns of two types */
  return (is_at_most(p->a[EDI_ARG_LO], p->b[EDI_ARG_LO]) && is_at_most(p->b[EDI_ARG_HI], p->a[EDI_ARG_HI])) ||
         (is_at_most(p->b[EDI_ARG_LO], p->a[EDI_ARG_LO]) && is_at_most(p->a[EDI_ARG_HI], p->b[EDI_ARG_HI]));
}

/* Whether a step goes into the other. Of numbers too long to compare: yes, which claims nothing. */
static bool divides(edi_value step, edi_value of) {
  int64_t x = step.as.integer, y = of.as.integer;
  for (unsigned scale = step.scale; scale < of.scale; scale++)
    if (__builtin_mul_overflow(x, 10, &x)) return true;
  for (unsigned scale = of.scale; scale < step.scale; scale++)
    if (__builtin_mul_overflow(y, 10, &y)) return true;
  return x != 0 && y % x == 0;
}

static bool steps_nest(const pair *p, unsigned at) { return divides(p->a[at], p->b[at]) || divides(p->b[at], p->a[at]); }

static bool rounds_nest(const pair *p) {
  bool alike = same(p, EDI_ARG_ROUND_MODE), floors = alike && p->a[EDI_ARG_ROUND_MODE].as.integer == EDI_ROUND_FLOOR;
  return alike && (same(p, EDI_ARG_ROUND_STEP) || (floors && steps_nest(p, EDI_ARG_ROUND_STEP)));
}

static bool is_word(edi_value argument, int64_t word) { return argument.as.integer == word; }

static bool emails_nest(const pair *p) {
  bool both = is_word(p->a[EDI_ARG_EMAIL_MODE], EDI_EMAIL_BOTH) || is_word(p->b[EDI_ARG_EMAIL_MODE], EDI_EMAIL_BOTH);
  return same(p, EDI_ARG_EMAIL_MODE) || !both; /* what else there is shows the domain */
}

/* Of other kinds two views never do, whatever their arguments are. */
static bool may_add_up(edi_transform_id id) {
  switch ((int)id) {
    case EDI_TRANSFORM_PAN:
    case EDI_TRANSFORM_PARTIAL:
    case EDI_TRANSFORM_CHARMASK:
    case EDI_TRANSFORM_ROUND:
    case EDI_TRANSFORM_BUCKET:
    case EDI_TRANSFORM_CLAMP:
    case EDI_TRANSFORM_EMAIL: return true;
    default: return false;
  }
}

bool edi_views_add_up(const edi_model *model, const edi_transform_use *x, const edi_transform_use *y) {
  pair p;
  if (!may_add_up(x->id)) return false;
  edi_transform_args(model, x, p.a);
  edi_transform_args(model, y, p.b);
  (void)edi_arguments_settle(x->id, p.a); /* the checker did */
  (void)edi_arguments_settle(y->id, p.b);
  switch ((int)x->id) {
    case EDI_TRANSFORM_PAN: return !ends_nest(&p, EDI_ARG_PAN_FIRST, EDI_ARG_PAN_LAST);
    case EDI_TRANSFORM_PARTIAL: return !ends_nest(&p, EDI_ARG_PARTIAL_FIRST, EDI_ARG_PARTIAL_LAST);
    case EDI_TRANSFORM_CHARMASK: return !same(&p, EDI_ARG_CHARMASK_SIDE);
    case EDI_TRANSFORM_ROUND: return !rounds_nest(&p);
    case EDI_TRANSFORM_BUCKET: return !same(&p, EDI_ARG_LO) || !same(&p, EDI_ARG_HI) || !steps_nest(&p, EDI_ARG_SIZE);
    case EDI_TRANSFORM_CLAMP: return !bounds_nest(&p);
    case EDI_TRANSFORM_EMAIL: return !emails_nest(&p);
    default: return false;
  }
}
