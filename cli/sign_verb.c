/* sign: a signature under a bundle or a root document: made here, asked for elsewhere, or brought from there. */
#include <string.h>
#include <sys/stat.h>

#include "cli/command.h"
#include "edict/ceremony.h"

static const cli_option sign_options[] = {
    {"--key", "FILE", "sign with this secret key", false},
    {"--trust", "FILE", "the trust store or root document that the signature is to count under: a key that may not sign this is warned of", false},
    {"--request", "FILE", "write what is to be signed, for somebody who signs elsewhere", false},
    {"--add", "FILE", "add the signatures that were made elsewhere, under the same text", true},
    {"--out", "FILE", "where the signed file goes; left out: in place", false},
    CLI_FORMAT_OPTION("how findings are written"),
    CLI_END_OF_OPTIONS,
};

typedef struct work {
  char *bytes;
  size_t length;
} work;

static void take(work *w, char *bytes, size_t length) {
  edict_text_free(&w->bytes);
  *w = (work){bytes, length};
}

/* Whoever signs is told what; all of it, since the digest can be compared by telephone. */
static void tell(const cli_arguments *a, const char *done, const work *w) {
  edict_document_facts f;
  if (cli_json(a) || edict_document_about(w->bytes, w->length, &f, NULL) != EDICT_OK) return;
  fprintf(stderr, "edict: %s: %s, %s, version %llu; %zu signature%s\n", done, f.name, f.layer, (unsigned long long)f.version,
          f.signatures, f.signatures == 1 ? "" : "s");
  fputs("edict: digest blake2b:", stderr);
  for (size_t i = 0; i < sizeof f.digest; i++) fprintf(stderr, "%02x", f.digest[i]);
  fputc('\n', stderr);
}

/* A key that has signed already, or signatures of another text, are an argument of the library's, but an input of
 * the command's. */
static cli_exit exit_of(edict_status status) { return status == EDICT_ARGUMENT ? CLI_REFUSED : cli_exit_of_load(status); }

/* A remark and no refusal: some file systems know no owners. */
static void look_at_owner(const cli_arguments *a, const char *path) {
  struct stat found;
  if (cli_json(a) || stat(path, &found) != 0 || !S_ISREG(found.st_mode) || !(found.st_mode & (S_IRWXG | S_IRWXO))) return;
  fputs("edict: ", stderr);
  cli_put(stderr, path, strlen(path));
  fputs(" is a secret that others than its owner may read or change: chmod 600\n", stderr);
}

static edict_status look_at_signer(cli_arguments *a, const work *w, const char *secret, size_t length) {
  char *trust = NULL;
  size_t trust_length = 0;
  const char *path = cli_value(a, "--trust");
  edict_status status = path ? cli_read(a, path, CLI_TEXT_MOST, &trust, &trust_length) : EDICT_OK;
  if (status == EDICT_OK) status = edict_document_check_signer(w->bytes, w->length, trust, trust_length, secret, length, a->diagnostics);
  edict_text_free(&trust);
  return status;
}

/* The key is looked at once it has signed, so that what cannot be signed is told once. */
static edict_status sign_here(cli_arguments *a, work *w) {
  char *secret = NULL, *out = NULL;
  size_t secret_length = 0, out_length;
  edict_status status = cli_read(a, cli_value(a, "--key"), CLI_TEXT_MOST, &secret, &secret_length);
  if (status == EDICT_OK) look_at_owner(a, cli_value(a, "--key"));
  if (status == EDICT_OK)
    status = edict_document_sign(w->bytes, w->length, secret, secret_length, &out, &out_length, a->diagnostics);
  if (status == EDICT_OK) status = look_at_signer(a, w, secret, secret_length);
  cli_forget(&secret, secret_length);
  if (status == EDICT_OK) take(w, out, out_length);
  else edict_text_free(&out);
  return status;
}

static edict_status add(cli_arguments *a, work *w, const char *path) {
  char *note = NULL, *out;
  size_t note_length = 0, out_length, added = 0;
  edict_status status = cli_read(a, path, CLI_FILE_MOST, &note, &note_length);
  if (status == EDICT_OK)
    status = edict_document_add(w->bytes, w->length, note, note_length, &out, &out_length, &added, a->diagnostics);
  edict_text_free(&note);
  if (status != EDICT_OK) return status;
  take(w, out, out_length);
  if (added == 0) (void)cli_refuse("%s brings no signature that is not there already", path);
  return EDICT_OK;
}

static edict_status request(cli_arguments *a, const work *w) {
  char *text = NULL;
  size_t length;
  edict_status status = edict_document_request(w->bytes, w->length, &text, &length, a->diagnostics);
  if (status == EDICT_OK) status = edict_file_write(cli_value(a, "--request"), text, length, a->diagnostics);
  edict_text_free(&text);
  return status;
}

static cli_exit run_sign(cli_arguments *a) {
  work w = {0};
  const char *path, *from = a->positional[0], *to = cli_value(a, "--out");
  bool key = cli_flag(a, "--key"), asks = cli_flag(a, "--request"), adds = cli_flag(a, "--add");
  if (a->positional_count != 1) return cli_usage(a, "name one bundle, request or root document");
  if (key + asks + adds != 1) return cli_usage(a, "give one of --key, --request and --add");
  if (cli_flag(a, "--trust") && !key) return cli_usage(a, "--trust says whether the key of --key counts");
  if (asks && to) return cli_usage(a, "--request names where the request goes; there is no --out");
  edict_status status = cli_read(a, from, CLI_FILE_MOST, &w.bytes, &w.length);
  if (status == EDICT_OK && key) status = sign_here(a, &w);
  for (size_t i = 0; status == EDICT_OK && adds && (path = cli_value_at(a, "--add", i)) != NULL; i++) status = add(a, &w, path);
  if (status == EDICT_OK) status = asks ? request(a, &w) : edict_file_write(to ? to : from, w.bytes, w.length, a->diagnostics);
  if (status == EDICT_OK) tell(a, key ? "signed" : asks ? "to be signed" : "signatures added", &w);
  edict_text_free(&w.bytes);
  return exit_of(status);
}

const cli_verb cli_verb_sign = {
    .name = "sign",
    .synopsis = "FILE --key FILE [--out FILE] | FILE --request FILE | FILE --add FILE... [--out FILE]",
    .options = sign_options,
    .positional_most = 1,
    .run = run_sign,
    .more = "FILE is a bundle, a root document, or a request. A signature changes no signed byte, and several\n"
            "people sign one after the other, in any order. Who signs elsewhere gets a request, which is the\n"
            "text that is signed, and gives back the signed request:\n"
            "\n"
            "  edict sign sales.edb --request sales.request\n"
            "  edict sign sales.request --key bo.key --out sales.bo        where the key is\n"
            "  edict sign sales.edb --add sales.bo\n",
};
