/* Coverage: see the header. Three counts for each part of each rule, flat, in the order of the rules. */
#include "workbench/coverage.h"

#include <stdlib.h>

typedef struct place { const edict_rule_info *rule; size_t first; } place; /* of its counts */

struct runner_coverage {
  edi_arena arena;
  edict_rule_list *rules;
  place *places;   /* in the order of the project */
  place *by_name;
  size_t count, parts;
  uint64_t *counts;
};

enum { OUTCOMES = 3 };
/* Columns of what is printed, left to right. */
static const edict_holds order[OUTCOMES] = {EDICT_HOLDS_YES, EDICT_HOLDS_NO, EDICT_HOLDS_UNKNOWN};

static int compare_names(const void *a, const void *b) {
  return strcmp(((const place *)a)->rule->name, ((const place *)b)->rule->name);
}

static edict_status fill(runner_coverage *c) {
  c->count = edict_rule_list_count(c->rules);
  c->places = EDI_NEW_ARRAY(&c->arena, place, c->count);
  c->by_name = EDI_NEW_ARRAY(&c->arena, place, c->count);
  if (!c->places || !c->by_name) return edi_arena_status(&c->arena);
  for (size_t i = 0; i < c->count; i++) {
    const edict_rule_info *rule = edict_rule_list_at(c->rules, i);
    c->places[i] = c->by_name[i] = (place){rule, c->parts * OUTCOMES};
    c->parts += rule->part_count;
  }
  if (c->count) qsort(c->by_name, c->count, sizeof *c->by_name, compare_names);
  c->counts = runner_coverage_counts(c, &c->arena);
  return c->counts ? EDICT_OK : edi_arena_status(&c->arena);
}

edict_status runner_coverage_create(const edict_project *project, runner_coverage **coverage) {
  edi_arena arena;
  edi_arena_init(&arena, NULL, (size_t)1 << 30);
  runner_coverage *c = EDI_NEW(&arena, runner_coverage);
  *coverage = NULL;
  if (!c) {
    edi_arena_fini(&arena);
    return EDICT_MEMORY;
  }
  c->arena = arena;
  edict_status status = edict_rule_list_create(project, &c->rules);
  if (status == EDICT_OK) status = fill(c);
  if (status == EDICT_OK) *coverage = c;
  else runner_coverage_destroy(&c);
  return status;
}

void runner_coverage_destroy(runner_coverage **coverage) {
  if (!coverage || !*coverage) return;
  edict_rule_list_destroy(&(*coverage)->rules);
  edi_arena arena = (*coverage)->arena;
  edi_arena_fini(&arena);
  *coverage = NULL;
}

uint64_t *runner_coverage_counts(const runner_coverage *c, edi_arena *arena) {
  return EDI_NEW_ARRAY(arena, uint64_t, c->parts * OUTCOMES);
}

/* ---- counting ---- */

static int compare_text(edict_text text, const char *name) {
  return edi_str_compare((edi_str){text.ptr, text.len}, edi_str_from(name));
}

static const place *find(const runner_coverage *c, edict_text name) {
  size_t low = 0, high = c->count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    int order_of = compare_text(name, c->by_name[middle].rule->name);
    if (order_of == 0) return &c->by_name[middle];
    if (order_of < 0) high = middle;
    else low = middle + 1;
  }
  return NULL; /* a rule of another project of the set */
}

static edict_holds opposite(edict_holds holds) {
  return holds == EDICT_HOLDS_YES ? EDICT_HOLDS_NO : holds == EDICT_HOLDS_NO ? EDICT_HOLDS_YES : holds;
}

void runner_coverage_note(const runner_coverage *c, uint64_t *counts, const edict_condition *condition) {
  const place *p = find(c, condition->rule);
  for (size_t i = 0; p && i < p->rule->part_count; i++) {
    const edict_rule_part *part = &p->rule->parts[i];
    if (part->number != condition->number || part->leaf != condition->leaf || strcmp(part->part, condition->part) != 0) continue;
    counts[p->first + i * OUTCOMES + (part->negated ? opposite(condition->holds) : condition->holds)]++;
  }
}

void runner_coverage_add(runner_coverage *c, const uint64_t *counts) {
  for (size_t i = 0; i < c->parts * OUTCOMES; i++) c->counts[i] += counts[i];
}

/* ---- what came out ---- */

