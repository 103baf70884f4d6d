/* Hostile root documents: every file of tests/hostile/roots/ is refused for its reason.
 *
 * A row is a good document with one text put in the place of another (`from` NULL: `to` is all of it) and its
 * signers. Names that begin with `next` are read as what follows version 1. With HOSTILE_UPDATE=1 in the
 * environment the files are written again, with their expected.tsv. */
#include "harness.h"

#include "support/hostile.h"
#include "support/sample_root.h"

typedef struct input {
  const char *file, *code;
  const char *signers, *from, *to, *why;
} input;

#define OWN "a:1 b:2"
#define BOTH "b:2 c:3"

static const input inputs[] = {
    {"good.root", "OK", OWN, "", "", "the document that all others differ from"},
    {"all-sign.root", "OK", "a:1 b:2 c:3", "", "", "more signatures than are needed"},
    {"stranger-too.root", "OK", "x:9 a:1 b:2", "", "", "a signature of a key that nobody knows"},
    {"one-key.root", "OK", "a:1", "threshold root 2\nroot @a:1\nroot @b:2\nroot @c:3", "threshold root 1\nroot @a:1", "a root of one key"},
    {"statements-turned.root", "OK", OWN, "threshold root 2\nroot @a:1\n", "root @a:1\nthreshold root 2\n", "statements in another order"},
    {"no-federal.root", "OK", OWN,
     "threshold federal eu.example 2\nfederal eu.example @f:4\nfederal eu.example @g:5\n", "", "a federation that nobody signs for yet"},
    {"next-good.root", "OK", BOTH, "", "", "version 2, by two keys of both"},
    {"next-older.root", "OK", OWN, NULL, sample_root_first, "version 1 again"},
    {"empty.root", "R0220", "", NULL, "", "no bytes"},
    {"text.root", "R0220", "", NULL, "root a\n", "another text"},
    {"store.root", "R0220", OWN, "edict-root/v1", "edict-trust/v1", "a trust store that was signed"},
    {"bundle.root", "R0220", OWN, "edict-root/v1", "edict-bundle/v1", "the first line of a bundle's manifest"},
    {"another-version.root", "R0220", OWN, "edict-root/v1", "edict-root/v2", "a version of the format that is not known"},
    {"unsigned.root", "R0220", "", "", "", "nobody signed it"},
    {"crlf.root", "R0220", OWN, "edict-root/v1\n", "edict-root/v1\r\n", "line ends of another system"},
    {"bom.root", "R0220", OWN, "edict-root/v1", "\xEF\xBB\xBF" "edict-root/v1", "a byte order mark"},
    {"name-missing.root", "R0220", OWN, "name eu.example\n", "", "no name"},
    {"name-upper.root", "R0220", OWN, "name eu.example", "name EU.example", "a name in capitals"},
    {"name-climbs.root", "R0220", OWN, "name eu.example", "name eu.example/..", "a name that climbs"},
    {"version-zero.root", "R0220", OWN, "version 1", "version 0", "a version below all"},
    {"version-padded.root", "R0220", OWN, "version 1", "version 01", "a second way to write a number"},
    {"version-huge.root", "R0220", OWN, "version 1\nprev -", "version 18446744073709551616\nprev $prev", "a version that overflows"},
    {"version-negative.root", "R0220", OWN, "version 1", "version -1", "a version below zero"},
    {"version-twice.root", "R0220", OWN, "version 1\n", "version 1\nversion 2\n", "a line that stands twice"},
    {"prev-of-first.root", "R0220", OWN, "prev -", "prev $prev", "something before the first"},
    {"prev-missing.root", "R0220", OWN, "version 1\n", "version 2\n", "nothing before the second"},
    {"prev-short.root", "R0220", OWN, "version 1\nprev -", "version 2\nprev 00", "a digest of one byte"},
    {"expires-date.root", "R0220", OWN, "2027-11-20T00:00:00Z", "2027-11-20", "a day and no time"},
    {"expires-offset.root", "R0220", OWN, "00:00:00Z", "00:00:00+00:00", "a second way to write a time"},
    {"expires-never.root", "R0220", OWN, "2027-11-20T00:00:00Z", "never", "a root without an end"},
    {"order.root", "R0220", OWN, "version 1\nprev -\n", "prev -\nversion 1\n", "fixed lines in another order"},
    {"comment.root", "R0200", OWN, "log @l:8", "# log @l:8", "a comment, which a signed text does not have"},
    {"two-blanks.root", "R0200", OWN, "log @l:8", "log  @l:8", "two blanks between words"},
    {"tab.root", "R0220", OWN, "log @l:8", "log\t@l:8", "a tab between words"},
    {"blank-at-end.root", "R0200", OWN, "log @l:8", "log @l:8 ", "a blank at the end of a line"},
    {"word.root", "R0200", OWN, "log @l:8", "admin @l:8", "a role that there is not"},
    {"threshold-log.root", "R0200", OWN, "log @l:8", "log @l:8\nthreshold log 1", "a threshold for logs"},
    {"threshold-word.root", "R0200", OWN, "threshold root 2", "threshold root two", "a threshold that is no number"},
    {"threshold-padded.root", "R0200", OWN, "threshold root 2", "threshold root 02", "a threshold in a second form"},
    {"threshold-zero.root", "R0204", OWN, "threshold root 2", "threshold root 0", "a threshold that believes everybody"},
    {"threshold-four.root", "R0204", OWN, "threshold root 2", "threshold root 4", "more than there are keys"},
    {"threshold-33.root", "R0204", OWN, "threshold root 2", "threshold root 33", "more signatures than a note may have"},
    {"threshold-huge.root", "R0204", OWN, "threshold root 2", "threshold root 18446744073709551615", "a threshold that would wrap to a small one"},
    {"threshold-twice.root", "R0204", OWN, "threshold root 2", "threshold root 2\nthreshold root 1", "two thresholds for one role"},
    {"threshold-missing.root", "R0204", OWN, "threshold domain sales eu.example/sales 1\n", "", "a role whose threshold nobody said"},
    {"threshold-of-nobody.root", "R0204", OWN, "log @l:8", "threshold federal eu.example/x 1", "a threshold of a role without keys"},
    {"no-root-keys.root", "R0204", OWN, "threshold root 2\nroot @a:1\nroot @b:2\nroot @c:3\n", "", "nobody who could sign the next"},
    {"key-twice.root", "R0202", OWN, "root @b:2", "root @b:2\nroot @b:2", "one key counted twice"},
    {"key-two-names.root", "R0202", OWN, "root @b:2", "root @b:2\nroot @bb:2", "one key counted twice, under two names"},
    {"key-two-roles.root", "R0202", OWN, "federal eu.example @g:5", "federal eu.example @a:1", "a root key that signs bundles"},
    {"key-hint.root", "R0201", OWN, "log @l:8", "log l+00000000+AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB", "a hint of another key"},
    {"key-secret.root", "R0201", OWN, "log @l:8", "log edict-secret-key/v1", "no key"},
    {"federal-elsewhere.root", "R0227", OWN, "threshold federal eu.example 2\nfederal eu.example @f:4\nfederal eu.example @g:5",
     "threshold federal us.example 2\nfederal us.example @f:4\nfederal us.example @g:5", "a bundle of another federation"},
    {"federal-beside.root", "R0227", OWN, "domain sales eu.example/sales 1\ndomain sales eu.example/sales @d:6",
     "domain sales eu.examples/sales 1\ndomain sales eu.examples/sales @d:6", "a name that begins like the federation's"},
    {"federal-above.root", "R0227", OWN, "domain sales eu.example/sales 1\ndomain sales eu.example/sales @d:6", "domain sales eu 1\ndomain sales eu @d:6",
     "a name above the federation's"},
    {"one-signs.root", "R0222", "a:1", "", "", "one of two signatures"},
    {"one-signs-twice.root", "R0222", "a:1 a:1", "", "", "one key that signs twice"},
    {"others-sign.root", "R0222", "f:4 g:5", "", "", "keys of another role"},
    {"strangers-sign.root", "R0222", "x:9 y:10", "", "", "keys that nobody knows"},
    {"one-and-other.root", "R0222", "a:1 f:4", "", "", "a root key and a federal one"},
    {"other-name.root", "R0222", "a:1 z:2", "", "", "a root key under another name"},
    {"expired.root", "R0226", OWN, "2027-11-20T00:00:00Z", "2026-11-21T00:00:00Z", "valid until the instant it is read"},
    {"long-expired.root", "R0226", OWN, "2027-11-20T00:00:00Z", "1970-01-01T00:00:00Z", "valid half a century ago"},
    {"next-by-new.root", "R0223", "c:3 e:7", "", "", "two new keys, of which the old root knows one"},
    {"next-by-old.root", "R0222", "a:1 b:2", "", "", "two old keys, of which the new root knows one"},
    {"next-by-taken.root", "R0223", "x:9 y:10", "root @b:2\nroot @c:3\nroot @e:7", "root @x:9\nroot @y:10", "a root that vouches for itself alone"},
    {"next-gap.root", "R0224", BOTH, "version 2", "version 3", "a version that was left out"},
    {"next-far.root", "R0224", BOTH, "version 2", "version 18446744073709551615", "the last version that there can be"},
    {"next-prev.root", "R0225", BOTH, "prev $prev", "prev 0000000000000000000000000000000000000000000000000000000000000000",
     "what comes before is another text"},
    {"next-federation.root", "R0225", BOTH, NULL,
     "edict-root/v1\nname us.example\nversion 2\nprev $prev\nexpires 2027-11-20T00:00:00Z\nthreshold root 2\nroot @b:2\nroot @c:3\n",
     "another federation"},
    {"next-fork.root", "R0225", OWN, NULL,
     "edict-root/v1\nname eu.example\nversion 1\nprev -\nexpires 2028-11-20T00:00:00Z\nthreshold root 2\nroot @a:1\nroot @b:2\n",
     "another version 1"},
};
#define INPUTS (sizeof inputs / sizeof *inputs)

