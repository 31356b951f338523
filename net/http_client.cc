// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "net/http_client.h"

#include <map>
#include <utility>

#include "loop/fd_watch.h"
#include "net/http_transfer.h"

namespace gw::net {

namespace {

struct Ongoing {
    std::unique_ptr<HttpTransfer> transfer;
    HttpClient::Done done;  // empty: nobody waits any more
};

}  // namespace

// libcurl tells us which sockets to watch and when to wake it; we tell it what happened. It may not
// be entered again from inside its own callbacks, so what is cancelled there goes afterwards.
struct HttpClient::State {
    State(loop::Loop& l, Options o)
        : loop(l), options(std::move(o)), timer(l, [this] { act(CURL_SOCKET_TIMEOUT, 0); }) {}
    ~State();
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    [[nodiscard]] bool open();
    [[nodiscard]] Call begin(Request request, Sink sink, Done done);
    void refuse(std::uint64_t id, Error why);
    void act(curl_socket_t socket, int events);
    void collect();
    [[nodiscard]] std::optional<std::pair<Done, Outcome>> find_over();
    void cancel(std::uint64_t id);
    void remove(std::map<std::uint64_t, Ongoing>::iterator ongoing);
    void watch(curl_socket_t socket, int what);

    static int on_socket(CURL*, curl_socket_t socket, int what, void* self, void*);
    static int on_timer(CURLM*, long after_ms, void* self);

    loop::Loop& loop;
    Options options;
    CURLM* multi = nullptr;
    loop::Timer timer;
    std::map<curl_socket_t, std::unique_ptr<loop::FdWatch>> watches;
    std::map<std::uint64_t, Ongoing> calls;
    std::map<std::uint64_t, Outcome> refused;  // answered later in this turn
    std::uint64_t last_id = 0;
    bool is_inside = false;  // libcurl is running
    std::shared_ptr<State*> alive = std::make_shared<State*>(this);
};

struct HttpClient::Call::Link {
    std::weak_ptr<State*> client;
    std::uint64_t id = 0;
};

HttpClient::Call::Call(Call&& other) noexcept : link_(std::move(other.link_)) {}

HttpClient::Call& HttpClient::Call::operator=(Call&& other) noexcept {
    if (this == &other) return *this;
    cancel();
    link_ = std::move(other.link_);
    return *this;
}

void HttpClient::Call::cancel() {
    const auto link = std::exchange(link_, nullptr);
    if (!link) return;
    if (const auto client = link->client.lock()) (*client)->cancel(link->id);
}

bool HttpClient::Call::is_open() const {
    if (!link_) return false;
    const auto client = link_->client.lock();
    if (!client) return false;
    const auto found = (*client)->calls.find(link_->id);
    return found != (*client)->calls.end() && found->second.done;
}

HttpClient::State::~State() {
    alive.reset();
    for (const auto& [id, ongoing] : calls) {
        if (ongoing.transfer) curl_multi_remove_handle(multi, ongoing.transfer->easy());
    }
    calls.clear();
    // Closes kept connections, and with them the watches.
    if (multi != nullptr) curl_multi_cleanup(multi);
    watches.clear();
    curl_global_cleanup();
}

bool HttpClient::State::open() {
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return false;
    multi = curl_multi_init();
    return multi != nullptr &&
           curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, &State::on_socket) == CURLM_OK &&
           curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, this) == CURLM_OK &&
           curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, &State::on_timer) == CURLM_OK &&
           curl_multi_setopt(multi, CURLMOPT_TIMERDATA, this) == CURLM_OK &&
           curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS,
                             static_cast<long>(options.max_connections)) == CURLM_OK;
}

HttpClient::Call HttpClient::State::begin(Request request, Sink sink, Done done) {
    const std::uint64_t id = ++last_id;
    Call call;
    call.link_ = std::make_shared<Call::Link>(alive, id);
    const bool is_full = calls.size() >= kMaxCalls;
    Ongoing& ongoing = calls[id];
    ongoing.done = std::move(done);
    if (is_full) {
        refuse(id, {Errc::limit_exceeded, "too many requests at once"});
        return call;
    }
    auto transfer = std::make_unique<HttpTransfer>(std::move(request), std::move(sink));
    if (!transfer->set_up(options)) {
        refuse(id, {Errc::invalid_input, "the request or the proxy is malformed"});
        return call;
    }
    curl_easy_setopt(transfer->easy(), CURLOPT_PRIVATE, reinterpret_cast<void*>(id));
    if (curl_multi_add_handle(multi, transfer->easy()) != CURLM_OK) {
        refuse(id, {Errc::unavailable, "out of memory"});
        return call;
    }
    ongoing.transfer = std::move(transfer);
    return call;
}

