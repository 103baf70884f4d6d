/* Columns bench: nanoseconds for a cell of a column that is masked as part of a batch, mask by mask, and rows a second of a
 * batch of 20 columns, in the thread's own processor time, the least of several rounds; beside what the bar is about.
 *
 * A column is 4,096 cells of their own, or of 200 values that come again; the whole is a million rows. */
#include <openssl/evp.h>
#include <sodium.h>
#include <string.h>

#include "bench/stopwatch.h"
#include "edict/batch.h"
#include "support/mesh.h"

enum { ROWS = 4096, MOST = 20, MILLION = 1000000 };

static volatile uint64_t sink;

static double used(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* ---- values ---- */

typedef enum kind { MAIL, CARD, PHONE, ZIP, COUNTRY, NAME, NUMBER, DAY, TIME } kind;

/* A column of values, in the form of Arrow's. */
typedef struct values {
  int32_t offsets[ROWS + 1], days[ROWS];
  int64_t numbers[ROWS];
  char bytes[ROWS * 32];
} values;

static uint64_t mixed(uint64_t i) { return (i + 1) * UINT64_C(0x9E3779B97F4A7C15) >> 20; }

static int put(char *out, kind k, uint64_t i) {
  static const char *const countries[] = {"de", "fr", "us", "eu"};
  uint64_t r = mixed(i);
  switch ((int)k) {
    case MAIL: return snprintf(out, 32, "a%06u.smith@post.example", (unsigned)(r % 1000000));
    case CARD: return snprintf(out, 32, "4111%012llu", (unsigned long long)(r % 1000000000000));
    case PHONE: return snprintf(out, 32, "+49301%06u", (unsigned)(r % 1000000));
    case ZIP: return snprintf(out, 32, "%05u", (unsigned)(r % 100000));
    case COUNTRY: return snprintf(out, 32, "%s", countries[r % 4]);
    default: return snprintf(out, 32, "Ana %c. Muster%u", (char)('A' + r % 26), (unsigned)(r % 10000));
  }
}

/* `distinct`: how many values there are. */
static void fill(values *v, kind k, uint64_t distinct) {
  size_t at = 0;
  for (size_t i = 0; i < ROWS; i++) {
    uint64_t which = distinct < ROWS ? mixed(i) % distinct : i;
    v->offsets[i] = (int32_t)at;
    v->numbers[i] = k == TIME ? (int64_t)(mixed(which) % 20000) * EDI_DAY_MICROS + 12345 : (int64_t)(mixed(which) % 120);
    v->days[i] = (int32_t)(mixed(which) % 20000);
    if (k < NUMBER) at += (size_t)put(v->bytes + at, k, which);
  }
  v->offsets[ROWS] = (int32_t)at;
}

static edict_vector vector_of(const values *v, kind k) {
  if (k == NUMBER) return (edict_vector){.layout = EDICT_LAYOUT_INT64, .length = ROWS, .values = v->numbers};
  if (k == TIME) return (edict_vector){.layout = EDICT_LAYOUT_TIME_US, .length = ROWS, .values = v->numbers};
  if (k == DAY) return (edict_vector){.layout = EDICT_LAYOUT_DATE32, .length = ROWS, .values = v->days};
  return (edict_vector){.layout = EDICT_LAYOUT_TEXT32, .length = ROWS, .values = v->offsets, .bytes = v->bytes};
}

/* ---- a decision about columns ---- */

typedef struct column { kind kind; const char *mask; uint64_t distinct; } column;

typedef struct batch_run {
  mesh m;
  size_t count;
  values data[MOST];
  edict_vector columns[MOST];
  edict_masked masked[MOST];
  edict_cell cells[MOST][ROWS];
  char memory[MOST * ROWS * 96];
  uint32_t rows[ROWS];
} batch_run;

static void write_rules(const column *columns, size_t count, edi_buf *rules, edi_buf *contract) {
  static const char *const types[] = {"string", "string", "string", "string", "string", "string", "integer", "date", "timestamp"};
  edi_buf_text(rules, "rule reads\n permit read\n on dataset classified <= internal\n because \"x\"\n");
  edi_buf_text(contract, MESH_CONTRACT("  - name: orders\n    customProperties:\n      - { property: classification, value: internal }\n    properties:\n"));
  for (size_t c = 0; c < count; c++) {
    edi_buf_format(contract, "      - { name: c%zu, logicalType: %s, tags: [ %s ] }\n", c, types[columns[c].kind], columns[c].kind == COUNTRY ? "geo.country" : "plain");
    if (strcmp(columns[c].mask, "keep") == 0) continue;
    edi_buf_format(rules, "rule r%zu\n mask column named \"c%zu\"\n with %s\n because \"x\"\n", c, c, columns[c].mask);
  }
  edi_buf_char(rules, '\0');
  edi_buf_char(contract, '\0');
}

static void open_run(batch_run *x, const column *columns, size_t count) {
  static const edict_named_key keys[] = {{{"federal.vocabulary.wide", 23}, {"one", 3}}};
  const edict_engine_options options = {.size = sizeof options, .now = INT64_MIN, .development = 1, .keys = keys, .key_count = 1};
  static char rules_text[8192], contract_text[8192];
  edi_buf rules = edi_buf_fixed(rules_text, sizeof rules_text), contract = edi_buf_fixed(contract_text, sizeof contract_text);
  write_rules(columns, count, &rules, &contract);
  x->count = count;
  for (size_t c = 0; c < count; c++) {
    fill(&x->data[c], columns[c].kind, columns[c].distinct);
    x->columns[c] = vector_of(&x->data[c], columns[c].kind);
    x->masked[c].cells = x->cells[c];
  }
  mesh_sales(&x->m, rules_text, contract_text, &options);
  mesh_subject(&x->m, "");
  if (mesh_ask(&x->m, "read", "orders", "*", "", "2026-11-20T10:00:00Z") != EDICT_OK) abort();
}

static void run_batch(batch_run *x) {
  edict_batch batch = {.size = sizeof batch, .rows = ROWS, .columns = x->columns, .column_count = x->count};
  edict_selection selection = {.size = sizeof selection, .rows = x->rows};
  if (edict_decision_apply_batch(x->m.decision, &batch, &selection, x->masked, x->memory, sizeof x->memory) != EDICT_OK ||
      selection.shown_count != ROWS)
    abort();
  sink += (uint64_t)x->cells[0][7].integer;
}

/* Nanoseconds a row. */
static double rows_of(batch_run *x, unsigned times) {
  double best = 0;
  for (unsigned round = 0; round < ROUNDS; round++) {
    double start = used();
    for (unsigned i = 0; i < times; i++) run_batch(x);
    double ns = (used() - start) / times / ROWS;
    if (round == 0 || ns < best) best = ns;
  }
  return best;
}

/* ---- one column ---- */

static batch_run run;

/* Of the one column that is masked; selecting rows and the rest of a batch are taken off. */
static double one_column(const column *c, const char *hashlanes) {
  open_run(&run, c, 1);
  if (hashlanes) run.m.decision->hashlanes = edi_hashlanes_named(hashlanes);
  double ns = run.m.decision->hashlanes ? rows_of(&run, 50) : 0;
  mesh_fini(&run.m);
  return ns;
}

static double select_alone(void) {
  const column raw = {NUMBER, "keep", ROWS};
  return one_column(&raw, NULL);
}

static double bare_copy(size_t bytes) {
  static edict_cell from[ROWS], to[ROWS];
  double best = 0;
  for (unsigned round = 0; round < ROUNDS; round++) {
    double start = used();
    for (unsigned i = 0; i < 200; i++) {
      memcpy(to, from, bytes);
      __asm__ volatile("" : : "r"(to) : "memory");
    }
    double ns = (used() - start) / 200 / ROWS;
    if (round == 0 || ns < best) best = ns;
  }
  return best;
}

static void tell(const char *what, double ns, double bar, const char *of) {
  printf("  %-58s %8.2f ns a cell   bar %6.1f%s\n", what, ns, bar, of);
  fflush(stdout);
}

static void plain_columns(double base) {
  static const struct { column c; double bar; } rows[] = {
      {{NUMBER, "round(100)", ROWS}, 2}, {{NUMBER, "bucket(0, 100, 10)", ROWS}, 2}, {{NUMBER, "clamp(0, 90)", ROWS}, 2},
      {{DAY, "date-trunc(month)", ROWS}, 2}, {{DAY, "date-trunc(quarter)", ROWS}, 2}, {{DAY, "date-trunc(year)", ROWS}, 2}, {{DAY, "date-trunc(isoweek)", ROWS}, 2},
      {{TIME, "date-trunc(hour)", ROWS}, 2}, {{TIME, "date-trunc(month)", ROWS}, 2},
      {{CARD, "show-last(4)", ROWS}, 6}, {{CARD, "show-first(4)", ROWS}, 6}, {{CARD, "show-last(4, profile: iceberg)", ROWS}, 6},
      {{NAME, "classmask", ROWS}, 6}, {{NAME, "alphanum", ROWS}, 6},
  };
  puts("columns that need no key: what a cell of 40 bytes takes to be written is in it");
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) tell(rows[i].c.mask, one_column(&rows[i].c, NULL) - base, rows[i].bar, "");
  static const column others[] = {{CARD, "pan", ROWS}, {ZIP, "zip3", ROWS}, {COUNTRY, "generalise", ROWS}, {MAIL, "email(local)", ROWS}, {NAME, "partial(1, \"xx\", 1)", ROWS}};
  for (size_t i = 0; i < sizeof others / sizeof *others; i++) tell(others[i].mask, one_column(&others[i], NULL) - base, 0, " (none)");
  const column constant = {NAME, "default", ROWS}, none = {NAME, "null", ROWS};
  double copy = bare_copy(sizeof(edict_cell) * ROWS);
  tell("memcpy of as many cells", copy, 0, " (bare)");
  tell("default", one_column(&constant, NULL) - base, 2 * copy, ", twice memcpy");
  tell("null", one_column(&none, NULL) - base, 2 * copy, ", twice memcpy");
}

