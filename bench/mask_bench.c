/* Mask bench: nanoseconds for a masked cell, kernel by kernel, each beside the bare primitive that does
 * the heavy part of it, measured in the same run.
 *
 * Kernels of numbers and dates run over arrays, as batches call them; those of texts run text by text,
 * as rows call them: columns of a batch are in columns_bench.c. The least of several rounds, in the thread's own processor time; a
 * ratio is the kernel's time over the bare one's. */
#include <openssl/evp.h>
#include <sodium.h>
#include <string.h>

#include "bench/stopwatch.h"
#include "enforce/apply.h"
#include "enforce/recall.h"
#include "support/transforms.h"

enum { CELLS = 1024, TIMES = 100 };

static volatile uint64_t sink;

typedef struct work {
  edi_transform t;
  edi_text_kernel *kernel;
  edi_str texts[CELLS];
  edi_mask_key key;
  edi_recall recall;
  edi_hasher hasher;
  edi_pattern_scratch *patterns;
  EVP_MD *md;
  EVP_MD_CTX *digest;
  EVP_CIPHER *cipher;
  EVP_CIPHER_CTX *sealing;
  int64_t in[CELLS], out[CELLS];
  uint8_t ok[CELLS];
  char memory[1 << 16];
} work;

static char letters[CELLS][64];

/* Texts of about `length` bytes: what a name, a phone number or an address is made of. */
static void fill(work *w, const char *form) {
  uint64_t state = 88172645463325252u;
  for (size_t i = 0; i < CELLS; i++) {
    size_t n = strlen(form);
    for (size_t k = 0; k < n; k++) {
      state ^= state << 13;
      state ^= state >> 7;
      state ^= state << 17;
      letters[i][k] = form[k] == '9' ? (char)('0' + state % 10) : form[k] == 'a' ? (char)('a' + state % 26) : form[k] == 'A' ? (char)('A' + state % 26) : form[k];
    }
    w->texts[i] = (edi_str){letters[i], n};
  }
}

