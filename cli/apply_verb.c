/* apply: a file of rows as its reader may see it. A decision at the start, and anew whenever the one before has run
 * out; what it hides never reaches the output. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/ask.h"
#include "workbench/rows.h"

static const cli_option apply_options[] = {
    CLI_SET_OPTIONS,
    CLI_ASK_ROWS_OPTIONS,
    {"--in", "FILE", "the rows: .csv, .jsonl, .arrow or .arrows; - is standard input", false},
    {"--out", "FILE", "what may be seen of them; - is standard output", false},
    {"--format", "csv|jsonl|arrow", "of both; left out: by the name of --in, or of --out", false},
    {"--null", "TEXT", "CSV: a field without quotes that is this is NULL; left out: the empty one", false},
    {"--delimiter", "CHARACTER", "CSV: what stands between fields, or `tab`; left out: a comma", false},
    {"--skip-bad", NULL, "pass over rows that cannot be read, and count them; else the first one ends the work", false},
    {"--receipt", "FILE", "how many rows and values, as JSON; - is standard error", false},
    CLI_LOG_OPTIONS,
    CLI_END_OF_OPTIONS,
};

typedef struct application {
  cli_arguments *arguments;
  cli_ask ask;
  edict_session *session;
  edict_decision *decision;
  edict_log *log;
  unsigned char seed[EDICT_SEED_BYTES];
  rows_job job;
  intake in;
  sink out;
  FILE *input;
  int output;               /* of a stream */
  uint64_t decisions;
  cli_exit code;            /* of a tick that stopped */
  bool shows_progress;
  int64_t shown_at;
} application;

/* ---- deciding ---- */

static void explain(edict_decision *decision) {
  static char words[65536];
  (void)edict_decision_explain(decision, words, sizeof words);
  fprintf(stderr, "%s\n", words);
}

/* What a log says is never a finding of who asks. */
static cli_exit of_log(edict_status status) {
  cli_exit code = cli_exit_of_load(status);
  return status != EDICT_OK && code == CLI_DONE ? CLI_REFUSED : code;
}

/* The receipt goes to the log where there is one: not to the reader, whom it would tell how much is hidden. */
static bool keep_receipt(void *user, const edict_receipt *receipt) {
  application *p = user;
  p->code = p->log ? of_log(edict_log_receipt(p->log, p->decision, receipt, p->arguments->diagnostics)) : CLI_DONE;
  return p->code == CLI_DONE;
}

/* Of what was applied since the last one. Arrow's batches have had theirs; work that broke off may have had none. */
static cli_exit close_receipt(application *p, bool whole) {
  edict_receipt receipt = {.size = sizeof receipt};
  edict_status status = edict_decision_receipt(p->decision, &receipt);
  if (status != EDICT_OK) return cli_exit_of(status);
  bool nothing = receipt.rows_in == 0 && (receipt.number > 1 || !whole);
  return nothing || keep_receipt(p, &receipt) ? CLI_DONE : p->code;
}

/* On the record before anything is given away; a denial too. */
static cli_exit decide(application *p) {
  cli_exit code = cli_ask_decide(p->arguments, &p->ask, p->session, p->decision);
  if (code == CLI_DONE && p->log) code = of_log(edict_log_append(p->log, p->decision, p->arguments->diagnostics));
  if (code != CLI_DONE) return code;
  p->decisions++;
  if (edict_decision_effect(p->decision) == EDICT_PERMIT) return CLI_DONE;
  explain(p->decision);
  return CLI_FOUND;
}

static void show_progress(application *p, int64_t now) {
  if (!p->shows_progress || (p->shown_at && now - p->shown_at < 250000)) return;
  p->shown_at = now;
  fprintf(stderr, "\r%llu rows, %llu MB", (unsigned long long)p->job.rows_in, (unsigned long long)(p->in.total / 1000000));
  fflush(stderr);
}

