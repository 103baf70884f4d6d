/* Demo data: 20,000 customers and 100,000 orders in a SQLite file, the same for the same day.
 *
 *   demo-data FILE YYYY-MM-DD
 *
 * Names, mails, phones, countries, amounts and times over the four years before the day; nulls,
 * non-ASCII text and ugly values (empty texts, quotes, emoji, texts where a time is due, times in the
 * future) are among them, as in data that people keep. A small generator of its own, seeded with the
 * row's number, so that no library's changes change the data. */
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define CUSTOMERS 20000
#define ORDERS 100000

static uint64_t mix(uint64_t x) { /* SplitMix64 */
  x += UINT64_C(0x9E3779B97F4A7C15);
  x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
  return x ^ (x >> 31);
}

static uint64_t state;
static uint64_t draw(uint64_t below) { return (state = mix(state)) % below; }

static const char *const first_names[] = {"Ada", "Björn", "Chloé", "Dmitri", "Élodie", "Fatma", "Gül", "Hans", "Ines", "João",
                                          "Kaede", "Łukasz", "Mei", "Núria", "Oğuz", "Priya", "Quentin", "Rosa", "Søren", "Þóra"};
static const char *const last_names[] = {"Müller", "O'Brien", "Nguyễn", "García", "Ståhl", "van der Berg", "Петров", "Çelik", "Smith", "Rossi",
                                         "Kowalska", "İnan", "D\"Angelo", "王", "Şahin", "Ferreira", "Ngô", "Łoś", "Weiß", "Åkesson"};
static const char *const countries[] = {"de", "fr", "nl", "se", "us", "br"};
static const char *const prefixes[] = {"+49", "+33", "+31", "+46", "+1", "+55"};
static const char *const items[] = {"lamp", "chair", "tea pot", "книга", "bicycle 🚲", "shelf", "notebook", "umbrella"};
static const char *const notes[] = {"", "calls after 18h", "prefers mail; \"urgent\"", "VIP\ttab", "überall bekannt", "x'; DROP TABLE orders; --"};

