/* Order: runs of 1, 2, 4, ... items are merged back and forth between the items and the spare room.
 *
 * Invariant: after the pass of width w every run of 2w items is in order, and items that compare
 * equal stand as they stood. Short lists of numbers are sorted by sifting a heap in place. */
#include "bundle/order.h"

/* Merges [low, middle) and [middle, high) of `from` into the same places of `to`. */
static void merge(const char *from, char *to, size_t low, size_t middle, size_t high, size_t size,
                  edi_order_compare *compare, const void *context) {
  size_t left = low, right = middle;
  for (size_t at = low; at < high; at++) {
    bool take_left = left < middle && (right >= high || compare(context, from + left * size,
                                                                from + right * size) <= 0);
    memcpy(to + at * size, from + (take_left ? left++ : right++) * size, size);
  }
}

void edi_order_sort(void *items, void *spare, size_t count, size_t size, edi_order_compare *compare,
                    const void *context) {
  char *from = items, *to = spare;
  for (size_t width = 1; width < count; width *= 2) {
    for (size_t low = 0; low < count; low += 2 * width) {
      size_t middle = count - low < width ? count : low + width;
      size_t high = count - middle < width ? count : middle + width;
      merge(from, to, low, middle, high, size, compare, context);
    }
    char *swap = from;
    from = to;
    to = swap;
  }
  if (from != (char *)items && count > 0) memcpy(items, from, count * size);
}

/* Moves numbers[at] down until both below it are smaller. */
static void sift(uint32_t *numbers, uint32_t at, uint32_t count) {
  for (;;) {
    uint32_t largest = at;
    uint64_t below = (uint64_t)at * 2 + 1;
    if (below < count && numbers[below] > numbers[largest]) largest = (uint32_t)below;
    if (below + 1 < count && numbers[below + 1] > numbers[largest]) largest = (uint32_t)below + 1;
    if (largest == at) return;
    uint32_t swap = numbers[at];
    numbers[at] = numbers[largest];
    numbers[largest] = swap;
    at = largest;
  }
}

uint32_t edi_order_distinct(uint32_t *numbers, uint32_t count) {
  for (uint32_t i = count / 2; i > 0; i--) sift(numbers, i - 1, count);
  for (uint32_t end = count; end > 1; end--) {
    uint32_t swap = numbers[0];
    numbers[0] = numbers[end - 1];
    numbers[end - 1] = swap;
    sift(numbers, 0, end - 1);
  }
  uint32_t kept = 0;
  for (uint32_t i = 0; i < count; i++)
    if (kept == 0 || numbers[kept - 1] != numbers[i]) numbers[kept++] = numbers[i];
  return kept;
}