static void end_progress(application *p) {
  if (p->shows_progress && p->shown_at) fputs("\r\033[K", stderr);
}

/* A supposed time stands still. */
static bool tick(void *user) {
  application *p = user;
  struct timespec t;
  if (clock_gettime(CLOCK_REALTIME, &t) != 0) {
    p->code = cli_refuse("the clock cannot be read");
    return false;
  }
  int64_t now = (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
  show_progress(p, now);
  if (cli_flag(p->arguments, "--now") || (now >= p->ask.now && now < edict_decision_valid_until(p->decision))) return true;
  if (now > p->ask.now) p->ask.now = now;
  p->code = close_receipt(p, true);
  if (p->code == CLI_DONE) p->code = decide(p);
  return p->code == CLI_DONE;
}

/* ---- files ---- */

static int read_more(void *user, void *into, size_t room, size_t *got) {
  FILE *file = user;
  *got = fread(into, 1, room, file);
  return *got == 0 && ferror(file) ? (errno ? errno : EIO) : 0;
}

static int place_at(void *user, uint64_t at, uint64_t *size) {
  struct stat about;
  if (fstat(fileno(user), &about) != 0 || at > INT64_MAX || fseeko(user, (off_t)at, SEEK_SET) != 0) return errno ? errno : EIO;
  *size = (uint64_t)about.st_size;
  return 0;
}

static int write_all(void *user, const void *bytes, size_t length) {
  const char *from = bytes;
  while (length) {
    ssize_t n = write(*(const int *)user, from, length);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return n < 0 && errno ? errno : EIO;
    from += n;
    length -= (size_t)n;
  }
  return 0;
}

static bool is_stream(const char *path) { return strcmp(path, "-") == 0; }

static cli_exit no_file(const char *verb, const char *path, int error) { return cli_refuse("cannot %s `%s`: %s", verb, path, strerror(error)); }

static cli_exit open_input(application *p) {
  const char *path = cli_value(p->arguments, "--in");
  struct stat about;
  p->input = is_stream(path) ? stdin : fopen(path, "rb");
  if (!p->input) return no_file("read", path, errno);
  bool known = fstat(fileno(p->input), &about) == 0;
  if (known && S_ISDIR(about.st_mode)) return no_file("read", path, EISDIR);
  intake_init(&p->in, read_more, p->input);
  if (known && S_ISREG(about.st_mode) && p->input != stdin) p->in.place = place_at;
  return CLI_DONE;
}

/* Who is asked to end takes the part of a file along; only a kill leaves it. One that is ignored, as under nohup, stays so. */
static char part[SINK_PATH];

static void take_part_along(int number) {
  (void)unlink(part);
  (void)signal(number, SIG_DFL);
  (void)raise(number);
}

static void watch_for_end(const sink *out) {
  static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
  memcpy(part, out->part, sizeof part);
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
    if (signal(numbers[i], take_part_along) == SIG_IGN) (void)signal(numbers[i], SIG_IGN);
}

/* What is there and no file (a pipe, a terminal, a device) is written to and not replaced. */
static cli_exit open_special(application *p, const char *path) {
  p->output = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
  if (p->output < 0) return no_file("write", path, errno);
  sink_open_stream(&p->out, write_all, &p->output);
  return CLI_DONE;
}

/* A link stays one, and what it leads to is replaced. */
static cli_exit open_output(application *p) {
  const char *path = cli_value(p->arguments, "--out");
  struct stat there, source;
  p->output = STDOUT_FILENO;
  if (is_stream(path)) {
    sink_open_stream(&p->out, write_all, &p->output);
    return CLI_DONE;
  }
  bool exists = stat(path, &there) == 0;
  if (exists && S_ISDIR(there.st_mode)) return no_file("write", path, EISDIR);
  if (exists && !S_ISREG(there.st_mode)) return open_special(p, path);
  if (exists && fstat(fileno(p->input), &source) == 0 && source.st_dev == there.st_dev && source.st_ino == there.st_ino)
    return cli_usage(p->arguments, "--out is the file of --in: what is hidden would be gone");
  char *real = exists ? realpath(path, NULL) : NULL;
  int error = exists && !real ? errno : sink_open_file(&p->out, NULL, real ? real : path);
  edict_text_free(&real);
  if (!error) watch_for_end(&p->out);
  return error ? no_file("write", path, error) : CLI_DONE;
}

/* ---- the receipt ---- */

static json_t *receipt_columns(const application *p, const edict_receipt *receipt) {
  json_t *columns = json_object();
  edict_column_info info;
  for (size_t i = 0; i < receipt->column_count; i++) {
    const char *arguments = "";
    const edict_receipt_column *c = &receipt->columns[i];
    if (edict_product_column_info(p->ask.product, p->ask.dataset, c->column, &info) != EDICT_OK) continue;
    (void)edict_decision_column(p->decision, c->column, &arguments);
    json_object_set_new(columns, info.name, json_pack("{s:s, s:s, s:I, s:I}", "mask", c->transform, "arguments", arguments, "epoch", (json_int_t)c->epoch,
                                                      "unfit", (json_int_t)rows_unfit(&p->job, c->column)));
  }
  return columns;
}

static void write_time(int64_t micros, char out[64]) {
  struct tm parts;
  time_t seconds = (time_t)(micros / 1000000 - (micros % 1000000 < 0));
  if (!gmtime_r(&seconds, &parts) || strftime(out, 64, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0) out[0] = '\0';
}

static cli_exit write_receipt(application *p) {
  const char *path = cli_value(p->arguments, "--receipt");
  char until[64] = "", plan[65] = "";
  edict_receipt last = {.size = sizeof last};
  if (!path) return CLI_DONE;
  if (edict_decision_receipt(p->decision, &last) != EDICT_OK) return CLI_DEFECT;
  for (size_t i = 0; i < sizeof last.plan; i++) snprintf(plan + 2 * i, 3, "%02x", last.plan[i]);
  write_time(edict_decision_valid_until(p->decision), until);
  json_t *receipt = json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:s, s:o}", "product", cli_value(p->arguments, "--product"), "dataset",
                              cli_value(p->arguments, "--dataset"), "action", p->ask.action, "plan", plan, "rows_in", (json_int_t)p->job.rows_in, "rows_out",
                              (json_int_t)p->job.rows_out, "rows_bad", (json_int_t)p->job.bad, "decisions", (json_int_t)p->decisions, "valid_until",
                              until, "columns", receipt_columns(p, &last));
  char *text = receipt ? json_dumps(receipt, JSON_COMPACT) : NULL;
  cli_exit code = text ? CLI_DONE : cli_refuse("no memory is left");
  if (text && is_stream(path)) fprintf(stderr, "%s\n", text);
  else if (text) code = cli_exit_of(edict_file_write(path, text, strlen(text), p->arguments->diagnostics));
  if (text) edict_text_free(&text);
  json_decref(receipt);
  return code;
}