/* ---- under a key ---- */

static double bare_blake2b(const values *v) {
  unsigned char digest[16], input[64] = {0}, key[32] = {1};
  double best = 0;
  for (unsigned round = 0; round < ROUNDS; round++) {
    double start = used();
    for (size_t i = 0; i < ROWS; i++) {
      size_t length = (size_t)(v->offsets[i + 1] - v->offsets[i]);
      memcpy(input + 9, v->bytes + v->offsets[i], length);
      (void)crypto_generichash(digest, sizeof digest, input, 9 + length, key, sizeof key);
      sink += digest[0];
    }
    double ns = (used() - start) / ROWS;
    if (round == 0 || ns < best) best = ns;
  }
  return best;
}

/* As many blocks as calls say, each call of the next so many: AES-256 as OpenSSL does it. */
static double bare_aes(const unsigned *calls, size_t count) {
  static const uint8_t key[32] = {1};
  uint8_t blocks[1024] = {0};
  EVP_CIPHER_CTX *aes = EVP_CIPHER_CTX_new();
  double best = 0;
  if (!aes || EVP_EncryptInit_ex(aes, EVP_aes_256_ecb(), NULL, key, NULL) != 1) abort();
  for (unsigned round = 0; round < ROUNDS; round++) {
    double start = used();
    for (size_t i = 0; i < ROWS; i++)
      for (size_t c = 0; c < count; c++)
        if (EVP_Cipher(aes, blocks, blocks, calls[c] * 16) <= 0) abort();
    double ns = (used() - start) / ROWS;
    if (round == 0 || ns < best) best = ns;
  }
  EVP_CIPHER_CTX_free(aes);
  return best;
}

