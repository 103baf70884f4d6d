/* YAML: libyaml's events built into a tree, with everything refused that reads otherwise than it
 * looks.
 *
 * In: text, limits. Out: a tree in the arena whose spans are byte ranges of the text. Invariant:
 * a tree is handed out only if nothing was refused; no scalar holds NUL; keys are texts,
 * distinct in their map. Refusals that leave the tree readable (an anchor, a key given twice)
 * are collected; the others stop the reading. Read edi_yaml_parse first, then build. */
#include "policy/yaml.h"

#include <yaml.h>

#include "bundle/order.h"

typedef struct frame {
  edi_yaml *node; /* LIST or MAP that is open */
  size_t capacity;
  edi_str key; /* MAP: read, its value not yet */
  edi_span key_span;
  bool has_key;
} frame;

typedef struct builder {
  edi_arena *arena;
  edict_diagnostics *diagnostics;
  edi_source source;
  edi_str text;
  edi_yaml_limits limits;
  frame *frames; /* limits.depth of them */
  size_t depth, nodes;
  edi_yaml *root;
  size_t point, byte; /* a code point's number, and where it begins: libyaml counts code points */
  size_t start;       /* past a byte order mark, which libyaml does not see */
  bool refused;       /* the document is not accepted; reading may go on */
  bool stopped;       /* reading does not go on */
  edict_status status;
} builder;

/* ---- places ---- */

static bool is_continuation(char c) { return ((unsigned char)c & 0xC0) == 0x80; }

/* Byte offset of code point `point`. Marks come nearly in order, so the walk is short. */
static uint32_t byte_of(builder *b, size_t point) {
  while (b->point < point && b->byte < b->text.len) {
    b->byte++;
    while (b->byte < b->text.len && is_continuation(b->text.ptr[b->byte])) b->byte++;
    b->point++;
  }
  while (b->point > point && b->byte > b->start) {
    b->byte--;
    while (b->byte > b->start && is_continuation(b->text.ptr[b->byte])) b->byte--;
    b->point--;
  }
  return (uint32_t)b->byte;
}

static edi_span span_between(builder *b, yaml_mark_t start, yaml_mark_t end) {
  uint32_t begin = byte_of(b, start.index);
  return (edi_span){b->source, begin, byte_of(b, end.index)};
}

static edi_span span_of(builder *b, const yaml_event_t *event) {
  return span_between(b, event->start_mark, event->end_mark);
}

static edi_span span_at(const builder *b, size_t byte) {
  uint32_t at = (uint32_t)(byte < b->text.len ? byte : b->text.len);
  return (edi_span){b->source, at, at};
}

/* ---- refusals ---- */

static edi_finding *refuse(builder *b, edi_code code, edi_span span, const char *label,
                           const char *message) {
  b->refused = true;
  return edi_diagnostics_add(b->diagnostics, code, span, label, "%s", message);
}

static void stop(builder *b, edi_code code, edi_span span, const char *label, const char *message) {
  refuse(b, code, span, label, message);
  b->stopped = true;
}

static void out_of_memory(builder *b) {
  b->stopped = true;
  b->status = edi_arena_status(b->arena);
}

static void refuse_properties(builder *b, edi_span span, const yaml_char_t *anchor,
                              const yaml_char_t *tag) {
  if (anchor) {
    edi_finding *finding = refuse(b, EDI_E0405, span, "an anchor", "anchors are not accepted");
    edi_finding_why(finding, "what a document says has to stand where it is read");
  }
  if (tag) refuse(b, EDI_E0407, span, "an explicit tag", "explicit tags of YAML are not accepted");
}

static void refuse_alias(builder *b, edi_span span) {
  edi_finding *finding = refuse(b, EDI_E0406, span, "an alias", "aliases are not accepted");
  edi_finding_fix(finding, false, "write the value out");
}

