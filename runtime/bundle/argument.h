/* Argument: what a transform is given, in one form that checker, verifier, linker and printer share.
 *
 * In: a value for each parameter of bundle/transforms.def. Out: the same values in normal form: the word
 * of a choice as its number (INT), a number as DECIMAL, and what a profile stands for written out; or
 * what is wrong with them. A pattern stands elsewhere, and so does a key, whose place says whether there is one
 * (BOOL). A cell of the row is the text of its tag (scale 0) or of its column's name (scale 1). Two transforms with the same number and equal arguments are the same transform. */
#ifndef EDI_ARGUMENT_H
#define EDI_ARGUMENT_H

#include "bundle/parameter.h"
#include "bundle/value.h"

/* Places of the arguments, and the numbers of words. */
enum { EDI_ARG_CONST_VALUE, EDI_ARG_CONST_NULLS };
enum { EDI_NULLS_KEEP, EDI_NULLS_HIDE };
enum { EDI_ARG_SHOW_COUNT, EDI_ARG_SHOW_REST, EDI_ARG_SHOW_SHORT, EDI_ARG_SHOW_PROFILE };
enum { EDI_REST_ALPHANUM = 1 };
enum { EDI_SHORT_HALF, EDI_SHORT_KEEP, EDI_SHORT_MASK, EDI_SHORT_HASH };
enum { EDI_SHOW_EDICT, EDI_SHOW_ICEBERG, EDI_SHOW_RANGER, EDI_SHOW_BIGQUERY };
enum { EDI_ARG_REGEX_PATTERN, EDI_ARG_REGEX_REPLACEMENT };
enum { EDI_ARG_TRUNC_UNIT };
enum { EDI_ARG_DEFAULT_PROFILE, EDI_ARG_DEFAULT_NULLS };
enum { EDI_DEFAULT_ICEBERG, EDI_DEFAULT_BIGQUERY, EDI_DEFAULT_ADOPTED };
enum { EDI_ARG_CLASS_UPPER, EDI_ARG_CLASS_LOWER, EDI_ARG_CLASS_DIGIT, EDI_ARG_CLASS_OTHER, EDI_ARG_CLASS_PROFILE };
enum { EDI_CLASS_EDICT, EDI_CLASS_RANGER };
enum { EDI_ARG_CHARMASK_COUNT, EDI_ARG_CHARMASK_CHAR, EDI_ARG_CHARMASK_SIDE, EDI_ARG_CHARMASK_SKIP };
enum { EDI_ARG_PARTIAL_FIRST, EDI_ARG_PARTIAL_PAD, EDI_ARG_PARTIAL_LAST };
enum { EDI_ARG_EMAIL_MODE, EDI_ARG_EMAIL_PROFILE, EDI_ARG_EMAIL_KEY };
enum { EDI_EMAIL_LOCAL, EDI_EMAIL_BOTH, EDI_EMAIL_PSEUDO };
enum { EDI_ARG_PAN_FIRST, EDI_ARG_PAN_LAST, EDI_ARG_PAN_REST };
enum { EDI_ARG_SHA256_ENCODE, EDI_ARG_SHA256_WIDTH };
enum { EDI_ENCODE_LOWER, EDI_ENCODE_UPPER };
enum { EDI_WIDTH_LONG, EDI_WIDTH_INT };
enum { EDI_ARG_IP_V4, EDI_ARG_IP_V6 };
enum { EDI_ARG_ROUND_STEP, EDI_ARG_ROUND_MODE };
enum { EDI_ROUND_HALF_EVEN, EDI_ROUND_FLOOR };
enum { EDI_ARG_LO, EDI_ARG_HI, EDI_ARG_SIZE }; /* bucket, clamp */
enum { EDI_ARG_GENERALISE_LEVEL };
enum { EDI_ARG_ZIP3_SMALL };
enum { EDI_ARG_PSEUDONYM_KEY, EDI_ARG_PSEUDONYM_ENCODE, EDI_ARG_PSEUDONYM_BY };
enum { EDI_PSEUDONYM_BASE64URL, EDI_PSEUDONYM_HEX, EDI_PSEUDONYM_CROCKFORD, EDI_PSEUDONYM_UUID };
enum { EDI_ARG_TOKEN_KEY, EDI_ARG_TOKEN_CONTEXT, EDI_ARG_TOKEN_BY };
enum { EDI_ARG_FPE_KEY, EDI_ARG_FPE_ALPHABET, EDI_ARG_FPE_CONTEXT };
enum { EDI_ARG_SHIFT_KEY, EDI_ARG_SHIFT_LO, EDI_ARG_SHIFT_HI, EDI_ARG_SHIFT_BY };
#define EDI_CONTEXT_MOST 128 /* bytes of the context of token and fpe */

/* A string, a number, a date and so on as an argument for the parameter; unknown if it does not fit. */
edi_value edi_argument_normal(const edi_parameter *parameter, edi_value given);
/* What stands for an argument that was left out, in normal form. */
edi_value edi_argument_fallback(const edi_parameter *parameter);
/* Takes one value in normal form for each parameter, EDI_PARAMETERS_MOST in all. NULL if they go
 * together; else what does not, as the end of a sentence that begins with the transform's name. */
const char *edi_arguments_settle(edi_transform_id id, edi_value *args);
/* As a person writes them, those left out that say the default: `4, rest: "x"`. */
void edi_arguments_format(edi_transform_id id, const edi_value *args, edi_str key, edi_str pattern, edi_buf *into);

#endif