static void keyed_columns(double base) {
  static values mails;
  static const unsigned token_calls[] = {1, 1, 2}, fpe_calls[] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  const column pseudonym = {MAIL, "pseudonym(wide)", ROWS}, again = {MAIL, "pseudonym(wide)", 200}, number = {NUMBER, "pseudonym(wide)", ROWS},
               token = {MAIL, "token(wide)", ROWS}, fpe = {CARD, "fpe(wide)", ROWS};
  static const char *const sets[] = {"portable", "avx2", "avx512"};
  puts("columns under a key: an address of 26 bytes, a card's number of 16 digits");
  fill(&mails, MAIL, ROWS);
  double blake2b = bare_blake2b(&mails), cipher = bare_aes(token_calls, 3), ten = bare_aes(fpe_calls, 10);
  tell("libsodium's keyed BLAKE2b-128, one by one", blake2b, 0, " (bare)");
  for (size_t s = 0; s < 3; s++) {
    char what[64];
    double ns = one_column(&pseudonym, sets[s]) - base;
    snprintf(what, sizeof what, "pseudonym, %s", sets[s]);
    if (edi_hashlanes_named(sets[s])) tell(what, ns, s == 0 ? 1.1 * blake2b : s == 1 ? 140 : 70, s == 0 ? ", 1.1 times libsodium" : "");
  }
  tell("pseudonym of a whole number", one_column(&number, NULL) - base, 140, "");
  tell("pseudonym, 200 values that come again", one_column(&again, NULL) - base, 15, "");
  tell("the blocks of AES-SIV by OpenSSL, text by text", cipher, 0, " (bare)");
  tell("token", one_column(&token, NULL) - base, 1.3 * cipher, ", 1.3 times the cipher");
  tell("ten blocks of AES by OpenSSL, one by one", ten, 0, " (bare)");
  tell("fpe", one_column(&fpe, NULL) - base, 150, "");
}

