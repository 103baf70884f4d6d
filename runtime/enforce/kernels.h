/* Kernels: what each transform does to plain values, apart from where the values come from.
 *
 * In: a transform, and a text, a number or a date that fits it. Out: the value in its place, or false,
 * which the caller turns into the bottom. Rows and batches run the same kernels, so they agree. Texts
 * are valid UTF-8 and are made in `memory`, which keeps nothing but what came out. */
#ifndef EDI_KERNELS_H
#define EDI_KERNELS_H

#include "base/digest.h"
#include "eval/transform.h"

typedef struct edi_output {
  char *ptr;
  size_t size, used;
  edi_hasher *hasher;           /* for those whose text may be a digest; NULL: these give the bottom */
  bool full;                    /* something did not fit: the row must not be shown */
  uint64_t failed;              /* values that a mask made nothing of */
} edi_output;

/* Room for `length` bytes, NULL where there is none; and what of the newest room was not needed. */
static inline char *edi_output_take(edi_output *memory, size_t length) {
  static char nothing[1]; /* the empty text needs no memory */
  memory->full |= length > memory->size - memory->used;
  if (length > memory->size - memory->used) return NULL;
  char *at = memory->ptr ? memory->ptr + memory->used : nothing;
  memory->used += length;
  return at;
}
static inline void edi_output_give_back(edi_output *memory, size_t length) { memory->used -= length; }

typedef bool edi_text_kernel(const edi_transform *t, edi_str in, edi_output *memory, edi_str *out);
edi_text_kernel edi_kernel_show, edi_kernel_classmask, edi_kernel_alphanum, edi_kernel_charmask, edi_kernel_partial,
    edi_kernel_pan, edi_kernel_zip3, edi_kernel_email, edi_kernel_ip_trunc, edi_kernel_bucket_text;

/* Masks that change each byte of a text of ASCII by itself, but for some at one end that show: those of characters and
 * classes, where no class becomes more than a byte. Many texts that lie one behind the other go through at once. */
bool edi_kernel_is_bytewise(const edi_transform *t);
void edi_kernel_bytewise(const edi_transform *t, edi_str run, char *out); /* as if nothing showed */
/* How many characters show of a text of so many: the last ones of show-last, else the first ones. */
typedef struct edi_shows { size_t count; int64_t rest; } edi_shows; /* EDI_SHORT_* */
edi_shows edi_shows_of(const edi_transform *t);
static inline size_t edi_shows_points(edi_shows s, size_t points) {
  size_t most = s.rest == EDI_SHORT_KEEP ? points : s.rest == EDI_SHORT_MASK ? (s.count < points ? points : 0) : points / 2;
  return s.count < most ? s.count : most;
}

/* Digits of whole numbers become 1, but for those that are shown: Hive's masks of numbers. */
bool edi_kernel_show_int(const edi_transform *t, int64_t in, int64_t *out);

/* The SHA-256 of a text in lower-case hex: what BigQuery gives for a value that is too short to show. */
bool edi_kernel_digest(edi_str in, edi_output *memory, edi_str *out);
/* SHA-256 of salt and value: of a text its UTF-8, of a number its bytes from the least; a text becomes hex,
 * a number the first bytes of the digest. A number that does not fit 32 bits has no hash of that width. */
bool edi_kernel_sha256_text(const edi_transform *t, edi_str salt, edi_str in, edi_output *memory, edi_str *out);
/* Of bytes the digest itself. */
bool edi_kernel_sha256_bytes(edi_str salt, edi_str in, edi_output *memory, edi_str *out);
bool edi_kernel_sha256_int(const edi_transform *t, edi_str salt, int64_t in, edi_output *memory, int64_t *out);

/* Numbers and dates. `ok[i]` is 0 where there is no result; out[i] is then 0. */
void edi_kernel_round_ints(const edi_transform *t, const int64_t *in, int64_t *out, uint8_t *ok, size_t count);
void edi_kernel_bucket_ints(const edi_transform *t, const int64_t *in, int64_t *out, size_t count);
void edi_kernel_trunc_dates(edi_unit unit, const int64_t *in, int64_t *out, size_t count);
void edi_kernel_trunc_times(edi_unit unit, const int64_t *in, int64_t *out, size_t count);
/* The first of the days, by the month, the quarter or the year, with AVX2; how many. */
size_t edi_trunc_days_avx2(edi_unit unit, const int64_t *in, int64_t *out, size_t count);
/* Between the bounds, where they are whole numbers, days or times. */
bool edi_kernel_clamps_ints(const edi_transform *t);
void edi_kernel_clamp_ints(const edi_transform *t, const int64_t *in, int64_t *out, size_t count);
/* `more`: the value lies above `in`, by less than the last place of 18. */
bool edi_kernel_round_decimal(const edi_transform *t, edi_decimal in, bool more, edi_decimal *out);
bool edi_kernel_bucket_decimal(const edi_transform *t, edi_decimal in, edi_decimal *out);
/* Between the bounds: numbers as decimals, dates and timestamps as they are. */
edi_value edi_kernel_clamp(const edi_transform *t, edi_value in);

#endif