/* The pattern with its one change. */
static void change(const char *pattern, const input *in, char out[8192]) {
  const char *at = in->from && *in->from ? strstr(pattern, in->from) : pattern;
  if (!at) abort();
  size_t before = (size_t)(at - pattern);
  snprintf(out, 8192, "%.*s%s%s", (int)before, pattern, in->to, at + strlen(in->from));
}

static void make(const input *in, edi_buf *into) {
  bool next = strncmp(in->file, "next", 4) == 0;
  char pattern[8192];
  edi_buf first;
  sample_root(&first, sample_root_first, NULL, OWN);
  if (!in->from) snprintf(pattern, sizeof pattern, "%s", in->to);
  else change(next ? sample_root_second : sample_root_first, in, pattern);
  sample_root(into, pattern, &first, in->signers);
  edi_buf_fini(&first);
}

static void write_file(const char *name, const char *bytes, size_t length) {
  char path[256];
  snprintf(path, sizeof path, "tests/hostile/roots/%s", name);
  FILE *file = fopen(path, "wb");
  if (!file || fwrite(bytes, 1, length, file) != length || fclose(file) != 0) HARNESS_FAIL("cannot write %s", path);
}

/* Three more that are no change of the text: a signature of another one, a note that is cut, many of them. */
static void make_damaged(int which, edi_buf *into) {
  edi_buf other;
  sample_root(into, sample_root_first, NULL, OWN);
  if (which == 0) {
    sample_root(&other, "edict-root/v1\nsomething else\n", NULL, "a:1 b:2");
    size_t length = 0;
    for (size_t i = other.len; i >= 2 && !length; i--)
      if (other.ptr[i - 1] == '\n' && other.ptr[i - 2] == '\n') length = other.len - i;
    memcpy(into->ptr + into->len - length, other.ptr + other.len - length, length);
    edi_buf_fini(&other);
  } else if (which == 1) {
    into->len -= 40;
  } else {
    char signers[33 * 8] = "";
    for (size_t i = 0; i < 33; i++) snprintf(signers + strlen(signers), 8, "x:%zu ", i + 10);
    edi_buf_fini(into);
    sample_root(into, sample_root_first, NULL, signers);
  }
}
static const input damaged[] = {{"bad-signature.root", "R0221", "", NULL, NULL, "signatures of known keys, of another text"},
                                {"cut.root", "R0220", "", NULL, NULL, "cut short in a signature"},
                                {"many-signatures.root", "R0220", "", NULL, NULL, "one signature more than a note may have"}};

static void put(edi_buf *manifest, const input *in, edi_buf *bytes) {
  write_file(in->file, bytes->ptr ? bytes->ptr : "", bytes->len);
  edi_buf_format(manifest, "%s\t%s\t%s\n", in->file, in->code, in->why);
  edi_buf_fini(bytes);
}

static void update(void) {
  edi_buf manifest, bytes;
  edi_buf_init(&manifest, NULL, 1 << 20);
  for (size_t i = 0; i < INPUTS; i++) {
    make(&inputs[i], &bytes);
    put(&manifest, &inputs[i], &bytes);
  }
  for (int i = 0; i < 3; i++) {
    make_damaged(i, &bytes);
    put(&manifest, &damaged[i], &bytes);
  }
  write_file("expected.tsv", manifest.ptr, manifest.len);
  edi_buf_fini(&manifest);
}

TEST(hostile_root_documents)
{
  size_t total = 0;
  if (getenv("HOSTILE_UPDATE")) update();
  CHECK_INT(hostile_run("tests/hostile/roots", root_door, &total), 0);
  CHECK_INT(total, INPUTS + 3);
}

HARNESS_MAIN