static uint64_t count_of(const runner_coverage *c, const place *p, size_t part, edict_holds holds) {
  return c->counts[p->first + part * OUTCOMES + holds];
}

static bool can(const place *p, size_t part, edict_holds holds) {
  return (p->rule->parts[part].can >> holds & 1u) != 0;
}

static void add_rule(const runner_coverage *c, const place *p, size_t *seen, size_t *all) {
  for (size_t i = 0; i < p->rule->part_count; i++)
    for (unsigned o = 0; o < OUTCOMES; o++) {
      if (!can(p, i, order[o])) continue;
      ++*all;
      *seen += count_of(c, p, i, order[o]) > 0;
    }
}

void runner_coverage_total(const runner_coverage *c, size_t *seen, size_t *all) {
  *seen = *all = 0;
  for (size_t i = 0; i < c->count; i++) add_rule(c, &c->places[i], seen, all);
}

/* ---- the table ---- */

static void pad(edi_buf *into, size_t length, size_t width) {
  for (size_t i = length; i < width; i++) edi_buf_char(into, ' ');
}

/* A count; a dash where that cannot come out and did not, a mark where it can and never did. */
static void put_count(edi_buf *into, uint64_t count, bool can_be) {
  char text[32];
  edi_buf one = edi_buf_fixed(text, sizeof text);
  if (count || can_be) edi_buf_format(&one, "%s%llu", count ? "" : "!", (unsigned long long)count);
  else edi_buf_char(&one, '-');
  pad(into, one.len, 9);
  edi_buf_append(into, text, one.len);
}

enum { TEXT_MOST = 60 };

static void put_part(const runner_coverage *c, const place *p, size_t i, edi_buf *into) {
  const edict_rule_part *part = &p->rule->parts[i];
  char text[64];
  edi_buf name = edi_buf_fixed(text, sizeof text);
  if (part->leaf) edi_buf_format(&name, "      %u", part->leaf);
  else edi_buf_format(&name, "    %s", part->part);
  if (part->number && !part->leaf) edi_buf_format(&name, " %u", part->number);
  edi_buf_append(into, text, name.len);
  pad(into, name.len, 24);
  edi_buf_format(into, "line %-6u", part->line);
  for (unsigned o = 0; o < OUTCOMES; o++) put_count(into, count_of(c, p, i, order[o]), can(p, i, order[o]));
  if (part->leaf) {
    edi_buf_text(into, "  ");
    edi_buf_escaped(into, edi_str_from(part->text), TEXT_MOST);
  }
  edi_buf_char(into, '\n');
}

static unsigned percent(size_t seen, size_t all) { return all ? (unsigned)(seen * 100 / all) : 100; }

static void put_table(const runner_coverage *c, edi_buf *into) {
  size_t seen, all;
  edi_buf_text(into, "coverage");
  pad(into, 8, 35);
  edi_buf_text(into, "      yes       no  unknown\n");
  for (size_t i = 0; i < c->count; i++) {
    const place *p = &c->places[i];
    seen = all = 0;
    add_rule(c, p, &seen, &all);
    edi_buf_format(into, "  %s  %s:%u  %u%%\n", p->rule->name, p->rule->file, p->rule->line, percent(seen, all));
    for (size_t part = 0; part < p->rule->part_count; part++) put_part(c, p, part, into);
  }
  runner_coverage_total(c, &seen, &all);
  edi_buf_format(into, "%zu of %zu outcomes seen, %u%%%s\n", seen, all, percent(seen, all),
                 seen < all ? "; ! marks those that were not" : "");
}

edict_status runner_coverage_table(const runner_coverage *c, char **text, size_t *length) {
  edi_buf buf;
  edi_buf_init(&buf, NULL, (size_t)1 << 30);
  put_table(c, &buf);
  *length = buf.len;
  return edi_buf_give(&buf, text);
}

/* ---- lcov ---- */

typedef struct line { uint32_t number; uint64_t count; } line;

static int compare_lines(const void *a, const void *b) {
  const line *x = a, *y = b;
  return x->number < y->number ? -1 : x->number > y->number;
}

static uint64_t part_total(const runner_coverage *c, const place *p, size_t part) {
  uint64_t sum = 0;
  for (unsigned o = 0; o < OUTCOMES; o++) sum += count_of(c, p, part, order[o]);
  return sum;
}