static void tell_sum(const application *p) {
  uint64_t unfit = 0;
  size_t columns = edict_product_column_count(p->ask.product, p->ask.dataset); /* parts of those asked for among them */
  for (size_t i = 0; i < columns; i++) unfit += rows_unfit(&p->job, i);
  fprintf(stderr, "edict: %llu of %llu rows", (unsigned long long)p->job.rows_out, (unsigned long long)p->job.rows_in);
  if (unfit) fprintf(stderr, "; %llu value%s did not fit %s", (unsigned long long)unfit, unfit == 1 ? "" : "s", unfit == 1 ? "its column or mask" : "their columns or masks");
  if (p->job.bad) fprintf(stderr, "; %llu row%s could not be read and %s passed over", (unsigned long long)p->job.bad, p->job.bad == 1 ? "" : "s", p->job.bad == 1 ? "was" : "were");
  fputc('\n', stderr);
}

/* ---- the work ---- */

static bool ends(const char *path, const char *end) {
  size_t length = strlen(path), tail = strlen(end);
  return length > tail && strcmp(path + length - tail, end) == 0;
}

/* By --format, else by the first name that says it; 0: neither does. */
static char format_of(const cli_arguments *a) {
  const char *format = cli_value(a, "--format"), *names[] = {cli_value(a, "--in"), cli_value(a, "--out")};
  if (format) return format[0];
  for (size_t i = 0; i < 2; i++) {
    if (ends(names[i], ".csv")) return 'c';
    if (ends(names[i], ".jsonl") || ends(names[i], ".ndjson")) return 'j';
    if (ends(names[i], ".arrow") || ends(names[i], ".arrows") || ends(names[i], ".feather")) return 'a';
  }
  return 0;
}