/* Processor time of this thread: what others do on the machine is not in it. */
static double used(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

typedef struct figures { double ns[ROUNDS], instructions[ROUNDS]; } figures;

static void round_of(figures *f, unsigned round, void (*run)(void *), work *w) {
  uint64_t before = instructions();
  double start = used();
  for (unsigned i = 0; i < TIMES; i++) run(w);
  f->ns[round] = (used() - start) / TIMES / CELLS;
  f->instructions[round] = (double)(instructions() - before) / TIMES / CELLS;
}

static double least(figures *f, const char *what) {
  qsort(f->ns, ROUNDS, sizeof *f->ns, compare);
  qsort(f->instructions, ROUNDS, sizeof *f->instructions, compare);
  printf("  %-52s %8.2f ns a cell", what, f->ns[0]);
  printf(counter >= 0 ? " %8.1f instructions\n" : "\n", f->instructions[ROUNDS / 2]);
  fflush(stdout);
  return f->ns[0];
}

static void per_cell(const char *what, void (*run)(void *), work *w) {
  figures f;
  for (unsigned r = 0; r < ROUNDS; r++) round_of(&f, r, run, w);
  (void)least(&f, what);
}

/* Round by round in turn, so that what disturbs the one disturbs the other. */
static void beside(const char *bare_what, void (*bare)(void *), const char *what, void (*run)(void *), work *w) {
  figures b, k;
  for (unsigned r = 0; r < ROUNDS; r++) {
    round_of(&b, r, bare, w);
    round_of(&k, r, run, w);
  }
  double below = least(&b, bare_what);
  printf("  %-52s %8.2f\n", "  ratio", least(&k, what) / below);
}

/* ---- numbers and dates ---- */

static void run_round(void *user) {
  work *w = user;
  edi_kernel_round_ints(&w->t, w->in, w->out, w->ok, CELLS);
  sink += (uint64_t)w->out[7];
}

static void run_bucket(void *user) {
  work *w = user;
  edi_kernel_bucket_ints(&w->t, w->in, w->out, CELLS);
  sink += (uint64_t)w->out[7];
}

static void run_dates(void *user) {
  work *w = user;
  edi_kernel_trunc_dates((edi_unit)w->t.args[0].as.integer, w->in, w->out, CELLS);
  sink += (uint64_t)w->out[7];
}

static void run_times(void *user) {
  work *w = user;
  edi_kernel_trunc_times((edi_unit)w->t.args[0].as.integer, w->in, w->out, CELLS);
  sink += (uint64_t)w->out[7];
}

static void bare_copy(void *user) {
  work *w = user;
  memcpy(w->out, w->in, sizeof w->in);
  __asm__ volatile("" : : "r"(w->out) : "memory");
  sink += (uint64_t)w->out[7];
}

static void numbers(work *w) {
  puts("numbers and dates, over arrays");
  for (size_t i = 0; i < CELLS; i++) w->in[i] = (int64_t)(i * 7919 % 20000) - 3000;
  per_cell("bare: memcpy", bare_copy, w);
  w->t = transform_of("round(100)");
  per_cell("round(100)", run_round, w);
  w->t = transform_of("round(100, mode: floor)");
  per_cell("round(100, mode: floor)", run_round, w);
  w->t = transform_of("bucket(0, 10000, 250)");
  per_cell("bucket(0, 10000, 250)", run_bucket, w);
  static const char *const units[] = {"date-trunc(isoweek)", "date-trunc(month)", "date-trunc(quarter)", "date-trunc(year)"};
  for (size_t u = 0; u < 4; u++) {
    w->t = transform_of(units[u]);
    per_cell(units[u], run_dates, w);
  }
  for (size_t i = 0; i < CELLS; i++) w->in[i] = ((int64_t)(i * 7919 % 20000) - 3000) * EDI_DAY_MICROS + (int64_t)i * 12345678;
  w->t = transform_of("date-trunc(hour)");
  per_cell("date-trunc(hour), timestamps", run_times, w);
  w->t = transform_of("date-trunc(month)");
  per_cell("date-trunc(month), timestamps", run_times, w);
}

/* ---- texts ---- */

static void run_text(void *user) {
  work *w = user;
  edi_output memory = {.ptr = w->memory, .size = sizeof w->memory, .hasher = &w->hasher};
  edi_str out;
  for (size_t i = 0; i < CELLS; i++) {
    memory.used = 0;
    if (!w->kernel(&w->t, w->texts[i], &memory, &out)) abort();
    sink += (unsigned char)out.ptr[out.len - 1];
  }
}

static void bare_copies(void *user) {
  work *w = user;
  for (size_t i = 0; i < CELLS; i++) {
    memcpy(w->memory, w->texts[i].ptr, w->texts[i].len);
    sink += (unsigned char)w->memory[w->texts[i].len - 1];
  }
}

static void texts(work *w) {
  static const struct { const char *text; edi_text_kernel *kernel; } rows[] = {
      {"show-last(4)", edi_kernel_show}, {"show-first(4)", edi_kernel_show}, {"show-last(4, profile: iceberg)", edi_kernel_show},
      {"classmask", edi_kernel_classmask}, {"alphanum", edi_kernel_alphanum}, {"charmask(-4, skip: \"-\")", edi_kernel_charmask},
      {"partial(1, \"xxxx\", 3)", edi_kernel_partial}, {"pan", edi_kernel_pan},
  };
  puts("texts: a card's number of 16 digits");
  fill(w, "9999999999999999");
  per_cell("bare: memcpy", bare_copies, w);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    w->t = transform_of(rows[i].text);
    w->kernel = rows[i].kernel;
    per_cell(rows[i].text, run_text, w);
  }
  puts("texts: an address of 28 bytes");
  fill(w, "aaaaaaa.aaaaaaa@aaaa.example");
  w->t = transform_of("email(local)");
  w->kernel = edi_kernel_email;
  per_cell("email(local)", run_text, w);
  fill(w, "199.99.99.99");
  for (size_t i = 0; i < CELLS; i++) w->texts[i] = (edi_str){"192.168.17.201", 14};
  w->t = transform_of("ip-trunc");
  w->kernel = edi_kernel_ip_trunc;
  per_cell("ip-trunc", run_text, w);
}

/* ---- digests and ciphers ---- */