/* What libyaml says of its error: texts of its own, none from the document. */
static void refuse_syntax(builder *b, const yaml_parser_t *parser) {
  b->refused = b->stopped = true;
  if (parser->error == YAML_MEMORY_ERROR) {
    b->status = EDICT_MEMORY;
    return;
  }
  size_t byte = parser->error == YAML_READER_ERROR ? b->start + parser->problem_offset
                                                   : byte_of(b, parser->problem_mark.index);
  const char *problem = parser->problem ? parser->problem : "it cannot be read";
  bool colon = strcmp(problem, "could not find expected ':'") == 0 && parser->context; /* seen only behind the key that lacks it */
  if (colon) byte = byte_of(b, parser->context_mark.index);
  edi_finding *finding = edi_diagnostics_add(b->diagnostics, EDI_E0401, span_at(b, byte), "here",
                                             "not YAML: %s", problem);
  if (byte < b->text.len && b->text.ptr[byte] == '\t') edi_finding_fix(finding, false, "indent with blanks: YAML takes no tabs");
  if (colon) edi_finding_fix(finding, false, "write `key: value`");
  else if (parser->context && parser->error != YAML_READER_ERROR)
    edi_finding_label(finding, span_at(b, byte_of(b, parser->context_mark.index)), "%s",
                      parser->context);
}

/* ---- the tree ---- */

static edi_yaml *new_node(builder *b, edi_yaml_kind kind, edi_span span) {
  edi_yaml *node = EDI_NEW(b->arena, edi_yaml);
  if (!node) {
    out_of_memory(b);
    return NULL;
  }
  node->kind = kind;
  node->span = span;
  return node;
}

static bool count_node(builder *b, edi_span span) {
  if (b->nodes < b->limits.nodes) {
    b->nodes++;
    return true;
  }
  b->refused = b->stopped = true;
  edi_diagnostics_add(b->diagnostics, EDI_E0412, span, "one too many",
                      "the document has more than %zu parts", b->limits.nodes);
  return false;
}

/* Puts a finished or just opened value where it belongs. */
static void place(builder *b, edi_yaml *value) {
  if (b->depth == 0) {
    b->root = value;
    return;
  }
  frame *top = &b->frames[b->depth - 1];
  bool list = top->node->kind == EDI_YAML_LIST;
  void *items = list ? (void *)top->node->items : (void *)top->node->pairs;
  size_t size = list ? sizeof *top->node->items : sizeof *top->node->pairs;
  if (!edi_arena_grow(b->arena, &items, &top->capacity, top->node->count, size)) {
    out_of_memory(b);
    return;
  }
  if (list) {
    top->node->items = items;
    top->node->items[top->node->count++] = value;
  } else {
    top->node->pairs = items;
    top->node->pairs[top->node->count++] = (edi_yaml_pair){top->key, top->key_span, value};
    top->has_key = false;
  }
}

/* Whether the next node is a key of the innermost map. */
static bool expects_key(const builder *b) {
  if (b->depth == 0) return false;
  const frame *top = &b->frames[b->depth - 1];
  return top->node->kind == EDI_YAML_MAP && !top->has_key;
}

static void open_container(builder *b, edi_yaml_kind kind, edi_span span) {
  if (expects_key(b)) {
    stop(b, EDI_E0410, span, "not a text", "a key has to be a plain text");
    return;
  }
  if (b->depth == b->limits.depth) {
    b->refused = b->stopped = true;
    edi_diagnostics_add(b->diagnostics, EDI_E0411, span, "one too deep",
                        "the document is nested more than %zu deep", b->limits.depth);
    return;
  }
  edi_yaml *node = new_node(b, kind, span);
  if (!node) return;
  place(b, node);
  if (!b->stopped) b->frames[b->depth++] = (frame){.node = node};
}

static int compare_pairs(const void *context, const void *a, const void *b) {
  (void)context;
  const edi_yaml_pair *x = *(const edi_yaml_pair *const *)a, *y = *(const edi_yaml_pair *const *)b;
  return edi_str_compare(x->key, y->key);
}

