/* Strict JSON: the checks before jansson, and what its errors mean to us. */
#include "identity/strictjson.h"

/* How deep the text nests, counted without parsing: a quoted bracket is none. Text that is not JSON
 * gives some number, and the parser refuses it afterwards. */
static size_t nesting(edi_str text) {
  size_t depth = 0, deepest = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.len; i++) {
    char c = text.ptr[i];
    if (quoted && c == '\\') i++;
    else if (c == '"') quoted = !quoted;
    else if (!quoted && (c == '{' || c == '[') && ++depth > deepest) deepest = depth;
    else if (!quoted && (c == '}' || c == ']') && depth > 0) depth--;
  }
  return deepest;
}

static const char *explain(const json_error_t *error) {
  enum json_error_code code = json_error_code(error);
  if (code == json_error_duplicate_key) return "a member stands twice";
  if (code == json_error_null_character || code == json_error_null_byte_in_key) return "it holds a NUL";
  if (code == json_error_numeric_overflow) return "a number is out of range";
  if (code == json_error_end_of_input_expected) return "something follows the object";
  return "it is not JSON";
}

edict_status edi_strictjson_object(edi_str text, size_t depth, json_t **object, const char **why) {
  json_error_t error = {0};
  *object = NULL;
  *why = "it is not valid UTF-8";
  if (!edi_utf8_valid(text)) return EDICT_FORMAT;
  *why = "it is nested too deeply";
  if (nesting(text) > depth) return EDICT_LIMIT;
  json_t *value = json_loadb(text.len > 0 ? text.ptr : "", text.len, JSON_REJECT_DUPLICATES, &error);
  if (!value) {
    *why = explain(&error);
    /* Where jansson gets no memory it mostly leaves without a word. */
    bool memory = error.text[0] == '\0' || json_error_code(&error) == json_error_out_of_memory;
    return memory ? EDICT_MEMORY : EDICT_FORMAT;
  }
  if (!json_is_object(value)) {
    json_decref(value);
    *why = "it is not an object";
    return EDICT_FORMAT;
  }
  *object = value;
  return EDICT_OK;
}

edi_str edi_strictjson_text(const json_t *value) {
  return json_is_string(value) ? (edi_str){json_string_value(value), json_string_length(value)} : (edi_str){NULL, 0};
}