static cli_exit tell(application *p, rows_result result) {
  switch (result) {
    case ROWS_DONE: return CLI_DONE;
    case ROWS_BAD:
      if (format_of(p->arguments) == 'a') return cli_refuse("%s: message %llu: %s", cli_value(p->arguments, "--in"), (unsigned long long)p->job.line, p->job.why);
      return cli_refuse("%s:%llu: a row that cannot be read: %s", cli_value(p->arguments, "--in"), (unsigned long long)p->job.line, p->job.why);
    case ROWS_UNREAD: return no_file("read", cli_value(p->arguments, "--in"), p->in.error);
    case ROWS_UNWRITTEN: return no_file("write", cli_value(p->arguments, "--out"), p->out.error);
    case ROWS_STOPPED:
      if (p->code == CLI_FOUND) fprintf(stderr, "edict: stopped after %llu rows: what permitted them no longer stands\n", (unsigned long long)p->job.rows_in);
      return p->code;
    case ROWS_FAILED:
      if (p->job.status == EDICT_UNSUPPORTED) return cli_refuse("%s: this needs a host that suppresses small groups", p->job.why);
      return p->job.status == EDICT_OK ? CLI_DEFECT : cli_exit_of(p->job.status);
  }
  return CLI_DEFECT;
}

/* The output is whole, or it is not there; a stream's end is told by the exit code. */
static cli_exit finish(application *p, cli_exit code) {
  if (code != CLI_DONE) {
    bool begun = !p->out.is_file && (p->out.offset || p->out.error);
    sink_abandon(&p->out);
    if (begun) fputs("edict: what was written is not whole\n", stderr);
    return code;
  }
  int error = sink_finish(&p->out);
  return error ? no_file("write", cli_value(p->arguments, "--out"), error) : CLI_DONE;
}

static cli_exit run_rows(application *p, char format) {
  const char *null_text = cli_value(p->arguments, "--null"), *delimiter = cli_value(p->arguments, "--delimiter");
  p->job = (rows_job){.product = p->ask.product, .dataset = p->ask.dataset, .decision = p->decision, .in = &p->in, .out = &p->out,
                      .delimiter = !delimiter ? ',' : strcmp(delimiter, "tab") == 0 ? '\t' : delimiter[0],
                      .null_text = null_text ? null_text : "", .skips_bad = cli_flag(p->arguments, "--skip-bad"), .tick = tick, .receipt = keep_receipt, .user = p};
  p->shows_progress = isatty(STDERR_FILENO) && !(p->output == STDOUT_FILENO && !p->out.is_file && isatty(STDOUT_FILENO));
  cli_exit code = tell(p, format == 'c' ? rows_csv(&p->job) : format == 'j' ? rows_json(&p->job) : rows_arrow(&p->job, p->arguments->diagnostics));
  end_progress(p);
  /* A file that is abandoned gave nothing away; a stream did, and its end is missing. */
  if (code == CLI_DONE) code = close_receipt(p, true);
  else if (!p->out.is_file) (void)close_receipt(p, false);
  code = finish(p, code);
  if (code == CLI_DONE) tell_sum(p);
  if (code == CLI_DONE) code = write_receipt(p);
  return code;
}