void HttpClient::State::refuse(std::uint64_t id, Error why) {
    refused.emplace(id, std::unexpected(Failure{Reach::nothing, std::move(why)}));
    loop.defer([client = std::weak_ptr(alive)] {
        // Nothing is held while others are told: that is how collect() notices that we are gone.
        State* state = nullptr;
        if (const auto living = client.lock()) state = *living;
        if (state != nullptr) state->collect();
    });
}

void HttpClient::State::act(curl_socket_t socket, int events) {
    int running = 0;
    is_inside = true;
    curl_multi_socket_action(multi, socket, events, &running);
    is_inside = false;
    collect();
}

// Tells who waits, one by one: each may cancel others, or destroy this client.
void HttpClient::State::collect() {
    const std::weak_ptr<State*> client = alive;
    while (!client.expired()) {
        auto over = find_over();
        if (!over) break;
        if (over->first) over->first(std::move(over->second));
    }
    if (client.expired()) return;
    for (auto ongoing = calls.begin(); ongoing != calls.end();) {
        const auto next = std::next(ongoing);
        if (!ongoing->second.done) remove(ongoing);
        ongoing = next;
    }
}

std::optional<std::pair<HttpClient::Done, HttpClient::Outcome>> HttpClient::State::find_over() {
    while (!refused.empty()) {
        auto first = refused.extract(refused.begin());
        const auto ongoing = calls.find(first.key());
        if (ongoing == calls.end()) continue;
        std::pair over(std::move(ongoing->second.done), std::move(first.mapped()));
        calls.erase(ongoing);
        return over;
    }
    int left = 0;
    const CURLMsg* message = curl_multi_info_read(multi, &left);
    if (message == nullptr) return std::nullopt;
    void* id = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &id);
    const auto ongoing = calls.find(reinterpret_cast<std::uint64_t>(id));
    std::pair over(std::move(ongoing->second.done),
                   ongoing->second.transfer->outcome(message->data.result));
    remove(ongoing);
    return over;
}

void HttpClient::State::remove(std::map<std::uint64_t, Ongoing>::iterator ongoing) {
    if (ongoing->second.transfer) {
        curl_multi_remove_handle(multi, ongoing->second.transfer->easy());
    }
    calls.erase(ongoing);
}

void HttpClient::State::cancel(std::uint64_t id) {
    const auto ongoing = calls.find(id);
    if (ongoing == calls.end()) return;
    ongoing->second.done = nullptr;
    if (!is_inside) remove(ongoing);
}

void HttpClient::State::watch(curl_socket_t socket, int what) {
    if (what == CURL_POLL_REMOVE) {
        watches.erase(socket);
        return;
    }
    auto& watch = watches[socket];
    if (!watch) {
        watch = std::make_unique<loop::FdWatch>(loop, socket, [this, socket](loop::Readiness seen) {
            act(socket,
                (seen.readable ? CURL_CSELECT_IN : 0) | (seen.writable ? CURL_CSELECT_OUT : 0));
        });
    }
    watch->watch_for({.readable = what == CURL_POLL_IN || what == CURL_POLL_INOUT,
                      .writable = what == CURL_POLL_OUT || what == CURL_POLL_INOUT});
}

int HttpClient::State::on_socket(CURL*, curl_socket_t socket, int what, void* self, void*) {
    static_cast<State*>(self)->watch(socket, what);
    return 0;
}

int HttpClient::State::on_timer(CURLM*, long after_ms, void* self) {
    auto& timer = static_cast<State*>(self)->timer;
    if (after_ms < 0) {
        timer.stop();
    } else {
        timer.start(std::chrono::milliseconds(after_ms));
    }
    return 0;
}

HttpClient::HttpClient(std::unique_ptr<State> state) : state_(std::move(state)) {}
HttpClient::~HttpClient() = default;

Result<std::unique_ptr<HttpClient>> HttpClient::create(loop::Loop& loop, Options options) {
    auto state = std::make_unique<State>(loop, std::move(options));
    if (!state->open()) return fail(Errc::unavailable, "cannot start libcurl");
    return std::unique_ptr<HttpClient>(new HttpClient(std::move(state)));
}

HttpClient::Call HttpClient::send(Request request, Done done) {
    return state_->begin(std::move(request), nullptr, std::move(done));
}

HttpClient::Call HttpClient::download(Request request, Sink sink, Done done) {
    return state_->begin(std::move(request), std::move(sink), std::move(done));
}

std::optional<std::string> HttpClient::Response::find_header(std::string_view name) const {
    for (const HttpHeader& header : headers) {
        if (header.name == name) return header.value;
    }
    return std::nullopt;
}

}  // namespace gw::net
