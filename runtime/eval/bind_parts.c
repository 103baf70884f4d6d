/* Bind, parts: how a column and what lies inside of it know each other.
 *
 * A host that can look inside of a container masks its parts, each as a column. For a host that cannot, the container
 * is a cell of its own: whatever closes or masks a part closes or masks the whole. Invariant: no container is more
 * open as a whole than its parts. */
#include "eval/bind.h"

void edi_bind_parts(edi_bound_dataset *d) {
  for (uint32_t i = 0; i < d->column_count; i++) {
    edi_bound_column *c = &d->columns[i];
    if (c->parent == EDI_NONE) d->top_count = i + 1;
    else c->repeated = c->role != EDI_COLUMN_FIELD || d->columns[c->parent].repeated;
    for (uint32_t above = c->parent; above != EDI_NONE; above = d->columns[above].parent) {
      if (d->columns[above].part_count++ == 0) d->columns[above].part_first = i;
      d->columns[above].closed = d->columns[above].closed || c->closed;
    }
    d->column_types[i] = c->repeated ? EDI_TYPE_NONE : c->base;
  }
}

static int order(const edi_reach *a, const edi_reach *b) {
  if (a->entry != b->entry) return a->entry < b->entry ? -1 : 1;
  return a->arm < b->arm ? -1 : a->arm > b->arm;
}

/* Both in ascending order; what both have once. */
static size_t merge(const edi_reach *a, size_t a_count, const edi_reach *b, size_t b_count, edi_reach *out) {
  size_t count = 0;
  for (size_t i = 0, k = 0; i < a_count || k < b_count;) {
    int which = i == a_count ? 1 : k == b_count ? -1 : order(&a[i], &b[k]);
    out[count++] = which <= 0 ? a[i] : b[k];
    i += which <= 0;
    k += which >= 0;
  }
  return count;
}

edict_status edi_bind_part_reaches(edi_arena *arena, edi_bound_dataset *d) {
  for (size_t i = d->column_count; i-- > 0;) { /* what is inside first */
    const edi_bound_column *c = &d->columns[i];
    if (c->parent == EDI_NONE || c->reach_count == 0) continue;
    edi_bound_column *above = &d->columns[c->parent];
    edi_reach *both = EDI_NEW_ARRAY(arena, edi_reach, above->reach_count + c->reach_count);
    if (!both) return edi_arena_status(arena);
    above->reach_count = merge(above->reaches, above->reach_count, c->reaches, c->reach_count, both);
    above->reaches = both;
  }
  return EDICT_OK;
}