static void bare_sha256(void *user) {
  work *w = user;
  uint8_t digest[32];
  for (size_t i = 0; i < CELLS; i++) {
    if (EVP_DigestInit_ex2(w->digest, w->md, NULL) != 1 || EVP_DigestUpdate(w->digest, w->texts[i].ptr, w->texts[i].len) != 1 ||
        EVP_DigestFinal_ex(w->digest, digest, NULL) != 1)
      abort();
    sink += digest[0];
  }
}

static void run_sha256(void *user) {
  work *w = user;
  edi_output memory = {.ptr = w->memory, .size = sizeof w->memory, .hasher = &w->hasher};
  edi_str out, none = {NULL, 0};
  for (size_t i = 0; i < CELLS; i++) {
    memory.used = 0;
    if (!edi_kernel_sha256_text(&w->t, none, w->texts[i], &memory, &out)) abort();
    sink += (unsigned char)out.ptr[3];
  }
}

/* The keyed hash of as many bytes as the pseudonym's: nine go before the value. */
static void bare_blake2b(void *user) {
  work *w = user;
  unsigned char digest[16], input[128] = {0};
  for (size_t i = 0; i < CELLS; i++) {
    memcpy(input + 9, w->texts[i].ptr, w->texts[i].len);
    (void)crypto_generichash(digest, 16, input, 9 + w->texts[i].len, w->key.bytes, 32);
    sink += digest[0];
  }
}

#define KEYED(name, call)                                                           \
  static void name(void *user) {                                                    \
    work *w = user;                                                                 \
    edi_output memory = {.ptr = w->memory, .size = sizeof w->memory};               \
    edi_str out;                                                                    \
    for (size_t i = 0; i < CELLS; i++) {                                            \
      memory.used = 0;                                                              \
      if (!(call)) abort();                                                         \
      sink += (unsigned char)out.ptr[3];                                            \
    }                                                                               \
  }
KEYED(run_pseudonym, edi_kernel_pseudonym(&w->key, &w->t, w->texts[i], &memory, &out))
KEYED(run_token, edi_kernel_token(&w->key, w->texts[i], &memory, &out))
KEYED(run_fpe, edi_kernel_fpe(&w->key, &w->t, w->texts[i], &memory, &out))

/* Each value was there before in this decision, as in a column of few values. */
static void run_recalled(void *user) {
  work *w = user;
  edi_output memory = {.ptr = w->memory, .size = sizeof w->memory};
  edi_str out;
  for (size_t i = 0; i < CELLS; i++) {
    memory.used = 0;
    if (!edi_recall_find(&w->recall, &w->t, w->texts[i % 8], &memory, &out)) {
      if (!edi_kernel_pseudonym(&w->key, &w->t, w->texts[i % 8], &memory, &out)) abort();
      edi_recall_keep(&w->recall, &w->t, w->texts[i % 8], out);
    }
    sink += (unsigned char)out.ptr[3];
  }
}

static const uint8_t siv_key[64] = {1};

/* OpenSSL's own AES-256-SIV, which wants its key for each text. */
static void bare_siv(void *user) {
  work *w = user;
  uint8_t sealed[128];
  int length;
  for (size_t i = 0; i < CELLS; i++) {
    if (EVP_EncryptInit_ex2(w->sealing, NULL, siv_key, NULL, NULL) != 1 ||
        EVP_EncryptUpdate(w->sealing, NULL, &length, (const uint8_t *)"k", 1) != 1 ||
        EVP_EncryptUpdate(w->sealing, sealed, &length, (const uint8_t *)w->texts[i].ptr, (int)w->texts[i].len) != 1)
      abort();
    sink += sealed[0];
  }
}

/* The blocks that SIV needs for a text of one to two blocks: three for the synthetic IV, two for the stream. */
static void bare_aes(void *user) {
  work *w = user;
  uint8_t blocks[32] = {0};
  for (size_t i = 0; i < CELLS; i++) {
    memcpy(blocks, w->texts[i].ptr, 16);
    if (!edi_aes_blocks(&w->key.siv.mac, blocks, blocks, 1) || !edi_aes_blocks(&w->key.siv.mac, blocks, blocks, 1) ||
        !edi_aes_blocks(&w->key.siv.stream, blocks, blocks, 2))
      abort();
    sink += blocks[0];
  }
}

