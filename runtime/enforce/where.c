/* Where: an answer's condition on rows as SQL, from the same expressions over leaves that batches run.
 *
 * A rule is written as where it is surely yes, which is two-valued, so SQL's NULL decides nothing. A leaf is written
 * as bounds, as members, or, where a cell names one of a known set, as the list of those that the VM says yes or no
 * of. What has no exact form refuses the whole, so that no row is shown by approximation. */
#include "enforce/dialect.h"

#include "enforce/host.h"
#include "eval/trace.h"

enum { SQL_MOST = 1 << 20, MEMORY_MOST = 64 << 20, NUMBERS_MOST = 4096 };

static const char other_question[] = "only comparisons of a column with a value, membership, `is` and `is set` have";

static const char crowded[] = "it has no exact form in SQL: `lower`, and texts made of other cells, share a limit of length there";

typedef struct writer {
  edi_where w;
  edict_decision *decision;
  edi_arena arena;
  const edi_sieve_way *way;
  const edi_leaf *leaf;      /* what has no form, with `way` */
} writer;

static bool refuse(edi_where *w, const char *why) {
  w->why = why;
  return false;
}

/* ---- leaves ---- */

/* The same for every row. */
static bool fixed(edi_where *w, bool yes) {
  edi_buf_text(w->out, yes ? w->dialect->always : w->dialect->never);
  return true;
}

static edi_truth say(writer *t, edi_sieve_way *way, edi_leaf *leaf, edict_cell cell) {
  return edi_leaf_truth(t->w.sieve, way, leaf, &cell);
}

/* Every text that names a node or level of the slot's type, of which the VM says `want`; with `all`, every one. */
static bool put_names(writer *t, edi_sieve_way *way, edi_leaf *leaf, edi_truth want, bool all) {
  const edi_vocabulary *v = way->vm.vocabulary;
  const edi_program *p = v->program;
  edi_type type = way->vm.linked->slot_types[leaf->slot];
  bool nodes = EDI_TYPE_BASE(type) == EDI_TYPE_NODE;
  uint32_t most = nodes ? p->nodes_count : p->levels_count, count = 0;
  edi_str *names = EDI_NEW_ARRAY(&t->arena, edi_str, most);
  if (!names) return refuse(&t->w, "there is no memory for it");
  for (uint32_t i = 0; i < most; i++) {
    edi_str name = edi_program_string(p, nodes ? p->nodes[i].name : p->levels[i].name);
    if (!edi_value_known(edi_vocabulary_convert(v, type, name, NULL))) continue;
    if (nodes ? p->nodes[i].kind != EDI_TYPE_PARAM(type) : p->levels[i].scale != EDI_TYPE_PARAM(type)) continue;
    edict_cell cell = {.type = EDICT_CELL_TEXT, .ptr = name.ptr, .len = name.len};
    if (all || say(t, way, leaf, cell) == want) names[count++] = name;
  }
  if (count == 0) return fixed(&t->w, false);
  return t->w.dialect->texts(&t->w, leaf->column, names, count, false);
}

static bool put_bools(writer *t, edi_sieve_way *way, edi_leaf *leaf, edi_truth want) {
  bool yes[2];
  for (int bit = 0; bit < 2; bit++) yes[bit] = say(t, way, leaf, (edict_cell){.type = EDICT_CELL_BOOL, .integer = bit}) == want;
  if (!yes[0] && !yes[1]) return fixed(&t->w, false);
  return t->w.dialect->between(&t->w, leaf->column, EDI_TYPE_BOOL, yes[0] ? 0 : 1, yes[1] ? 1 : 0, false);
}

static bool put_set(writer *t, edi_sieve_way *way, edi_leaf *leaf, edi_truth want, unsigned base, unsigned domain) {
  edi_where *w = &t->w;
  bool named = domain == EDI_TYPE_NODE || domain == EDI_TYPE_LEVEL, ok;
  if (domain == EDI_TYPE_IP) return refuse(w, "addresses are not compared there");
  if (want == EDI_NO) edi_buf_text(w->out, "(NOT ");
  ok = named ? put_names(t, way, leaf, EDI_YES, true) : w->dialect->known(w, leaf->column, base);
  if (want == EDI_NO) edi_buf_char(w->out, ')');
  return ok;
}

