/* Contract twins: columns that hold the same data get the same tags.
 *
 * In: a dataset's columns with their own tags. Out: the same with the tags of their twins.
 * Columns of one physical name are one group with one set of tags, and the highest of their
 * levels; from a column with an `encryptedName`, tags flow to the groups of the columns so called. Names
 * are one if they differ in the case of letters alone: in SQLite, and in others without quotes, they are.
 * Invariant: tags are only ever added. Each group is looked at again only after it grew, so the
 * work is bounded by groups times tags. What closes one column closes its twins. */
#include "bundle/order.h"
#include "policy/contract_facts.h"

typedef struct named {
  edi_str name;
  uint32_t column;
} named;

typedef struct group {
  size_t first, count; /* in by_physical */
  edi_numbers tags;    /* sorted, distinct */
  bool closed;         /* a column of it is */
  bool waiting;        /* grew since it was looked at */
} group;

typedef struct twins {
  edi_resolver *resolver;
  const edi_yaml *properties;
  edi_dataset_facts *dataset;
  named *by_name, *by_physical; /* sorted */
  named *spare;
  size_t count;
  group *groups;
  size_t group_count;
  uint32_t *group_of; /* by column */
  size_t waiting;
} twins;

static int compare_named(const void *context, const void *a, const void *b) {
  (void)context;
  const named *x = a, *y = b;
  return edi_str_compare_caseless(x->name, y->name);
}

static bool is_same(edi_str a, edi_str b) { return edi_str_compare_caseless(a, b) == 0; }

/* Where the columns of this name begin, if there are any. */
static size_t find(const named *sorted, size_t count, edi_str name) {
  size_t low = 0, high = count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (edi_str_compare_caseless(sorted[middle].name, name) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/* ---- groups ---- */

static bool allocate(twins *t) {
  edi_arena *arena = t->resolver->arena;
  t->by_name = EDI_NEW_ARRAY(arena, named, t->count);
  t->by_physical = EDI_NEW_ARRAY(arena, named, t->count);
  t->spare = EDI_NEW_ARRAY(arena, named, t->count);
  t->groups = EDI_NEW_ARRAY(arena, group, t->count);
  t->group_of = EDI_NEW_ARRAY(arena, uint32_t, t->count);
  return t->by_name && t->by_physical && t->spare && t->groups && t->group_of;
}

static void sort_columns(twins *t) {
  for (size_t i = 0; i < t->count; i++) {
    t->by_name[i] = (named){t->dataset->columns[i].name, (uint32_t)i};
    t->by_physical[i] = (named){t->dataset->columns[i].physical_name, (uint32_t)i};
  }
  edi_order_sort(t->by_name, t->spare, t->count, sizeof *t->by_name, compare_named, NULL);
  edi_order_sort(t->by_physical, t->spare, t->count, sizeof *t->by_physical, compare_named, NULL);
}

static void make_groups(twins *t, const edi_numbers *tags) {
  for (size_t i = 0; i < t->count; i++) {
    if (i == 0 || !is_same(t->by_physical[i - 1].name, t->by_physical[i].name)) {
      t->groups[t->group_count++] = (group){.first = i, .waiting = true};
      t->waiting++;
    }
    group *last = &t->groups[t->group_count - 1];
    uint32_t column = t->by_physical[i].column;
    last->count++;
    last->closed = last->closed || t->dataset->columns[column].closed;
    t->group_of[column] = (uint32_t)(t->group_count - 1);
    for (size_t k = 0; k < tags[column].count; k++)
      edi_numbers_add(t->resolver, &last->tags, tags[column].items[k]);
  }
  for (size_t i = 0; i < t->group_count; i++) edi_numbers_sort(&t->groups[i].tags);
}

/* ---- tags ---- */

/* How many of `from` are not in `to`. */
static size_t count_missing(const edi_numbers *from, const edi_numbers *to) {
  size_t missing = 0, at = 0;
  for (size_t i = 0; i < from->count; i++) {
    while (at < to->count && to->items[at] < from->items[i]) at++;
    missing += at == to->count || to->items[at] != from->items[i];
  }
  return missing;
}

static void flow(twins *t, const group *from, uint32_t column) {
  group *to = &t->groups[t->group_of[column]];
  bool closes = from->closed && !to->closed;
  if (to == from || (count_missing(&from->tags, &to->tags) == 0 && !closes)) return;
  to->closed = to->closed || closes;
  for (size_t i = 0; i < from->tags.count; i++)
    edi_numbers_add(t->resolver, &to->tags, from->tags.items[i]);
  edi_numbers_sort(&to->tags);
  if (!to->waiting) t->waiting++;
  to->waiting = true;
}

static void flow_to_all(twins *t, const group *from, const named *sorted, edi_str name) {
  for (size_t i = find(sorted, t->count, name); i < t->count && is_same(sorted[i].name, name); i++)
    flow(t, from, sorted[i].column);
}

static void flow_from(twins *t, group *from) {
  from->waiting = false;
  t->waiting--;
  for (size_t i = 0; i < from->count; i++) {
    uint32_t column = t->by_physical[from->first + i].column;
    edi_str twin = edi_contract_text(t->properties->items[column], "encryptedName");
    if (twin.len == 0) continue;
    flow_to_all(t, from, t->by_name, twin);
    flow_to_all(t, from, t->by_physical, twin);
  }
}

/* ---- levels ---- */

/* A twin that states no level keeps none: what is unknown closes. */
static void share_levels(const twins *t, const group *g) {
  const edi_model *model = t->resolver->model;
  uint32_t highest = EDI_NONE;
  for (size_t i = 0; i < g->count; i++) {
    uint32_t level = t->dataset->columns[t->by_physical[g->first + i].column].classification;
    if (level == EDI_NONE) continue;
    if (highest == EDI_NONE || model->levels[level].rank > model->levels[highest].rank)
      highest = level;
  }
  for (size_t i = 0; i < g->count; i++) {
    edi_column_facts *column = &t->dataset->columns[t->by_physical[g->first + i].column];
    if (column->classification != EDI_NONE) column->classification = highest;
  }
}

void edi_resolver_share_twins(edi_resolver *resolver, const edi_yaml *properties,
                              edi_dataset_facts *dataset, edi_numbers *tags) {
  twins t = {.resolver = resolver,
             .properties = properties,
             .dataset = dataset,
             .count = dataset->column_count};
  if (t.count < 2) return;
  if (!allocate(&t)) {
    edi_resolver_no_memory(resolver);
    return;
  }
  sort_columns(&t);
  make_groups(&t, tags);
  while (t.waiting > 0 && resolver->failed == EDICT_OK)
    for (size_t i = 0; i < t.group_count; i++)
      if (t.groups[i].waiting) flow_from(&t, &t.groups[i]);
  for (size_t i = 0; i < t.group_count; i++) share_levels(&t, &t.groups[i]);
  for (size_t i = 0; i < t.count; i++) {
    tags[i] = t.groups[t.group_of[i]].tags;
    dataset->columns[i].closed = t.groups[t.group_of[i]].closed;
  }
}
