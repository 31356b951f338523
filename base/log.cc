// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "base/log.h"

#include "base/log_line.h"
#include "base/log_ring.h"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>

namespace gw::log {

namespace {

std::int64_t micros_now() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

// Lines arrive complete, so spdlog only adds the newline. It writes and flushes each as a whole.
std::unique_ptr<spdlog::logger> make_logger(spdlog::sink_ptr sink) {
    auto logger = std::make_unique<spdlog::logger>("gw", std::move(sink));
    logger->set_formatter(std::make_unique<spdlog::pattern_formatter>("%v"));
    logger->set_level(spdlog::level::trace);  // ours is the level that filters
    logger->flush_on(spdlog::level::trace);
    return logger;
}

// The one object of the process that everybody reaches: a log that had to be handed through every
// constructor would be left out where it is needed most.
class Log {
  public:
    void start(const Options& options) {
        const std::lock_guard lock(mutex_);
        format_ = options.format;
        color_ = options.color ? Color::yes : Color::no;
        level_.store(options.level, std::memory_order_relaxed);
        ring_.set_max_bytes(options.tail_bytes);
        out_ = make_logger(std::make_shared<spdlog::sinks::stdout_sink_st>());
    }

    void write(const Event& event) {
        if (event.level < level_.load(std::memory_order_relaxed)) return;
        const std::lock_guard lock(mutex_);
        if (!out_) out_ = make_logger(std::make_shared<spdlog::sinks::stderr_sink_st>());
        out_->log(spdlog::level::info,
                  format_ == Format::json ? json_line(event) : text_line(event, color_));
        ring_.push(tail_line(event));
    }

    Tail tail(const std::uint64_t* since, std::size_t max_lines, std::size_t max_bytes) {
        const std::lock_guard lock(mutex_);
        return ring_.tail(since, max_lines, max_bytes);
    }

  private:
    std::atomic<Level> level_ = Options{}.level;
    std::mutex mutex_;  // guards what follows
    Format format_ = Options{}.format;
    Color color_ = Color::no;
    std::unique_ptr<spdlog::logger> out_;
    // A process that logs less than a byte per microsecond ends below the start of the next one.
    // Microseconds also stay exact as JavaScript numbers.
    Ring ring_{static_cast<std::uint64_t>(micros_now()), Options{}.tail_bytes};
};

Log& process_log() {
    // Never destroyed: threads and destructors may still log while the process exits.
    static Log& log = *new Log;
    return log;
}

}  // namespace

void start(const Options& options) {
    process_log().start(options);
}

void write(Level level, std::string_view room, std::string_view message,
           std::initializer_list<Field> fields) {
    process_log().write({micros_now() / 1000, level, room, message, fields});
}

Tail tail(const std::uint64_t* since, std::size_t max_lines, std::size_t max_bytes) {
    return process_log().tail(since, max_lines, max_bytes);
}

}  // namespace gw::log
