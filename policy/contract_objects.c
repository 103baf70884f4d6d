/* Contract objects: schema objects of one physical name are one table, and what one says of it is said of it.
 *
 * In: the objects of a contract with what each states itself. Out: each with the tags of all that are the same
 * table; their columns are twins of one another as those of one object are. Names are one if they differ in the case of
 * letters alone. Invariant: tags are only ever added, and what closes a column in one object closes it in all. */
#include "bundle/order.h"
#include "policy/contract_facts.h"

/* Some objects that are one table, among all in the order of their physical names. */
typedef struct same {
  edi_read_object **objects;
  size_t count;
} same;

static int compare_objects(const void *context, const void *a, const void *b) {
  (void)context;
  const edi_read_object *x = *(edi_read_object *const *)a, *y = *(edi_read_object *const *)b;
  return edi_str_compare_caseless(x->dataset->physical_name, y->dataset->physical_name);
}

static edi_read_object **sort_objects(edi_resolver *r, edi_read_object *objects, size_t count) {
  edi_read_object **sorted = EDI_NEW_ARRAY(r->arena, edi_read_object *, count);
  edi_read_object **spare = EDI_NEW_ARRAY(r->arena, edi_read_object *, count);
  if (!sorted || !spare) {
    edi_resolver_no_memory(r);
    return NULL;
  }
  for (size_t i = 0; i < count; i++) sorted[i] = &objects[i];
  edi_order_sort(sorted, spare, count, sizeof *sorted, compare_objects, NULL);
  return sorted;
}

/* Those that are one table with the one at `first`. */
static same table_at(edi_read_object **sorted, size_t count, size_t first) {
  size_t end = first + 1;
  while (end < count && compare_objects(NULL, &sorted[first], &sorted[end]) == 0) end++;
  return (same){sorted + first, end - first};
}

/* ---- columns ---- */

/* Between the objects and all of their columns in one run; `back` for what twins gave. */
static void copy_columns(same s, edi_dataset_facts *all, edi_yaml *properties, edi_numbers *tags, bool back) {
  size_t at = 0;
  for (size_t i = 0; i < s.count; i++) {
    edi_read_object *o = s.objects[i];
    for (size_t c = 0; c < o->dataset->column_count; c++, at++) {
      if (back) {
        o->dataset->columns[c] = all->columns[at];
        o->column_tags[c] = tags[at];
      } else {
        all->columns[at] = o->dataset->columns[c];
        tags[at] = o->column_tags[c];
        properties->items[at] = o->properties->items[c];
      }
    }
  }
}

static void share_columns(edi_resolver *r, same s) {
  size_t count = 0;
  for (size_t i = 0; i < s.count; i++) count += s.objects[i]->dataset->column_count;
  edi_dataset_facts all = {.columns = EDI_NEW_ARRAY(r->arena, edi_column_facts, count), .column_count = count};
  edi_yaml properties = {.kind = EDI_YAML_LIST, .items = EDI_NEW_ARRAY(r->arena, edi_yaml *, count), .count = count};
  edi_numbers *tags = EDI_NEW_ARRAY(r->arena, edi_numbers, count);
  if (!all.columns || !properties.items || !tags) {
    edi_resolver_no_memory(r);
    return;
  }
  copy_columns(s, &all, &properties, tags, false);
  edi_resolver_share_twins(r, &properties, &all, tags);
  copy_columns(s, &all, &properties, tags, true);
}

/* ---- the objects' own ---- */

static void share_tags(edi_resolver *r, same s) {
  edi_numbers all = {0};
  for (size_t i = 0; i < s.count; i++)
    for (size_t k = 0; k < s.objects[i]->tags.count; k++) edi_numbers_add(r, &all, s.objects[i]->tags.items[k]);
  edi_numbers_sort(&all);
  for (size_t i = 0; i < s.count; i++) s.objects[i]->tags = all;
}

void edi_resolver_share_objects(edi_resolver *r, edi_read_object *objects, size_t count) {
  edi_read_object **sorted = sort_objects(r, objects, count);
  for (size_t i = 0; sorted && i < count && r->failed == EDICT_OK;) {
    same s = table_at(sorted, count, i);
    share_columns(r, s);
    if (s.count > 1) share_tags(r, s);
    i += s.count;
  }
}

/* One that states no level keeps none: what is unknown closes. */
static void share_levels(const edi_resolver *r, same s) {
  uint32_t highest = EDI_NONE;
  for (size_t i = 0; i < s.count; i++) highest = edi_resolver_higher(r, highest, s.objects[i]->dataset->classification);
  for (size_t i = 0; i < s.count; i++)
    if (s.objects[i]->dataset->classification != EDI_NONE) s.objects[i]->dataset->classification = highest;
}

void edi_resolver_share_object_levels(edi_resolver *r, edi_read_object *objects, size_t count) {
  edi_read_object **sorted = sort_objects(r, objects, count);
  for (size_t i = 0; sorted && i < count;) {
    same s = table_at(sorted, count, i);
    share_levels(r, s);
    i += s.count;
  }
}
