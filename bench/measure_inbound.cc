// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <thread>
#include <vector>

#include "base/fd.h"
#include "base/ids.h"
#include "base/json.h"
#include "bench/latency.h"
#include "bench/measure.h"
#include "bench/swarm.h"

namespace gw::bench {

namespace {

using Clock = std::chrono::steady_clock;

// Enough people that nobody writes faster than one answers.
constexpr std::size_t kPeople = 4096;
constexpr std::string_view kSaid = "number ";
constexpr std::chrono::seconds kPatience{20};

// An echo network (workers/echo/network.h) in a thread of its own: says one message after the other
// at its time, and takes every answer.
class Network {
  public:
    Network(std::size_t count, double per_second)
        : sent_at_(count), per_second_(per_second), prefix_(base::new_uuid()) {}
    ~Network() {
        has_to_end_ = true;
        if (thread_.joinable()) thread_.join();
    }

    Result<void> listen(std::uint16_t port) {
        listener_ = base::Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const int yes = 1;
        ::setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
            ::listen(listener_.get(), 1) != 0) {
            return fail_errno("listening for the worker");
        }
        return {};
    }

    // The worker has come and wants to hear.
    Result<void> wait_for_worker() {
        if (!is_readable(listener_.get(), kPatience)) {
            return fail(Errc::unavailable, "no worker connects");
        }
        worker_ = base::Fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        const int yes = 1;
        ::setsockopt(worker_.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        while (!has_resumed_) {
            if (!is_readable(worker_.get(), kPatience) || !read()) {
                return fail(Errc::closed, "the worker does not resume");
            }
        }
        return {};
    }

    void start() {
        thread_ = std::thread([this] { run(); });
    }

    [[nodiscard]] Clock::time_point sent_at(std::size_t number) const {
        return sent_at_.at(number).load();
    }
    [[nodiscard]] std::size_t count() const { return sent_at_.size(); }

  private:
    static bool is_readable(int fd, std::chrono::milliseconds at_most) {
        pollfd watched{fd, POLLIN, 0};
        return ::poll(&watched, 1, static_cast<int>(at_most.count())) > 0;
    }

    void run() {
        const auto begin = Clock::now();
        std::size_t said = 0;
        while (!has_to_end_) {
            const std::chrono::duration<double> passed = Clock::now() - begin;
            const auto due = static_cast<std::size_t>(passed.count() * per_second_);
            for (; said < due && said < count(); ++said)
                say(said);
            if (is_readable(worker_.get(), std::chrono::milliseconds(1)) && !read()) return;
        }
    }

    void say(std::size_t number) {
        const std::string n = std::to_string(number);
        std::string line = "EVENT " + prefix_ + '-' + n + ' ' + n + R"( {"from":"person)" +
                           std::to_string(number % kPeople) + R"(","text":")";
        line.append(kSaid).append(n).append(".\"}\n");
        sent_at_[number] = Clock::now();
        write(line);
    }

    // False when the worker is gone.
    bool read() {
        char buffer[64 * 1024];
        const ssize_t got = ::read(worker_.get(), buffer, sizeof buffer);
        if (got <= 0) return false;
        input_.append(buffer, static_cast<std::size_t>(got));
        std::string answers;
        std::size_t begin = 0;
        for (std::size_t end = 0; (end = input_.find('\n', begin)) != std::string::npos;
             begin = end + 1) {
            const std::string_view line = std::string_view(input_).substr(begin, end - begin);
            has_resumed_ = has_resumed_ || line.starts_with("RESUME ");
            if (!line.starts_with("SEND ")) continue;
            const std::string_view ref = line.substr(5, line.find(' ', 5) - 5);
            answers.append("SENT ").append(ref).append(" m\n");
        }
        input_.erase(0, begin);
        write(answers);
        return true;
    }

    void write(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t put = ::send(worker_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (put <= 0) return;  // seen by the next read
            bytes.remove_prefix(static_cast<std::size_t>(put));
        }
    }

    std::vector<std::atomic<Clock::time_point>> sent_at_;
    double per_second_;
    std::string prefix_;
    base::Fd listener_;
    base::Fd worker_;
    std::string input_;
    bool has_resumed_ = false;
    std::atomic<bool> has_to_end_ = false;
    std::thread thread_;
};

// An operator who watches: the answer's final chat event names the message it answers.
class Watcher final : public Swarm {
  public:
    Watcher(Login login, const Network& network)
        : Swarm(std::move(login)), network_(network), is_seen_(network.count()) {}

    Result<void> run() {
        return turn_until([this] { return seen_ == is_seen_.size() || closed_count_ > 0; },
                          std::chrono::seconds(120));
    }

    void on_message(Connection&, std::string_view text) override {
        if (text.find(R"("event":"chat")") == std::string_view::npos) return;
        if (text.find(R"("state":"final")") == std::string_view::npos) return;
        const std::size_t at = text.rfind(kSaid);
        if (at == std::string_view::npos) return;
        std::size_t number = is_seen_.size();
        std::from_chars(text.data() + at + kSaid.size(), text.data() + text.size(), number);
        if (number >= is_seen_.size() || is_seen_[number]) {
            ++wrong_;
            return;
        }
        is_seen_[number] = true;
        ++seen_;
        latencies_.add(network_.sent_at(number), Clock::now());
    }

    [[nodiscard]] std::size_t seen() const { return seen_; }
    [[nodiscard]] std::size_t wrong() const {
        return wrong_ + closed_count_ + is_seen_.size() - seen_;
    }
    Latencies& latencies() { return latencies_; }

  private:
    const Network& network_;
    std::vector<bool> is_seen_;
    std::size_t seen_ = 0;
    std::size_t wrong_ = 0;
    Latencies latencies_;
};

}  // namespace

Result<void> measure_inbound(const Options& options) {
    const auto rate = static_cast<double>(options.number("rate", 500));
    const auto milliseconds = static_cast<double>(options.number("milliseconds", 1000));
    Network network(static_cast<std::size_t>(rate * milliseconds / 1000), rate);
    TRY_VOID(network.listen(static_cast<std::uint16_t>(options.number("network", 0))));
    Watcher watcher(options.login(), network);
    TRY_VOID(watcher.gather(1));
    TRY_VOID(network.wait_for_worker());
    network.start();
    TRY_VOID(watcher.run());

    std::string line;
    json::Writer(line)
        .begin_object()
        .field("messages", watcher.seen())
        .field("p50_us", watcher.latencies().percentile(50))
        .field("p99_us", watcher.latencies().percentile(99))
        .end_object();
    std::puts(line.c_str());
    if (watcher.wrong() == 0) return {};
    return fail(Errc::corrupt, std::to_string(watcher.wrong()) + " messages wrong or missing");
}

}  // namespace gw::bench
