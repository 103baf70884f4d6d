/* Decimal: an exact number mantissa * 10^-scale with a 64-bit mantissa and a scale of 0 to 18, kept
 * canonical (no trailing zero in the fraction, zero has scale 0), so equal numbers are equal bytes.
 * Every operation is checked: false means the result has no such form, which the language calls
 * unknown. No floats. One that was read from outside as two numbers goes through edi_decimal_make
 * first: a larger scale than 18 is undefined here. */
#ifndef EDI_DECIMAL_H
#define EDI_DECIMAL_H

#include "base/bytes.h"

typedef struct edi_decimal {
  int64_t mantissa;
  uint8_t scale;
} edi_decimal;

edi_decimal edi_decimal_from_int(int64_t i);
/* "-12.50"; sign `-` only, digits on both sides of a point, no exponent, no leading zeros. */
bool edi_decimal_parse(edi_str text, edi_decimal *out);
/* The shortest decimal text that reads back as `d`, then as above; false for NaN, infinities and
 * what does not fit. The same on every machine. */
bool edi_decimal_from_double(double d, edi_decimal *out);
/* The least double whose shortest decimal is at least `d`, or `above` it, as mantissa * 2^exponent: doubles lie in the
 * order of their decimals. `d` is not zero. */
void edi_decimal_least_double(edi_decimal d, bool above, int64_t *mantissa, int *exponent);
/* The largest decimal of at most 18 places that is not above the shortest decimal text of `d`; *more: it lies below
 * it. False for NaN, infinities and what 64 bits do not hold. */
bool edi_decimal_below_double(double d, edi_decimal *out, bool *more);
bool edi_double_is_finite(double d);
int edi_double_compare(double a, double b);
/* The double that is nearest to the decimal; and the least whose shortest text is not below it, which is the same where
 * the decimal has 15 digits or fewer. */
double edi_decimal_to_double(edi_decimal d);
double edi_decimal_double_from(edi_decimal d);
/* The bits of the binary number of 2, 4 or 8 bytes (IEEE 754) that is nearest, of two as near the even one. */
uint64_t edi_binary_of(double d, unsigned bytes);
/* The same of a decimal; false if the number has so many digits that it could not be told from another one. */
bool edi_decimal_binary(edi_decimal d, unsigned bytes, uint64_t *bits);
/* The double that is nearest to a number as JSON writes it; false for any other text, and beyond the largest double. */
bool edi_double_parse(edi_str number, double *out);
/* The shortest number that reads back as it; nothing for one that is not finite. */
void edi_double_format(edi_buf *buf, double d);
void edi_decimal_format(edi_buf *buf, edi_decimal d);
int edi_decimal_compare(edi_decimal a, edi_decimal b); /* exact, by 128-bit arithmetic */
bool edi_decimal_add(edi_decimal a, edi_decimal b, edi_decimal *out);
bool edi_decimal_sub(edi_decimal a, edi_decimal b, edi_decimal *out);
bool edi_decimal_mul(edi_decimal a, edi_decimal b, edi_decimal *out);
/* mantissa * 10^-scale with any scale 0..18 brought to the canonical form. */
bool edi_decimal_make(int64_t mantissa, unsigned scale, edi_decimal *out);

#endif