static bool put_texts(writer *t, edi_leaf *leaf, edi_truth want) {
  edi_value c = leaf->constant;
  edi_str one = {NULL, 0}, *texts = &one;
  size_t count = 1;
  if (want == EDI_NO && c.set && c.scale) return fixed(&t->w, false); /* an incomplete set says no to nothing */
  if (c.set) {
    texts = EDI_NEW_ARRAY(&t->arena, edi_str, c.length);
    if (!texts) return refuse(&t->w, "there is no memory for it");
    for (count = 0; count < c.length; count++) texts[count] = edi_value_str(c.as.members[count]);
  } else {
    one = edi_value_str(c);
  }
  for (size_t i = 0; i < count; i++)
    if (texts[i].len && memchr(texts[i].ptr, '\0', texts[i].len)) return refuse(&t->w, "a text with a NUL in it cannot be written down");
  if (count == 0) return want == EDI_NO ? t->w.dialect->known(&t->w, leaf->column, EDI_TYPE_STRING) : fixed(&t->w, false);
  return t->w.dialect->texts(&t->w, leaf->column, texts, count, want == EDI_NO);
}

static bool put_decimal(writer *t, edi_leaf *leaf, edi_truth want, unsigned base) {
  edi_value c = leaf->constant;
  edi_where *w = &t->w;
  if (leaf->relation != EDI_RELATION_IN)
    return w->dialect->decimal(w, leaf->column, base, leaf->relation, (edi_decimal){c.as.integer, c.scale}, want == EDI_NO);
  if (want == EDI_NO && c.scale) return fixed(w, false);
  if (c.length == 0) return want == EDI_NO ? w->dialect->known(w, leaf->column, base) : fixed(w, false);
  edi_buf_char(w->out, '(');
  for (uint32_t i = 0; i < c.length; i++) {
    edi_value m = c.as.members[i];
    if (i > 0) edi_buf_text(w->out, want == EDI_NO ? " AND " : " OR ");
    if (!w->dialect->decimal(w, leaf->column, base, EDI_RELATION_EQ, (edi_decimal){m.as.integer, m.scale}, want == EDI_NO)) return false;
  }
  edi_buf_char(w->out, ')');
  return true;
}

/* The lane of a column in the unit that the dialect compares in. */
static bool natural_lane(unsigned base, unsigned domain, edi_lane *lane) {
  static const edict_layout layouts[] = {[EDI_TYPE_BOOL] = EDICT_LAYOUT_INT8, [EDI_TYPE_INT] = EDICT_LAYOUT_INT64,
                                         [EDI_TYPE_DATE] = EDICT_LAYOUT_DATE32, [EDI_TYPE_TIMESTAMP] = EDICT_LAYOUT_TIME_US};
  const edict_vector v = {.layout = base < sizeof layouts / sizeof *layouts ? layouts[base] : EDICT_LAYOUT_NULL};
  return edi_sieve_lane(&v, base, domain, lane);
}

static bool put_numbers(writer *t, edi_leaf *leaf, edi_truth want, unsigned base, unsigned domain) {
  edi_where *w = &t->w;
  edi_bounds b;
  if (!natural_lane(base, domain, &leaf->lane)) return refuse(w, "the column is read as another type");
  if (leaf->relation != EDI_RELATION_IN) {
    if (!edi_leaf_bounds(leaf, want, &b)) return refuse(w, "the comparison is none of numbers");
    if (b.never && b.turned) return w->dialect->known(w, leaf->column, base);
    if (b.never) return fixed(w, false);
    return w->dialect->between(w, leaf->column, base, b.least, b.most, b.turned);
  }
  if (!edi_leaf_members(leaf, &t->arena)) return refuse(w, "its set is none of numbers");
  if (want == EDI_NO && leaf->constant.scale) return fixed(w, false);
  if (leaf->member_count == 0) return want == EDI_NO ? w->dialect->known(w, leaf->column, base) : fixed(w, false);
  return w->dialect->among(w, leaf->column, base, leaf->members, leaf->member_count, want == EDI_NO);
}

/* What lies inside of a column has no name in a table. */
static bool is_part(const writer *t, uint32_t column) { return t->decision->plan->dataset->columns[column].parent != EDI_NONE; }

static bool put_pair(writer *t, const edi_sieve_way *way, const edi_leaf *leaf, edi_truth want) {
  const unsigned *types = way->vm.column_types;
  bool integers = leaf->relation != EDI_RELATION_NONE && types[leaf->column] == EDI_TYPE_INT && types[leaf->other] == EDI_TYPE_INT &&
                  EDI_TYPE_BASE(way->vm.linked->slot_types[leaf->slot]) == EDI_TYPE_INT &&
                  EDI_TYPE_BASE(way->vm.linked->slot_types[leaf->other_slot]) == EDI_TYPE_INT;
  if (!integers) return refuse(&t->w, "columns are compared with each other only if both are integers");
  const char *sign = leaf->relation == EDI_RELATION_EQ   ? want == EDI_YES ? "=" : "<>"
                     : leaf->relation == EDI_RELATION_LT ? want == EDI_YES ? "<" : ">="
                                                         : want == EDI_YES ? "<=" : ">";
  return t->w.dialect->pair(&t->w, leaf->column, leaf->other, sign);
}