/* Days since 1970-01-01 of a civil date (proleptic Gregorian). */
static int64_t days_from(int y, int m, int d) {
  y -= m <= 2;
  int64_t era = (y >= 0 ? y : y - 399) / 400, yoe = y - era * 400;
  int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
  return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static void write_time(int64_t day, int64_t second, char out[32]) {
  int64_t z = day + 719468, era = z / 146097, doe = z - era * 146097;
  int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365, doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  int64_t mp = (5 * doy + 2) / 153, d = doy - (153 * mp + 2) / 5 + 1, m = mp < 10 ? mp + 3 : mp - 9;
  int64_t y = yoe + era * 400 + (m <= 2);
  snprintf(out, 32, "%04d-%02d-%02dT%02d:%02d:%02dZ", (int)y, (int)m, (int)d, (int)(second / 3600), (int)(second / 60 % 60),
           (int)(second % 60));
}

/* A time in the four years before `today`, a few of them ugly. */
static const char *some_time(int64_t today, char out[32]) {
  uint64_t kind = draw(1000);
  if (kind == 0) return "yesterday";
  if (kind == 1) return NULL;
  write_time(kind == 2 ? today + 30 : today - (int64_t)draw(1461), (int64_t)draw(86400), out);
  return out;
}

static int bind_text(sqlite3_stmt *s, int at, const char *text) {
  return text ? sqlite3_bind_text(s, at, text, -1, SQLITE_TRANSIENT) : sqlite3_bind_null(s, at);
}

static int insert(sqlite3 *db, sqlite3_stmt *s) {
  int rc = sqlite3_step(s);
  sqlite3_reset(s);
  if (rc != SQLITE_DONE) fprintf(stderr, "demo-data: %s\n", sqlite3_errmsg(db));
  return rc == SQLITE_DONE ? 0 : 1;
}

/* A customer's country is drawn from its number alone, so that its orders have the same. */
static size_t country_of(uint64_t customer) { return (size_t)(mix(customer * 7919) % 12 % 6); }

static int add_customer(sqlite3 *db, sqlite3_stmt *s, uint64_t id, int64_t today) {
  char name[128], mail[128], phone[64], since[32];
  state = mix(id);
  const char *first = first_names[draw(20)], *last = last_names[draw(20)];
  size_t country = country_of(id);
  snprintf(name, sizeof name, "%s %s", first, last);
  snprintf(mail, sizeof mail, "user%llu.%llu@mail%llu.example", (unsigned long long)id, (unsigned long long)draw(1000), (unsigned long long)draw(9));
  snprintf(phone, sizeof phone, "%s%08llu", prefixes[country], (unsigned long long)draw(100000000));
  sqlite3_bind_int64(s, 1, (sqlite3_int64)id);
  bind_text(s, 2, draw(50) == 0 ? NULL : name);
  bind_text(s, 3, draw(40) == 0 ? "" : mail);
  bind_text(s, 4, draw(30) == 0 ? NULL : phone);
  bind_text(s, 5, draw(200) == 0 ? "atlantis" : countries[country]);
  bind_text(s, 6, draw(3) ? NULL : notes[draw(6)]);
  bind_text(s, 7, some_time(today, since));
  return insert(db, s);
}

static int add_order(sqlite3 *db, sqlite3_stmt *s, uint64_t id, int64_t today) {
  char amount[32], when[32];
  state = mix(id + UINT64_C(1000000007));
  uint64_t customer = draw(CUSTOMERS) + 1;
  snprintf(amount, sizeof amount, "%llu.%02llu", (unsigned long long)draw(2000), (unsigned long long)draw(100));
  uint64_t status = draw(100);
  sqlite3_bind_int64(s, 1, (sqlite3_int64)id);
  sqlite3_bind_int64(s, 2, (sqlite3_int64)customer);
  bind_text(s, 3, items[draw(8)]);
  bind_text(s, 4, draw(500) == 0 ? "n/a" : amount);
  bind_text(s, 5, status < 2 ? "test" : status < 10 ? "returned" : status == 10 ? NULL : "paid");
  bind_text(s, 6, countries[country_of(customer)]);
  bind_text(s, 7, some_time(today, when));
  return insert(db, s);
}

static const char schema[] =
    "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;"
    "CREATE TABLE customers(customer_id INTEGER PRIMARY KEY, name TEXT, email TEXT, phone TEXT, country TEXT, note TEXT, since TEXT);"
    "CREATE TABLE orders(order_id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL, item TEXT, amount TEXT, status TEXT, country TEXT, ordered_at TEXT);"
    "BEGIN";

static int fill(sqlite3 *db, int64_t today) {
  sqlite3_stmt *customers = NULL, *orders = NULL;
  int failed = sqlite3_exec(db, schema, NULL, NULL, NULL) != SQLITE_OK ||
               sqlite3_prepare_v2(db, "INSERT INTO customers VALUES(?,?,?,?,?,?,?)", -1, &customers, NULL) != SQLITE_OK ||
               sqlite3_prepare_v2(db, "INSERT INTO orders VALUES(?,?,?,?,?,?,?)", -1, &orders, NULL) != SQLITE_OK;
  for (uint64_t i = 1; i <= CUSTOMERS && !failed; i++) failed = add_customer(db, customers, i, today);
  for (uint64_t i = 1; i <= ORDERS && !failed; i++) failed = add_order(db, orders, i, today);
  sqlite3_finalize(customers);
  sqlite3_finalize(orders);
  if (!failed) failed = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK;
  if (failed) fprintf(stderr, "demo-data: %s\n", sqlite3_errmsg(db));
  return failed;
}

int main(int argc, char **argv) {
  int year, month, day;
  char rest;
  if (argc != 3 || sscanf(argv[2], "%4d-%2d-%2d%c", &year, &month, &day, &rest) != 3) {
    fputs("usage: demo-data FILE YYYY-MM-DD\n", stderr);
    return 2;
  }
  sqlite3 *db = NULL;
  remove(argv[1]);
  int failed = sqlite3_open(argv[1], &db) != SQLITE_OK;
  if (failed) fprintf(stderr, "demo-data: %s\n", sqlite3_errmsg(db));
  else failed = fill(db, days_from(year, month, day));
  sqlite3_close(db);
  return failed ? 1 : 0;
}