/* ---- twenty columns ---- */

static void twenty(const char *what, uint64_t distinct, const char *hashlanes) {
  const column columns[MOST] = {
      {MAIL, "pseudonym(wide)", distinct}, {MAIL, "pseudonym(wide)", distinct}, {NAME, "null", distinct}, {NAME, "null", distinct},
      {PHONE, "show-last(4)", distinct}, {NAME, "classmask", distinct}, {NAME, "default", distinct}, {CARD, "pan", distinct},
      {ZIP, "zip3", distinct}, {COUNTRY, "generalise", distinct}, {DAY, "date-trunc(year)", distinct}, {TIME, "date-trunc(month)", distinct},
      {NUMBER, "clamp(0, 90)", distinct}, {NUMBER, "round(10)", distinct}, {NUMBER, "keep", distinct}, {NUMBER, "keep", distinct},
      {NAME, "keep", distinct}, {COUNTRY, "keep", distinct}, {DAY, "keep", distinct}, {TIME, "keep", distinct}};
  open_run(&run, columns, MOST);
  if (hashlanes) run.m.decision->hashlanes = edi_hashlanes_named(hashlanes);
  if (run.m.decision->hashlanes) {
    double ns = rows_of(&run, MILLION / ROWS / 8);
    printf("  %-58s %8.2f ns a row    %.1f million rows a second, bar 5\n", what, ns, 1e3 / ns);
  }
  mesh_fini(&run.m);
}

int main(void) {
  if (sodium_init() < 0) return 1;
  double base = select_alone();
  plain_columns(base);
  keyed_columns(base);
  puts("a million rows of 20 columns: 6 as they are, 2 pseudonyms, 2 null, and show-last, classmask, default, pan, zip3,");
  puts("generalise, date-trunc of a day and of a time, clamp and round");
  twenty("values of their own", ROWS, NULL);
  twenty("values of their own, with AVX2 alone", ROWS, "avx2");
  twenty("200 values that come again in each column", 200, NULL);
  return 0;
}
