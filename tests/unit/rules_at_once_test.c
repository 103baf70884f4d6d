/* Rules at once: what is said of them, and the trees, are the same with any number of threads, whatever is wrong in them;
 * and a rule in which nothing is wrong is read once. */
#include "harness.h"

#include "policy/print.h"
#include "policy/symbols.h"

enum { RULES = 2100, THREADS = 4 };

static const char vocabulary[] =
    "module federal.v\ntaxonomy tag { pii { pii.email: string pii.phone } time.collected: timestamp }\ntaxonomy role { staff { support } }\n"
    "taxonomy purpose { service { billing } }\nlevels classification { public < internal }\n"
    "attributes subject { roles: set<role> age?: int person?: id<person> level?: classification }\nattributes context { address?: ip day?: date }\nattributes dataset { owner?: string from \"owner\" }\n"
    "key k\nobligation tell(who: role, when: timestamp)\nuntagged columns are pii\ndomains may state pii, time.collected, classification\n";

static const char *const right[] = {
    "  forbid read\n  on dataset holding pii\n  when subject.age < 16 or subject.roles has support\n",
    "  permit read\n  on dataset classified <= internal\n  when purpose is billing\n",
    "  mask column tagged pii.email\n    with show-last(4) if subject.roles has staff\n    with null otherwise\n",
    "  retain at most 2 years after row[time.collected] then erase\n",
    "  show only rows\n  where row[time.collected] < now\n",
};
static const char *const wrong[] = {
    "  forbid read\n  on dataset named \"a*\" and not dataset tagged pii\n  when context.address in cidr(\"10.0.0.0/8\") and purpose in [billing, service]\n"
    "    and subject.person == \"c-17\" and context.day + 1 month > 2026-01-01 and subject.roles has suport\n",
    "  forbid read\n  when subject.age < 16\n  unless subject.salary > 3\n",
    "  mask column tagged pii.emial\n    with hash\n",
    "  mask column tagged pii.email\n    with pseudonym(k, within: reader) if subject.level < internal and row[pii.email] matches /a+/ and not subject.age is set\n"
    "    with const(\"x\") if purpose is not billing and lower(row[pii.email]) starts-with \"x\" and subject.roles overlaps [staff, nobody]\n    with null otherwise\n  oblige tell(role.staff, 2026-01-01)\n",
    "  permit read\n  on dataset tagged time\n  when purpose is billing\n",
    "  retain at most 2 months after row[pii]\n",
};
static const char opens[] = "  permit read\n  on dataset holding pii\n  when dataset.owner == \"x\"\n";
static const char unread[] = "  forbid read\n  when subject.age < < 16\n";

typedef struct mistakes { const char *name; unsigned wrong_each, opens_each, unread_each; size_t errors; } mistakes; /* some of `wrong` are two */

/* One in so many rules has each; `errors`: of all of them. */
static const mistakes cases[] = {
    {"none", 0, 0, 0, 0},           {"one in a rule", 1999, 0, 0, 1}, {"one that opens", 0, 1999, 0, 1},
    {"one of each", 1500, 1999, 1700, 3}, {"some", 100, 90, 80, 71},   {"in all", 1, 0, 0, 3150},
    {"in all and more", 1, 3, 7, 2700},
};

static void make(const mistakes *m, edi_buf *b) {
  edi_buf_text(b, "module federal.r\n");
  for (unsigned i = 0; i < RULES; i++) {
    bool is_wrong = m->wrong_each && i % m->wrong_each == m->wrong_each - 1, is_open = m->opens_each && i % m->opens_each == m->opens_each - 1;
    bool is_unread = m->unread_each && i % m->unread_each == m->unread_each - 1;
    edi_buf_format(b, "\n%srule r%u\n%s", i % 9 == 4 ? "shadow # on trial\n  " : "", i,
                   is_unread ? unread : is_open ? opens : is_wrong ? wrong[i % 6] : right[i % 5]);
  }
}

/* Statuses, findings and, where nothing is wrong, the trees as one text. */
static void check(const mistakes *m, size_t threads, edi_buf *said, size_t *errors, size_t *used) {
  edi_arena arena;
  edi_buf text;
  edi_file_ast *files[2];
  edi_model *model = NULL;
  edict_diagnostics *d = edict_diagnostics_create();
  char *shown = NULL;
  size_t length = 0;
  edi_buf_init(&text, NULL, 1 << 22);
  edi_arena_init(&arena, NULL, (size_t)1 << 30);
  make(m, &text);
  CHECK_INT(edi_parse(&arena, EDI_STR("a.edict"), edi_str_from(vocabulary), &files[0], d), EDICT_OK);
  edict_status parsed = edi_parse(&arena, EDI_STR("r.edict"), (edi_str){text.ptr, text.len}, &files[1], d);
  CHECK_INT(parsed, m->unread_each ? EDICT_FINDINGS : EDICT_OK);
  CHECK_INT(edi_check_declarations(&arena, files, 2, 2, EDI_STR(""), &model, d), EDICT_OK);
  *used = arena.reserved;
  if (threads) edi_check_rules_at_once(model, threads);
  edict_status status = edi_check_rules(model, d);
  *used = arena.reserved - *used;
  edi_buf_format(said, "%d\n", (int)status);
  if (status == EDICT_OK) edi_ast_print(files[1], said);
  CHECK_INT(edict_diagnostics_render(d, EDICT_RENDERING_TEXT, &shown, &length), EDICT_OK);
  edi_buf_append(said, shown, length);
  *errors = edict_diagnostics_errors(d);
  edict_text_free(&shown);
  edict_diagnostics_destroy(&d);
  edi_arena_fini(&arena);
  edi_buf_fini(&text);
}

TEST(any_number_of_threads_says_the_same) {
  for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
    edi_buf one, many;
    size_t errors, again, used;
    edi_buf_init(&one, NULL, 1 << 26);
    check(&cases[c], 0, &one, &errors, &used);
    CHECK(one.failed == EDICT_OK);
    if (errors != cases[c].errors) printf("# %s: %zu errors\n", cases[c].name, errors);
    CHECK_INT(errors, cases[c].errors);
    for (size_t threads = 1; threads <= THREADS; threads++) {
      edi_buf_init(&many, NULL, 1 << 26);
      check(&cases[c], threads, &many, &again, &used);
      bool same = many.len == one.len && memcmp(many.ptr, one.ptr, one.len) == 0;
      if (!same) printf("# %s, %zu threads: %.*s\n", cases[c].name, threads, (int)many.len, many.ptr);
      CHECK(same);
      CHECK_INT(again, errors);
      edi_buf_fini(&many);
    }
    edi_buf_fini(&one);
  }
}

TEST(one_mistake_costs_no_second_reading) {
  size_t errors, none, one;
  edi_buf said;
  edi_buf_init(&said, NULL, 1 << 26);
  check(&cases[0], 2, &said, &errors, &none);
  check(&cases[1], 2, &said, &errors, &one);
  CHECK_INT(errors, 1);
  CHECK(one <= none + 64 * 1024); /* the trees of all rules take 2 MiB */
  edi_buf_fini(&said);
}

HARNESS_MAIN