/* Whether a cell of a column of type `base` can be known where it is read as `domain`. */
static bool can_be(unsigned base, unsigned domain) {
  if (base == domain) return true;
  if (base == EDI_TYPE_INT) return domain == EDI_TYPE_DECIMAL || domain == EDI_TYPE_ID;
  if (base == EDI_TYPE_DATE) return domain == EDI_TYPE_TIMESTAMP;
  return base == EDI_TYPE_STRING &&
         (domain == EDI_TYPE_NODE || domain == EDI_TYPE_LEVEL || domain == EDI_TYPE_ID || domain == EDI_TYPE_IP);
}

static bool put_leaf(writer *t, edi_sieve_way *way, edi_leaf *leaf, edi_truth want) {
  edi_where *w = &t->w;
  t->way = way;
  t->leaf = leaf;
  if (is_part(t, leaf->column) || (leaf->other != EDI_NONE && is_part(t, leaf->other))) return refuse(w, "it reads what lies inside of a column");
  if (leaf->other != EDI_NONE) return put_pair(t, way, leaf, want);
  if (leaf->slot == EDI_NONE) return refuse(w, "the column is read in two ways at once");
  unsigned base = way->vm.column_types[leaf->column], domain = EDI_TYPE_BASE(way->vm.linked->slot_types[leaf->slot]);
  if (!can_be(base, domain)) return fixed(w, say(t, way, leaf, (edict_cell){0}) == want); /* as if it were NULL */
  if (leaf->relation == EDI_RELATION_SET) return put_set(t, way, leaf, want, base, domain);
  if (say(t, way, leaf, (edict_cell){0}) != EDI_UNKNOWN) return refuse(w, "it says something of NULL");
  if (base == EDI_TYPE_STRING && (domain == EDI_TYPE_NODE || domain == EDI_TYPE_LEVEL)) return put_names(t, way, leaf, want, false);
  if (base == EDI_TYPE_BOOL && domain == EDI_TYPE_BOOL) return put_bools(t, way, leaf, want);
  if (leaf->relation == EDI_RELATION_NONE) return refuse(w, other_question);
  if (base == EDI_TYPE_STRING && !leaf->step && (domain == EDI_TYPE_STRING || domain == EDI_TYPE_ID)) {
    if (leaf->relation == EDI_RELATION_EQ || leaf->relation == EDI_RELATION_IN) return put_texts(t, leaf, want);
    return refuse(w, other_question);
  }
  bool decimal = domain == EDI_TYPE_DECIMAL || leaf->step == EDI_OP_TO_DECIMAL;
  if (base == EDI_TYPE_DECIMAL || (base == EDI_TYPE_INT && decimal)) return put_decimal(t, leaf, want, base);
  return put_numbers(t, leaf, want, base, domain);
}

/* ---- expressions ---- */

static bool put_node(writer *t, edi_sieve_way *way, uint32_t node) {
  const edi_sieve_node *n = &way->nodes[node];
  if (n->op == EDI_SIEVE_NEVER || n->op == EDI_SIEVE_ALWAYS) return fixed(&t->w, n->op == EDI_SIEVE_ALWAYS);
  if (n->op == EDI_SIEVE_LEAF) return put_leaf(t, way, &way->leaves[n->a], (edi_truth)n->want);
  edi_buf_char(t->w.out, '(');
  if (!put_node(t, way, n->a)) return false;
  edi_buf_text(t->w.out, n->op == EDI_SIEVE_AND ? " AND " : " OR ");
  if (!put_node(t, way, n->b)) return false;
  edi_buf_char(t->w.out, ')');
  return true;
}

/* No `at most` has passed, in any of its columns. */
static bool put_time(writer *t, uint32_t index, uint32_t number) {
  const edi_plan *plan = t->decision->plan;
  const edi_entry *e = &plan->dataset->entries[plan->retain_rules[index]];
  uint32_t column = e->combinations[number];
  edi_lane lane;
  if (column == EDI_NONE || !e->duration_known) return fixed(&t->w, false);
  if (is_part(t, column)) return refuse(&t->w, "it reads what lies inside of a column");
  unsigned base = plan->dataset->column_types[column], domain = EDI_TYPE_BASE(e->linked->slot_types[e->rule->rowslots.first]);
  bool times = (base == EDI_TYPE_TIMESTAMP && domain == EDI_TYPE_TIMESTAMP) ||
               (base == EDI_TYPE_DATE && (domain == EDI_TYPE_TIMESTAMP || domain == EDI_TYPE_DATE));
  if (!times || !natural_lane(base, EDI_TYPE_TIMESTAMP, &lane)) return fixed(&t->w, false); /* no cell of it is a time */
  int64_t from = plan->retain_cutoffs[index], to = plan->now;
  if (base == EDI_TYPE_DATE) {
    from = from / EDI_DAY_MICROS; /* a cutoff is a midnight */
    to = edi_date_of(to);
  }
  if (from < lane.least) from = lane.least;
  if (to > lane.most) to = lane.most;
  if (from > to) return fixed(&t->w, false);
  return t->w.dialect->between(&t->w, column, base, from, to, false);
}