static void refuse_duplicates(builder *b, edi_yaml *map) {
  if (map->count < 2) return;
  const edi_yaml_pair **sorted = EDI_NEW_ARRAY(b->arena, const edi_yaml_pair *, map->count);
  const edi_yaml_pair **spare = EDI_NEW_ARRAY(b->arena, const edi_yaml_pair *, map->count);
  if (!sorted || !spare) {
    out_of_memory(b);
    return;
  }
  for (size_t i = 0; i < map->count; i++) sorted[i] = &map->pairs[i];
  edi_order_sort(sorted, spare, map->count, sizeof *sorted, compare_pairs, NULL);
  for (size_t i = 1; i < map->count; i++) {
    if (!edi_str_equal(sorted[i - 1]->key, sorted[i]->key)) continue;
    b->refused = true;
    edi_finding *finding =
        edi_diagnostics_add(b->diagnostics, EDI_E0409, sorted[i]->key_span, "again",
                            "the key `%.*s` is given twice", EDI_STR_ARG(sorted[i]->key));
    edi_finding_label(finding, sorted[i - 1]->key_span, "first given here");
  }
}

static void close_container(builder *b, const yaml_event_t *event) {
  edi_yaml *node = b->frames[--b->depth].node;
  node->span.end = byte_of(b, event->end_mark.index);
  if (node->kind == EDI_YAML_MAP) refuse_duplicates(b, node);
}

