#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Database: one connection to the SQLite file, and the few ways it is used. Belongs to one thread.
// The nouns of this folder are written in these terms; nothing outside store/ includes this.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace gw::store {

// SQL that is a string literal: trusted by its type. SQL made at run time does not compile.
class Sql {
  public:
    template <std::size_t N>
    consteval Sql(const char (&literal)[N])
        : text_(literal, N - 1) {}  // NOLINT: implicit on purpose
    [[nodiscard]] std::string_view text() const { return text_; }

  private:
    std::string_view text_;
};

class Database;

// One scoped use of a prepared statement; gives it back, reset, when it goes.
//
//   TRY(Query query, db.query("SELECT name FROM t WHERE id = ?"));
//   query.bind(id);
//   TRY(const bool is_there, query.step());
//   if (is_there) use(query.text(0));
class Query {
  public:
    Query(Query&& other) noexcept;
    Query& operator=(Query&&) = delete;
    ~Query();

    // Binds the next parameter.
    Query& bind(std::int64_t value);
    Query& bind(int value) { return bind(static_cast<std::int64_t>(value)); }
    Query& bind(bool value) { return bind(static_cast<std::int64_t>(value ? 1 : 0)); }
    Query& bind(std::string_view value);
    Query& bind(base::ByteView value);
    template <typename... Values>
    Query& bind_all(const Values&... values) {
        (bind(values), ...);
        return *this;
    }

    // True when there is a row; false at the end.
    Result<bool> step();
    // For statements without rows.
    Result<void> run();

    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] std::string text(int column) const;
    [[nodiscard]] base::Bytes blob(int column) const;
    [[nodiscard]] bool boolean(int column) const { return integer(column) != 0; }

  private:
    friend class Database;
    Query(Database& db, sqlite3_stmt* statement) : db_(db), statement_(statement) {}
    Database& db_;
    sqlite3_stmt* statement_;
    int next_ = 1;
    int bind_error_ = 0;
};

class Database {
  public:
    enum class Mode { read_write, read_only, create };
    // A path that is no file: a database of this connection's own, gone with it. For tests.
    static constexpr const char* kInMemory = ":memory:";

    // Opens (not read_only: makes) the file with mode 0600 and sets it up: WAL, every commit
    // synced, foreign keys, nothing trusted that the file itself says. create is for a file that
    // nobody relies on yet: nothing is journaled or synced.
    static Result<std::unique_ptr<Database>> open(const std::string& path, Mode mode);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    // Prepared once per literal and kept. A literal in use is prepared a second time.
    Result<Query> query(Sql sql);

    // Several statements without parameters and rows.
    Result<void> execute(Sql sql);
    // The same for a migration's text, which is trusted because the build embedded it.
    Result<void> execute_script(const char* text);

    // False once a transaction has ended; SQLite ends one by itself when the disk fails.
    [[nodiscard]] bool is_in_transaction() const;

    // Rows changed by the last statement.
    [[nodiscard]] std::int64_t changes() const;
    [[nodiscard]] std::int64_t last_id() const;

    // The last failure, in context.
    [[nodiscard]] std::unexpected<Error> failed(std::string_view doing) const;

  private:
    friend class Query;
    explicit Database(sqlite3* handle) : handle_(handle) {}
    Result<void> set_up(Mode mode);
    void give_back(sqlite3_stmt* statement);

    sqlite3* handle_;
    std::unordered_map<const char*, std::vector<sqlite3_stmt*>> free_;  // by the literal's address
    std::unordered_map<sqlite3_stmt*, const char*> literals_;
};

// Rolls back unless committed.
class Transaction {
  public:
    static Result<Transaction> begin(Database& db);
    Transaction(Transaction&& other) noexcept;
    Transaction& operator=(Transaction&&) = delete;
    ~Transaction();
    Result<void> commit();

  private:
    explicit Transaction(Database& db) : db_(&db) {}
    Database* db_;
};

// A transaction inside a transaction: undoes its part unless kept.
class Savepoint {
  public:
    static Result<Savepoint> begin(Database& db);
    Savepoint(Savepoint&& other) noexcept;
    Savepoint& operator=(Savepoint&&) = delete;
    ~Savepoint();
    Result<void> keep();

  private:
    explicit Savepoint(Database& db) : db_(&db) {}
    Database* db_;
};

}  // namespace gw::store