static void join(writer *t, size_t *parts) { edi_buf_text(t->w.out, (*parts)++ ? " AND " : ""); }

static bool put_all(writer *t) {
  const edi_plan *plan = t->decision->plan;
  size_t parts = 0;
  edi_buf_char(t->w.out, '('); /* whatever it is joined to */
  if (plan->effect != EDICT_PERMIT) return fixed(&t->w, false);
  if (plan->group_count && !plan->suppresses_groups) return refuse(&t->w, "rows may be shown in groups alone, which SQL does not see");
  for (uint32_t i = 0; i < plan->retain_rule_count; i++) {
    const edi_entry *e = &plan->dataset->entries[plan->retain_rules[i]];
    for (uint32_t way = 0; e->rule->effect == EDI_EFFECT_RETAIN_AT_MOST && way < e->combination_count; way++) {
      join(t, &parts);
      if (!put_time(t, i, way)) return false;
    }
  }
  for (uint32_t i = 0; i < t->w.sieve->where_count; i++) {
    edi_sieve_way *way = &t->w.sieve->wheres[i];
    t->way = way;
    t->leaf = NULL;
    if (way->yes == EDI_NONE) return refuse(&t->w, way->crowded ? crowded : "its code is none that a compiler of Edict writes");
    join(t, &parts);
    if (!put_node(t, way, way->yes)) return false;
  }
  return parts > 0 || fixed(&t->w, true);
}

/* ---- the reason ---- */

static void explain(writer *t, edi_buf *into) {
  edi_buf condition;
  edi_predicate predicate;
  edi_buf_init(&condition, NULL, 1024);
  if (t->way) {
    const edi_rule *rule = t->way->entry->rule;
    edi_buf_format(into, "rule `%.*s`: ", EDI_STR_ARG(edi_program_string(&t->way->entry->linked->program, rule->name)));
    edi_vm vm = t->way->part_vm;
    if (t->leaf && edi_trace_predicate(&vm, t->leaf->routine, &t->arena, &predicate, &condition) == EDICT_OK)
      edi_buf_format(into, "`%.*s` ", (int)condition.len, condition.ptr);
  }
  if (t->leaf && condition.len) edi_buf_text(into, "has no exact form in SQL: ");
  edi_buf_text(into, t->w.why);
  edi_buf_fini(&condition);
}

static edict_status write_where(writer *t, edi_buf *into) {
  edict_decision *d = t->decision;
  edi_sieve sieve;
  edict_status status = EDICT_OK;
  t->w.sieve = &sieve;
  t->w.out = into;
  t->w.columns = d->product->columns[d->plan->dataset - d->product->bound.datasets];
  memset(&sieve, 0, sizeof sieve);
  if (d->plan->effect == EDICT_PERMIT) status = edi_sieve_init(&sieve, d->plan, d->lanes, EDI_SIEVE_SPLIT, &t->arena);
  if (status != EDICT_OK) return status;
  bool whole = put_all(t);
  if (into->failed != EDICT_OK) return into->failed;
  edi_buf_char(into, ')');
  if (whole) return into->failed;
  edi_buf why = edi_buf_fixed(d->text, sizeof d->text);
  explain(t, &why);
  d->text[why.len] = '\0';
  return EDICT_UNSUPPORTED;
}

edict_status edict_decision_where(edict_decision *decision, edict_sql_dialect dialect, char **sql, size_t *length, const char **why) {
  if (why) *why = "";
  if (!sql || !length) return EDICT_ARGUMENT;
  *sql = NULL;
  *length = 0;
  bool named = dialect == EDICT_SQL_SQLITE || dialect == EDICT_SQL_POSTGRESQL;
  if (!decision || !named || !decision->plan->dataset || decision->plan->dataset->thing != EDI_THING_DATASET) return EDICT_ARGUMENT;
  writer t = {.decision = decision, .w = {.dialect = dialect == EDICT_SQL_SQLITE ? &edi_dialect_sqlite : &edi_dialect_postgresql}};
  edi_buf into;
  edi_buf_init(&into, NULL, SQL_MOST);
  edi_arena_init(&t.arena, NULL, MEMORY_MOST);
  edict_status status = write_where(&t, &into);
  edi_arena_fini(&t.arena);
  if (status == EDICT_UNSUPPORTED && why) *why = decision->text;
  if (status == EDICT_OK) edi_buf_char(&into, '\0');
  if (status == EDICT_OK) status = into.failed;
  if (status != EDICT_OK) {
    edi_buf_fini(&into);
    return status;
  }
  *length = into.len - 1;
  *sql = into.ptr;
  return EDICT_OK;
}
