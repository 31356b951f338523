// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "store/database.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <utility>

namespace gw::store {

namespace {

Errc code_of(int sqlite_error) {
    switch (sqlite_error & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return Errc::unavailable;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB: return Errc::corrupt;
        case SQLITE_CONSTRAINT: return Errc::already_exists;
        case SQLITE_FULL: return Errc::limit_exceeded;
        case SQLITE_PERM:
        case SQLITE_READONLY:
        case SQLITE_AUTH: return Errc::permission_denied;
        default: return Errc::io;
    }
}

// SQLite's own locks are per process: each connection belongs to one thread, so it needs none.
bool set_up_library() {
    static const bool is_done = [] {
        sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
        sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
        return sqlite3_initialize() == SQLITE_OK;
    }();
    return is_done;
}

// The file exists with its mode before SQLite sees it; -wal and -shm take the mode of the file.
Result<void> make_file(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return fail_errno("open " + path);
    ::close(fd);
    return {};
}

}  // namespace

Result<std::unique_ptr<Database>> Database::open(const std::string& path, Mode mode) {
    if (!set_up_library()) return fail(Errc::io, "SQLite cannot start");
    const bool is_file = path != kInMemory;
    if (is_file && mode != Mode::read_only) TRY_VOID(make_file(path));
    sqlite3* handle = nullptr;
    const int flags = (mode == Mode::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) |
                      SQLITE_OPEN_NOMUTEX;
    const int error = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
    std::unique_ptr<Database> db(new Database(handle));
    if (error != SQLITE_OK) return db->failed("open " + path);
    sqlite3_extended_result_codes(handle, 1);
    sqlite3_busy_timeout(handle, 5000);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    if (const auto ready = db->set_up(mode); !ready) {
        return std::unexpected(ready.error().in("opening the database " + path));
    }
    return db;
}

Result<void> Database::set_up(Mode mode) {
    switch (mode) {
        case Mode::read_write:
            return execute(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                "PRAGMA foreign_keys = ON; PRAGMA cache_size = -768;"
                "PRAGMA wal_autocheckpoint = 1000;");
        case Mode::read_only: return execute("PRAGMA query_only = ON; PRAGMA cache_size = -512;");
        case Mode::create:
            return execute("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF;");
    }
    return {};
}

Database::~Database() {
    for (auto& [literal, statements] : free_) {
        for (sqlite3_stmt* statement : statements)
            sqlite3_finalize(statement);
    }
    sqlite3_close_v2(handle_);
}

std::unexpected<Error> Database::failed(std::string_view doing) const {
    const int code = sqlite3_extended_errcode(handle_);
    return std::unexpected(Error{code_of(code), sqlite3_errmsg(handle_)}.in(doing));
}

Result<Query> Database::query(Sql sql) {
    auto& available = free_[sql.text().data()];
    sqlite3_stmt* statement = nullptr;
    if (!available.empty()) {
        statement = available.back();
        available.pop_back();
    } else {
        const int error =
            sqlite3_prepare_v3(handle_, sql.text().data(), static_cast<int>(sql.text().size()),
                               SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
        if (error != SQLITE_OK) return failed(sql.text().substr(0, 60));
        literals_.emplace(statement, sql.text().data());
    }
    return Query(*this, statement);
}

void Database::give_back(sqlite3_stmt* statement) {
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    free_[literals_.at(statement)].push_back(statement);
}

Result<void> Database::execute(Sql sql) {
    return execute_script(sql.text().data());
}

Result<void> Database::execute_script(const char* text) {
    if (sqlite3_exec(handle_, text, nullptr, nullptr, nullptr) == SQLITE_OK) return {};
    return failed(std::string_view(text).substr(0, 60));
}

bool Database::is_in_transaction() const {
    return sqlite3_get_autocommit(handle_) == 0;
}

std::int64_t Database::changes() const {
    return sqlite3_changes64(handle_);
}

std::int64_t Database::last_id() const {
    return sqlite3_last_insert_rowid(handle_);
}

Query::Query(Query&& other) noexcept
    : db_(other.db_),
      statement_(std::exchange(other.statement_, nullptr)),
      next_(other.next_),
      bind_error_(other.bind_error_) {}

Query::~Query() {
    if (statement_ != nullptr) db_.give_back(statement_);
}

Query& Query::bind(std::int64_t value) {
    bind_error_ |= sqlite3_bind_int64(statement_, next_++, value);
    return *this;
}

Query& Query::bind(std::string_view value) {
    // A view without memory would bind NULL.
    const char* data = value.empty() ? "" : value.data();
    bind_error_ |=
        sqlite3_bind_text64(statement_, next_++, data, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    return *this;
}

Query& Query::bind(base::ByteView value) {
    // Bytes without memory would bind NULL.
    const void* data = value.empty() ? static_cast<const void*>("") : value.data();
    bind_error_ |= sqlite3_bind_blob64(statement_, next_++, data, value.size(), SQLITE_TRANSIENT);
    return *this;
}

Result<bool> Query::step() {
    const std::string_view sql = std::string_view(sqlite3_sql(statement_)).substr(0, 60);
    if (bind_error_ != SQLITE_OK) return db_.failed(sql);
    const int outcome = sqlite3_step(statement_);
    if (outcome == SQLITE_ROW) return true;
    if (outcome == SQLITE_DONE) return false;
    return db_.failed(sql);
}

Result<void> Query::run() {
    TRY([[maybe_unused]] const bool has_row, step());
    return {};
}

std::int64_t Query::integer(int column) const {
    return sqlite3_column_int64(statement_, column);
}

std::string Query::text(int column) const {
    const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    if (data == nullptr) return {};
    return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

base::Bytes Query::blob(int column) const {
    const auto* data = static_cast<const std::byte*>(sqlite3_column_blob(statement_, column));
    if (data == nullptr) return {};
    return {data, data + sqlite3_column_bytes(statement_, column)};
}

Result<Transaction> Transaction::begin(Database& db) {
    TRY(Query query, db.query("BEGIN IMMEDIATE"));
    TRY_VOID(query.run());
    return Transaction(db);
}

Transaction::Transaction(Transaction&& other) noexcept : db_(std::exchange(other.db_, nullptr)) {}

Transaction::~Transaction() {
    // A failure has rolled back already, or there is nothing more to be done about it here.
    if (db_ != nullptr) static_cast<void>(db_->execute("ROLLBACK"));
}

Result<void> Transaction::commit() {
    TRY(Query query, db_->query("COMMIT"));
    TRY_VOID(query.run());
    db_ = nullptr;
    return {};
}

Result<Savepoint> Savepoint::begin(Database& db) {
    TRY(Query query, db.query("SAVEPOINT job"));
    TRY_VOID(query.run());
    return Savepoint(db);
}

Savepoint::Savepoint(Savepoint&& other) noexcept : db_(std::exchange(other.db_, nullptr)) {}

Savepoint::~Savepoint() {
    if (db_ != nullptr) static_cast<void>(db_->execute("ROLLBACK TO job; RELEASE job"));
}

Result<void> Savepoint::keep() {
    TRY(Query query, db_->query("RELEASE job"));
    TRY_VOID(query.run());
    db_ = nullptr;
    return {};
}

}  // namespace gw::store
