/* Where, for PostgreSQL: typed columns, so that what a cell can be is known when the statement is prepared.
 *
 * pg_typeof holds each column to the types that a cell of the contract's type has there; where the column is of
 * another type no row meets the condition, or the statement is refused when it is prepared. COALESCE takes NULL away.
 * Texts are compared by their bytes, in collation "C". */
#include "base/calendar.h"
#include "bundle/limits.h"
#include "enforce/dialect.h"

static void put_name(edi_where *w, uint32_t column) {
  edi_buf_char(w->out, '"');
  for (const char *p = w->columns[column].physical_name; *p; p++) {
    if (*p == '"') edi_buf_char(w->out, '"');
    edi_buf_char(w->out, *p);
  }
  edi_buf_char(w->out, '"');
}

/* An E string, so that a backslash is one whatever the server's settings are. */
static void put_text(edi_where *w, edi_str text) {
  edi_buf_text(w->out, "E'");
  for (size_t i = 0; i < text.len; i++) {
    if (text.ptr[i] == '\'' || text.ptr[i] == '\\') edi_buf_char(w->out, text.ptr[i]);
    edi_buf_char(w->out, text.ptr[i]);
  }
  edi_buf_text(w->out, "'::text");
}

static void put_number(edi_where *w, unsigned base, int64_t number) {
  if (base == EDI_TYPE_BOOL) {
    edi_buf_text(w->out, number ? "TRUE" : "FALSE");
  } else if (base == EDI_TYPE_DATE) {
    edi_buf_char(w->out, '\'');
    edi_date_format(w->out, number);
    edi_buf_text(w->out, "'::date");
  } else if (base == EDI_TYPE_TIMESTAMP) {
    edi_buf_char(w->out, '\'');
    edi_timestamp_format(w->out, number);
    edi_buf_text(w->out, "'::timestamptz");
  } else {
    edi_buf_format(w->out, "'%lld'::bigint", (long long)number);
  }
}

static const char *types_of(unsigned base) {
  switch (base) {
    case EDI_TYPE_BOOL: return "'boolean'::regtype";
    case EDI_TYPE_INT: return "'bigint'::regtype, 'integer'::regtype, 'smallint'::regtype";
    case EDI_TYPE_DECIMAL: return "'numeric'::regtype, 'bigint'::regtype, 'integer'::regtype, 'smallint'::regtype";
    case EDI_TYPE_STRING: return "'text'::regtype, 'character varying'::regtype";
    case EDI_TYPE_DATE: return "'date'::regtype";
    default: return "'timestamp with time zone'::regtype";
  }
}

static void open(edi_where *w, uint32_t column, unsigned base) {
  edi_buf_text(w->out, "COALESCE(pg_typeof(");
  put_name(w, column);
  edi_buf_format(w->out, ") IN (%s) AND ", types_of(base));
}

static bool shut(edi_where *w) {
  edi_buf_text(w->out, ", FALSE)");
  return true;
}

/* Within the calendar, or within what a decimal of the language can be: its digits are a bigint, 18 of them at most
 * behind the point. */
static void put_fits(edi_where *w, uint32_t column, unsigned base) {
  if (base == EDI_TYPE_DATE || base == EDI_TYPE_TIMESTAMP) {
    bool date = base == EDI_TYPE_DATE;
    put_name(w, column);
    edi_buf_text(w->out, " BETWEEN ");
    put_number(w, base, date ? EDI_DATE_MIN : EDI_TIMESTAMP_MIN);
    edi_buf_text(w->out, " AND ");
    put_number(w, base, date ? EDI_DATE_MAX : EDI_TIMESTAMP_MAX);
  } else if (base == EDI_TYPE_DECIMAL) {
    edi_buf_text(w->out, "scale(trim_scale(");
    put_name(w, column);
    edi_buf_text(w->out, " + 0::numeric)) <= 18 AND replace(trim_scale(");
    put_name(w, column);
    edi_buf_text(w->out, " + 0::numeric)::text, '.', '')::numeric BETWEEN -9223372036854775808 AND 9223372036854775807");
  } else if (base == EDI_TYPE_STRING) {
    edi_buf_text(w->out, "octet_length(");
    put_name(w, column);
    edi_buf_format(w->out, ") <= %d", EDI_LIMIT_CELL);
  } else {
    put_name(w, column);
    edi_buf_text(w->out, " IS NOT NULL");
  }
}

static bool known(edi_where *w, uint32_t column, unsigned base) {
  open(w, column, base);
  put_fits(w, column, base);
  return shut(w);
}

static bool between(edi_where *w, uint32_t column, unsigned base, int64_t least, int64_t most, bool turned) {
  open(w, column, base);
  if (turned) {
    put_fits(w, column, base);
    edi_buf_text(w->out, " AND NOT ");
  }
  put_name(w, column);
  edi_buf_text(w->out, " BETWEEN ");
  put_number(w, base, least);
  edi_buf_text(w->out, " AND ");
  put_number(w, base, most);
  return shut(w);
}

static bool among(edi_where *w, uint32_t column, unsigned base, const int64_t *numbers, size_t count, bool turned) {
  open(w, column, base);
  put_fits(w, column, base);
  edi_buf_text(w->out, " AND ");
  put_name(w, column);
  edi_buf_text(w->out, turned ? " NOT IN (" : " IN (");
  for (size_t i = 0; i < count; i++) {
    if (i > 0) edi_buf_text(w->out, ", ");
    put_number(w, base, numbers[i]);
  }
  edi_buf_char(w->out, ')');
  return shut(w);
}

static bool texts(edi_where *w, uint32_t column, const edi_str *texts, size_t count, bool turned) {
  open(w, column, EDI_TYPE_STRING);
  put_fits(w, column, EDI_TYPE_STRING);
  edi_buf_text(w->out, " AND ");
  put_name(w, column);
  edi_buf_text(w->out, turned ? " COLLATE \"C\" NOT IN (" : " COLLATE \"C\" IN (");
  for (size_t i = 0; i < count; i++) {
    if (i > 0) edi_buf_text(w->out, ", ");
    put_text(w, texts[i]);
  }
  edi_buf_char(w->out, ')');
  return shut(w);
}

static bool decimal(edi_where *w, uint32_t column, unsigned base, edi_relation relation, edi_decimal number, bool turned) {
  static const char *const signs[] = {[EDI_RELATION_EQ] = " = ", [EDI_RELATION_LT] = " < ", [EDI_RELATION_LE] = " <= ",
                                      [EDI_RELATION_GT] = " > ", [EDI_RELATION_GE] = " >= "};
  open(w, column, base);
  put_fits(w, column, base);
  edi_buf_text(w->out, turned ? " AND NOT " : " AND ");
  put_name(w, column);
  edi_buf_format(w->out, " + 0::numeric%s'", signs[relation]);
  edi_decimal_format(w->out, number);
  edi_buf_text(w->out, "'::numeric");
  return shut(w);
}

static bool pair(edi_where *w, uint32_t column, uint32_t other, const char *sign) {
  open(w, column, EDI_TYPE_INT);
  edi_buf_text(w->out, "pg_typeof(");
  put_name(w, other);
  edi_buf_format(w->out, ") IN (%s) AND ", types_of(EDI_TYPE_INT));
  put_name(w, column);
  edi_buf_format(w->out, " %s ", sign);
  put_name(w, other);
  return shut(w);
}

const edi_dialect edi_dialect_postgresql = {"TRUE", "FALSE", known, between, among, texts, decimal, pair};