static void bare_ten_blocks(void *user) {
  work *w = user;
  uint8_t block[16] = {0};
  for (size_t i = 0; i < CELLS; i++) {
    memcpy(block, w->texts[i].ptr, 16);
    for (unsigned r = 0; r < 10; r++)
      if (!edi_aes_blocks(&w->key.ff1.aes, block, block, 1)) abort();
    sink += block[0];
  }
}

static void prepare(work *w, const char *text) {
  w->t = transform_of(text);
  for (unsigned i = 0; i < EDI_MASK_KEY_MOST; i++) w->key.bytes[i] = (unsigned char)(i + 1);
  if (!edi_mask_key_prepare(&w->key, &w->t)) abort();
}

static void secrets(work *w) {
  puts("digests and ciphers: an address of 28 bytes");
  fill(w, "aaaaaaa.aaaaaaa@aaaa.example");
  w->t = transform_of("sha256");
  beside("bare: SHA-256 of OpenSSL", bare_sha256, "sha256", run_sha256, w);
  prepare(w, "pseudonym(k)");
  beside("bare: keyed BLAKE2b-128 of libsodium", bare_blake2b, "pseudonym", run_pseudonym, w);
  per_cell("pseudonym, of a value that was there before", run_recalled, w);
  prepare(w, "token(k)");
  if (EVP_EncryptInit_ex2(w->sealing, w->cipher, siv_key, NULL, NULL) != 1) abort();
  beside("bare: AES-256-SIV of OpenSSL", bare_siv, "token", run_token, w);
  beside("bare: the blocks of AES in it", bare_aes, "token", run_token, w);
  puts("format-preserving: a card's number of 16 digits");
  fill(w, "9999999999999999");
  prepare(w, "fpe(k)");
  beside("bare: ten blocks of AES", bare_ten_blocks, "fpe", run_fpe, w);
}

/* ---- patterns ---- */

static void run_regex(void *user) {
  work *w = user;
  edi_apply_column column = {.base = EDI_TYPE_STRING};
  edi_output memory = {.ptr = w->memory, .size = sizeof w->memory};
  for (size_t i = 0; i < CELLS; i++) {
    edict_cell in = {.type = EDICT_CELL_TEXT, .ptr = w->texts[i].ptr, .len = w->texts[i].len}, out;
    memory.used = 0;
    edi_apply(&w->t, &column, w->patterns, &in, &out, &memory);
    sink += (unsigned char)out.ptr[0];
  }
}

static void bare_match(void *user) {
  work *w = user;
  size_t length;
  for (size_t i = 0; i < CELLS; i++)
    sink += edi_pattern_substitute(w->t.pattern, w->patterns, w->texts[i], edi_value_str(w->t.args[EDI_ARG_REGEX_REPLACEMENT]), w->memory, sizeof w->memory, &length);
}

static void patterns(work *w) {
  puts("patterns: an address of 28 bytes");
  fill(w, "aaaaaaa.aaaaaaa@aaaa.example");
  w->t = transform_of("regex(/^[^@]+@/, \"XXXXX@\")");
  beside("bare: the substitution itself", bare_match, "regex, as a cell", run_regex, w);
}

int main(void) {
  static work w;
  if (sodium_init() < 0 || edi_mask_key_init(&w.key, true) != EDICT_OK || edi_hasher_init(&w.hasher) != EDICT_OK ||
      edi_pattern_scratch_create(&w.patterns) != EDICT_OK)
    return 1;
  w.md = EVP_MD_fetch(NULL, "SHA256", NULL);
  w.digest = EVP_MD_CTX_new();
  w.cipher = EVP_CIPHER_fetch(NULL, "AES-256-SIV", NULL);
  w.sealing = EVP_CIPHER_CTX_new();
  if (!w.md || !w.digest || !w.cipher || !w.sealing) return 1;
  static _Alignas(64) edi_recalled slots[EDI_RECALL_SLOTS];
  w.recall.slots = slots;
  open_counter();
  numbers(&w);
  texts(&w);
  secrets(&w);
  patterns(&w);
  EVP_MD_CTX_free(w.digest);
  EVP_MD_free(w.md);
  EVP_CIPHER_CTX_free(w.sealing);
  EVP_CIPHER_free(w.cipher);
  edi_mask_key_fini(&w.key);
  edi_hasher_fini(&w.hasher);
  edi_pattern_scratch_destroy(w.patterns);
  return 0;
}