static bool says_null(edi_str text) {
  static const char *const words[] = {"", "~", "null", "Null", "NULL"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (edi_str_equal(text, edi_str_from(words[i]))) return true;
  return false;
}

static void take_key(builder *b, edi_str text, edi_span span, bool quoted) {
  if (!quoted && edi_str_equal(text, EDI_STR("<<"))) {
    edi_finding *finding = refuse(b, EDI_E0408, span, "a merge key", "merge keys are not accepted");
    edi_finding_fix(finding, false, "write the merged keys out");
  } else if (!quoted && says_null(text)) {
    refuse(b, EDI_E0410, span, "no text", "a key has to be a plain text");
  }
  frame *top = &b->frames[b->depth - 1];
  top->key = text;
  top->key_span = span;
  top->has_key = true;
}

static void take_scalar(builder *b, const yaml_event_t *event, edi_span span) {
  edi_str read = {(const char *)event->data.scalar.value, event->data.scalar.length};
  edi_str text = {edi_arena_copy(b->arena, read.ptr, read.len), read.len};
  if (!text.ptr) {
    out_of_memory(b);
    return;
  }
  if (read.len > 0 && memchr(read.ptr, 0, read.len))
    refuse(b, EDI_E0413, span, "holds NUL", "a value may not hold the character NUL");
  bool quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
  if (expects_key(b)) {
    take_key(b, text, span, quoted);
    return;
  }
  edi_yaml *node = new_node(b, EDI_YAML_SCALAR, span);
  if (!node) return;
  node->text = text;
  node->quoted = quoted;
  node->is_null = !quoted && says_null(text);
  place(b, node);
}

/* An alias stands for a null, so that the rest can be read for its own errors. */
static void take_alias(builder *b, edi_span span) {
  refuse_alias(b, span);
  if (expects_key(b)) {
    take_key(b, EDI_STR("*"), span, true);
    return;
  }
  edi_yaml *node = new_node(b, EDI_YAML_SCALAR, span);
  if (!node) return;
  node->is_null = true;
  place(b, node);
}

/* ---- events ---- */

static void start_document(builder *b, const yaml_event_t *event) {
  edi_span span = span_of(b, event);
  if (b->root) {
    stop(b, EDI_E0404, span, "a second document", "a file holds one document");
    return;
  }
  if (event->data.document_start.tag_directives.start !=
      event->data.document_start.tag_directives.end)
    refuse(b, EDI_E0407, span, "a tag directive", "tag directives of YAML are not accepted");
}

static void build(builder *b, const yaml_event_t *event) {
  edi_span span = span_of(b, event);
  switch (event->type) {
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT: return;
    case YAML_DOCUMENT_START_EVENT: start_document(b, event); return;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT: close_container(b, event); return;
    case YAML_ALIAS_EVENT:
      if (count_node(b, span)) take_alias(b, span);
      return;
    case YAML_SCALAR_EVENT:
      if (!count_node(b, span)) return;
      refuse_properties(b, span, event->data.scalar.anchor, event->data.scalar.tag);
      take_scalar(b, event, span);
      return;
    case YAML_SEQUENCE_START_EVENT:
      if (!count_node(b, span)) return;
      refuse_properties(b, span, event->data.sequence_start.anchor, event->data.sequence_start.tag);
      open_container(b, EDI_YAML_LIST, span);
      return;
    case YAML_MAPPING_START_EVENT:
      if (!count_node(b, span)) return;
      refuse_properties(b, span, event->data.mapping_start.anchor, event->data.mapping_start.tag);
      open_container(b, EDI_YAML_MAP, span);
      return;
  }
}

static void read_events(builder *b, yaml_parser_t *parser) {
  bool ended = false;
  while (!ended && !b->stopped) {
    yaml_event_t event;
    if (!yaml_parser_parse(parser, &event)) {
      refuse_syntax(b, parser);
      return;
    }
    ended = event.type == YAML_STREAM_END_EVENT;
    build(b, &event);
    yaml_event_delete(&event);
  }
  if (!b->stopped && !b->root)
    stop(b, EDI_E0403, span_at(b, b->text.len), "", "the file holds no document");
}

/* ---- before the first event ---- */

static bool turns_text(uint32_t point) {
  return (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
}

/* Bidirectional controls show a reviewer another text than the one that is read. */
static void refuse_controls(builder *b) {
  for (size_t at = 0; at < b->text.len;) {
    if ((unsigned char)b->text.ptr[at] < 0x80) {
      at++;
      continue;
    }
    size_t begin = at;
    if (!turns_text(edi_utf8_next(b->text, &at))) continue;
    edi_span span = {b->source, (uint32_t)begin, (uint32_t)at};
    stop(b, EDI_E0402, span, "a bidirectional control",
         "text that shows in another order than it is read");
    return;
  }
}

edict_status edi_yaml_parse(edi_arena *arena, edi_str text, edi_source source,
                            edi_yaml_limits limits, edi_yaml **root,
                            edict_diagnostics *diagnostics) {
  *root = NULL;
  builder b = {
      .arena = arena, .diagnostics = diagnostics, .source = source, .text = text, .limits = limits};
  if (text.len > limits.bytes) {
    edi_diagnostics_add(diagnostics, EDI_E0400, span_at(&b, 0), "",
                        "the file is larger than %zu bytes", limits.bytes);
    return EDICT_FINDINGS;
  }
  b.frames = EDI_NEW_ARRAY(arena, frame, limits.depth);
  if (!b.frames) return edi_arena_status(arena);
  if (edi_str_starts(text, EDI_STR("\xEF\xBB\xBF"))) b.start = b.byte = 3;
  refuse_controls(&b);
  yaml_parser_t parser;
  if (!yaml_parser_initialize(&parser)) return EDICT_MEMORY;
  yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
  const char *input = text.ptr ? text.ptr + b.start : "";
  yaml_parser_set_input_string(&parser, (const unsigned char *)input, text.len - b.start);
  read_events(&b, &parser);
  yaml_parser_delete(&parser);
  if (b.status != EDICT_OK) return b.status;
  if (b.refused) return EDICT_FINDINGS;
  *root = b.root;
  return EDICT_OK;
}

const edi_yaml *edi_yaml_get(const edi_yaml *map, const char *key) {
  if (!map || map->kind != EDI_YAML_MAP) return NULL;
  edi_str wanted = edi_str_from(key);
  for (size_t i = 0; i < map->count; i++)
    if (edi_str_equal(map->pairs[i].key, wanted)) return map->pairs[i].value;
  return NULL;
}

edi_span edi_yaml_head(const edi_yaml *value) {
  if (value->kind == EDI_YAML_MAP && value->count > 0) return value->pairs[0].key_span;
  if (value->kind == EDI_YAML_SCALAR) return value->span;
  return (edi_span){value->span.source, value->span.begin, value->span.begin};
}