/* What is only supposed is for rules that nobody signed. */
static cli_exit check_options(const cli_arguments *a) {
  const char *delimiter = cli_value(a, "--delimiter");
  bool supposed = cli_flag(a, "--subject") || cli_flag(a, "--now");
  if (!cli_need(a, "--in") || !cli_need(a, "--out") || !cli_need(a, "--dataset") || !cli_need(a, "--action")) return CLI_USAGE;
  if (supposed && !cli_flag(a, "--rules")) return cli_usage(a, "--subject and --now suppose something: with bundles it takes a --token and the clock");
  if (cli_flag(a, "--log") && (!cli_need(a, "--log-key") || !cli_need(a, "--auditor-key"))) return CLI_USAGE;
  if (supposed && cli_flag(a, "--log")) return cli_usage(a, "what is supposed is not logged");
  if (delimiter && strcmp(delimiter, "tab") != 0 && (strlen(delimiter) != 1 || strchr("\"\r\n", delimiter[0])))
    return cli_usage(a, "--delimiter takes one character, which is no quote and ends no line");
  if (!format_of(a)) return cli_usage(a, "neither name ends in .csv, .jsonl or .arrow: say --format csv, jsonl or arrow");
  return CLI_DONE;
}

static cli_exit prepare(application *p) {
  cli_arguments *a = p->arguments;
  cli_exit code = cli_ask_open(a, &p->ask);
  if (code == CLI_DONE && !cli_random(p->seed, sizeof p->seed)) code = cli_refuse("no randomness is there");
  p->ask.seed = p->seed;
  if (code == CLI_DONE) code = cli_ask_session(a, &p->ask, &p->session);
  if (code == CLI_DONE) code = cli_exit_of(edict_decision_create(p->ask.product, &p->decision));
  if (code == CLI_DONE && cli_flag(a, "--log")) code = of_log(cli_log_open(a, p->ask.set.engine, &p->log));
  return code == CLI_DONE ? decide(p) : code;
}

static void close_all(application *p) {
  rows_close(&p->job);
  edict_decision_destroy(&p->decision);
  edict_session_destroy(&p->session);
  cli_ask_close(&p->ask);
  if (p->input && p->input != stdin) (void)fclose(p->input);
  if (p->output > STDERR_FILENO) (void)close(p->output);
}

static cli_exit run_apply(cli_arguments *a) {
  static application p;
  cli_exit code = check_options(a);
  if (code != CLI_DONE) return code;
  p.arguments = a;
  p.output = -1;
  a->gives = true;
  (void)signal(SIGPIPE, SIG_IGN); /* a closed pipe is a write that failed */
  code = open_input(&p);
  if (code == CLI_DONE) code = prepare(&p);
  if (code == CLI_DONE) code = open_output(&p);
  if (code == CLI_DONE) code = run_rows(&p, format_of(a));
  if (p.log) {
    cli_exit closed = of_log(edict_log_close(&p.log, a->diagnostics));
    if (code == CLI_DONE || code == CLI_FOUND) code = closed == CLI_DONE ? code : closed;
  }
  close_all(&p);
  return code;
}

const cli_verb cli_verb_apply = {
    .name = "apply",
    .synopsis = "--bundle FILE... --trust FILE --product NAME --dataset NAME --action NAME\n"
                "                   --token FILE --in FILE --out FILE [OPTION]...",
    .options = apply_options,
    .run = run_apply,
    .more = "Rows in the format in which they came, without those that are hidden, masked. A file is put in place\n"
            "when all of it is written, and otherwise stays as it was. Ends with 1 and writes nothing where the\n"
            "answer is no. --subject and --now are for --rules alone. Obligations are met that --meets names, and\n"
            "no others. With --log the decision is on the record before the first row is given away, and a receipt\n"
            "of what was given before the file is put in place.\n",
};
