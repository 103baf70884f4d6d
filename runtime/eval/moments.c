/* Moments: see flow.h. A list that grows while a product is bound, and the search for the next one. */
#include <stdlib.h>

#include "eval/flow.h"

static int compare(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return x < y ? -1 : x > y;
}

static uint32_t order(int64_t *items, size_t count) {
  uint32_t kept = 0;
  if (count) qsort(items, count, sizeof *items, compare);
  for (size_t i = 0; i < count; i++)
    if (kept == 0 || items[kept - 1] != items[i]) items[kept++] = items[i];
  return kept;
}

/* Many rules share few moments: a list that is full is ordered before it grows, and grows if that made little room. */
static bool add(edi_arena *arena, int64_t **items, size_t *count, size_t *capacity, int64_t v) {
  if (*count == *capacity) {
    void *grown = *items;
    size_t kept = order(*items, *count);
    if (kept >= *capacity / 2 && !edi_arena_grow(arena, &grown, capacity, *capacity, sizeof **items)) return false;
    *items = grown;
    *count = kept;
  }
  (*items)[(*count)++] = v;
  return true;
}

void edi_moment_list_add(edi_moment_list *l, int64_t at) {
  if (!l->failed && !add(l->arena, &l->at, &l->count, &l->capacity, at)) l->failed = true;
}

void edi_moment_list_add_daily(edi_moment_list *l, int64_t micros) {
  if (!l->failed && !add(l->arena, &l->daily, &l->daily_count, &l->daily_capacity, micros)) l->failed = true;
}

void edi_moment_list_add_all(edi_moment_list *l, const edi_moments *m) {
  for (uint32_t i = 0; i < m->count; i++) edi_moment_list_add(l, m->at[i]);
  for (uint32_t i = 0; i < m->daily_count; i++) edi_moment_list_add_daily(l, m->daily[i]);
  l->week |= m->week;
  l->always |= m->always;
}

bool edi_moment_list_is_empty(const edi_moment_list *l) {
  return l->count == 0 && l->daily_count == 0 && l->week == 0 && !l->always && !l->failed;
}

bool edi_moments_make(edi_moment_list *l, edi_moments *out) {
  *out = (edi_moments){.always = true}; /* what could not be noted is always near */
  if (l->failed) return false;
  *out = (edi_moments){.at = l->at, .count = order(l->at, l->count),
                       .daily = l->daily, .daily_count = order(l->daily, l->daily_count),
                       .week = l->week, .always = l->always};
  return true;
}

/* ---- the next ---- */

static int64_t next_of(const int64_t *items, uint32_t count, int64_t past) {
  uint32_t low = 0, high = count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (items[middle] > past) high = middle;
    else low = middle + 1;
  }
  return low < count ? items[low] : INT64_MAX;
}

static int64_t sooner(int64_t a, int64_t b) { return a < b ? a : b; }

int64_t edi_moments_search(const edi_moments *m, int64_t now) {
  int64_t next = next_of(m->at, m->count, now);
  if (m->always || now == INT64_MAX) return now < INT64_MAX ? now + 1 : now;
  if (!m->daily_count && !m->week) return next;
  if (now < EDI_TIMESTAMP_MIN || now > EDI_TIMESTAMP_MAX) return now + 1; /* beyond the calendar; below INT64_MAX by that */
  int64_t today = edi_date_of(now), midnight = today * EDI_DAY_MICROS;
  if (m->daily_count) {
    int64_t later = next_of(m->daily, m->daily_count, now - midnight);
    next = sooner(next, later == INT64_MAX ? midnight + EDI_DAY_MICROS + m->daily[0] : midnight + later);
  }
  for (int days = 1; m->week && days <= 7; days++) {
    int weekday = (edi_date_weekday(today) - 1 + days) % 7;
    if (m->week >> weekday & 1) return sooner(next, midnight + days * EDI_DAY_MICROS);
  }
  return next;
}