/* How often a rule applied: what a function's calls are. An unknown makes a closer apply too. */
static uint64_t applied(const runner_coverage *c, const place *p) {
  return count_of(c, p, 0, EDICT_HOLDS_YES) + count_of(c, p, 0, EDICT_HOLDS_UNKNOWN);
}

static void put_functions(const runner_coverage *c, const place *p, size_t count, edi_buf *into) {
  size_t hit = 0;
  for (size_t i = 0; i < count; i++) edi_buf_format(into, "FN:%u,%s\n", p[i].rule->line, p[i].rule->name);
  for (size_t i = 0; i < count; i++) {
    edi_buf_format(into, "FNDA:%llu,%s\n", (unsigned long long)applied(c, &p[i]), p[i].rule->name);
    hit += applied(c, &p[i]) > 0;
  }
  edi_buf_format(into, "FNF:%zu\nFNH:%zu\n", count, hit);
}

/* A block for each condition, a branch for each outcome that it can have; `-` where it was never looked at. */
static void put_branches(const runner_coverage *c, const place *p, size_t count, edi_buf *into) {
  size_t found = 0, hit = 0, block = 0;
  for (size_t i = 0; i < count; i++)
    for (size_t part = 0; part < p[i].rule->part_count; part++, block++) {
      unsigned branch = 0;
      bool looked_at = part_total(c, &p[i], part) > 0;
      for (unsigned o = 0; o < OUTCOMES; o++) {
        uint64_t taken = count_of(c, &p[i], part, order[o]);
        if (!can(&p[i], part, order[o])) continue;
        edi_buf_format(into, "BRDA:%u,%zu,%u,", p[i].rule->parts[part].line, block, branch++);
        if (looked_at) edi_buf_format(into, "%llu\n", (unsigned long long)taken);
        else edi_buf_text(into, "-\n");
        found++;
        hit += taken > 0;
      }
    }
  edi_buf_format(into, "BRF:%zu\nBRH:%zu\n", found, hit);
}

/* Of parts that share a line the one looked at most counts. False: no memory. */
static bool put_lines(const runner_coverage *c, edi_arena *arena, const place *p, size_t count, edi_buf *into) {
  size_t all = 0, used = 0, hit = 0;
  for (size_t i = 0; i < count; i++) all += p[i].rule->part_count;
  line *lines = EDI_NEW_ARRAY(arena, line, all);
  if (!lines) return false;
  for (size_t i = 0, at = 0; i < count; i++)
    for (size_t part = 0; part < p[i].rule->part_count; part++)
      lines[at++] = (line){p[i].rule->parts[part].line, part_total(c, &p[i], part)};
  qsort(lines, all, sizeof *lines, compare_lines);
  for (size_t i = 0; i < all; i++) {
    if (used && lines[used - 1].number == lines[i].number) {
      if (lines[used - 1].count < lines[i].count) lines[used - 1].count = lines[i].count;
    } else {
      lines[used++] = lines[i];
    }
  }
  for (size_t i = 0; i < used; i++) {
    edi_buf_format(into, "DA:%u,%llu\n", lines[i].number, (unsigned long long)lines[i].count);
    hit += lines[i].count > 0;
  }
  edi_buf_format(into, "LF:%zu\nLH:%zu\n", used, hit);
  return true;
}

static void put_tracefile(const runner_coverage *c, const char *folder, edi_arena *arena, edi_buf *into) {
  for (size_t i = 0, next; i < c->count; i = next) {
    const char *file = c->places[i].rule->file;
    for (next = i + 1; next < c->count && strcmp(c->places[next].rule->file, file) == 0;) next++;
    edi_buf_format(into, "TN:\nSF:%s%s\n", folder, file);
    put_functions(c, &c->places[i], next - i, into);
    put_branches(c, &c->places[i], next - i, into);
    if (!put_lines(c, arena, &c->places[i], next - i, into)) into->failed = edi_arena_status(arena);
    edi_buf_text(into, "end_of_record\n");
  }
}

edict_status runner_coverage_lcov(const runner_coverage *c, const char *folder, char **text, size_t *length) {
  edi_buf buf;
  edi_arena arena;
  edi_buf_init(&buf, NULL, (size_t)1 << 30);
  edi_arena_init(&arena, NULL, (size_t)1 << 30);
  put_tracefile(c, folder, &arena, &buf);
  edi_arena_fini(&arena);
  *length = buf.len;
  return edi_buf_give(&buf, text);
}
