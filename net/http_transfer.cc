// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "net/http_transfer.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <utility>

namespace gw::net {

namespace {

constexpr std::size_t kMaxHeaderBytes = 64 * 1024;

// A server closes an idle connection when it likes. What we send into it in that moment may have
// been carried out or not, so connections that idled long are not used again.
constexpr long kMaxIdleSeconds = 30;

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

template <typename T>
bool set(CURL* easy, CURLoption option, T value) {
    return curl_easy_setopt(easy, option, value) == CURLE_OK;
}

bool has_effects(const std::string& method) {
    return method != "GET" && method != "HEAD";
}

Errc errc_of(CURLcode code) {
    if (code == CURLE_OPERATION_TIMEDOUT) return Errc::timed_out;
    if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL)
        return Errc::invalid_input;
    return Errc::unavailable;
}

}  // namespace

HttpTransfer::HttpTransfer(HttpClient::Request request, HttpClient::Sink sink)
    : request_(std::move(request)), sink_(std::move(sink)), easy_(curl_easy_init()) {}

bool HttpTransfer::set_up(const HttpClient::Options& options) {
    CURL* easy = easy_.get();
    if (easy == nullptr) return false;
    const bool follows = request_.max_redirects > 0 && request_.method == "GET";
    // An empty proxy also keeps libcurl from reading the environment.
    bool is_set = set(easy, CURLOPT_URL, request_.url.c_str()) &&
                  set(easy, CURLOPT_PROTOCOLS_STR, "http,https") &&
                  set(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https") &&
                  set(easy, CURLOPT_PROXY, options.proxy.c_str()) &&
                  set(easy, CURLOPT_NOSIGNAL, 1L) &&
                  // Else the end of a call waits for a resolver that hangs, and the loop with it.
                  set(easy, CURLOPT_QUICK_EXIT, 1L) &&
                  set(easy, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1}) &&
                  set(easy, CURLOPT_MAXAGE_CONN, kMaxIdleSeconds) &&
                  set(easy, CURLOPT_FOLLOWLOCATION, follows ? 1L : 0L) &&
                  set(easy, CURLOPT_MAXREDIRS, long{request_.max_redirects}) &&
                  set(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(request_.deadline.count())) &&
                  set(easy, CURLOPT_CONNECTTIMEOUT_MS,
                      static_cast<long>(request_.connect_deadline.count())) &&
                  set(easy, CURLOPT_ERRORBUFFER, static_cast<char*>(why_));
    if (!options.ca_file.empty()) {
        is_set = is_set && set(easy, CURLOPT_CAINFO, options.ca_file.c_str());
    }
    return is_set && set(easy, CURLOPT_PREREQFUNCTION, &HttpTransfer::on_begin) &&
           set(easy, CURLOPT_PREREQDATA, static_cast<void*>(this)) &&
           set(easy, CURLOPT_HEADERFUNCTION, &HttpTransfer::on_header) &&
           set(easy, CURLOPT_HEADERDATA, static_cast<void*>(this)) &&
           set(easy, CURLOPT_WRITEFUNCTION, &HttpTransfer::on_body) &&
           set(easy, CURLOPT_WRITEDATA, static_cast<void*>(this)) && add_headers() &&
           (request_.parts.empty() ? add_body() : add_parts());
}

bool HttpTransfer::add_headers() {
    // Without it libcurl waits a second for a server's leave to send a large body.
    std::vector<std::string> lines = {"Expect:"};
    for (const HttpHeader& header : request_.headers)
        lines.push_back(header.name + ": " + header.value);
    for (const std::string& line : lines) {
        if (line.find_first_of("\r\n") != std::string::npos) return false;
        curl_slist* more = curl_slist_append(headers_.get(), line.c_str());
        if (more == nullptr) return false;
        static_cast<void>(headers_.release());
        headers_.reset(more);
    }
    return set(easy_.get(), CURLOPT_HTTPHEADER, headers_.get());
}

bool HttpTransfer::add_body() {
    if (!has_effects(request_.method) && request_.body.empty()) {
        return request_.method == "GET" || set(easy_.get(), CURLOPT_NOBODY, 1L);
    }
    sources_.push_back({.content = &request_.body});
    return set(easy_.get(), CURLOPT_POST, 1L) &&
           set(easy_.get(), CURLOPT_CUSTOMREQUEST, request_.method.c_str()) &&
           set(easy_.get(), CURLOPT_POSTFIELDSIZE_LARGE,
               static_cast<curl_off_t>(request_.body.size())) &&
           set(easy_.get(), CURLOPT_READFUNCTION, &HttpTransfer::on_read) &&
           set(easy_.get(), CURLOPT_READDATA, static_cast<void*>(&sources_.back()));
}

bool HttpTransfer::add_parts() {
    mime_.reset(curl_mime_init(easy_.get()));
    if (!mime_) return false;
    sources_.reserve(request_.parts.size());  // libcurl keeps their addresses
    for (const HttpClient::Part& part : request_.parts) {
        curl_mimepart* one = curl_mime_addpart(mime_.get());
        sources_.push_back({.content = &part.content});
        if (one == nullptr || curl_mime_name(one, part.name.c_str()) != CURLE_OK ||
            curl_mime_data_cb(one, static_cast<curl_off_t>(part.content.size()),
                              &HttpTransfer::on_read, nullptr, nullptr,
                              &sources_.back()) != CURLE_OK) {
            return false;
        }
        if (!part.filename.empty()) curl_mime_filename(one, part.filename.c_str());
        if (!part.content_type.empty()) curl_mime_type(one, part.content_type.c_str());
    }
    return set(easy_.get(), CURLOPT_MIMEPOST, mime_.get()) &&
           set(easy_.get(), CURLOPT_CUSTOMREQUEST, request_.method.c_str());
}

HttpClient::Outcome HttpTransfer::outcome(CURLcode code) {
    if (code == CURLE_OK) {
        long status = 0;
        curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
        response_.status = static_cast<int>(status);
        return std::move(response_);
    }
    const auto reach = begins_ == 0 ? HttpClient::Reach::nothing : HttpClient::Reach::maybe;
    if (!too_much_.empty()) {
        return std::unexpected(
            HttpClient::Failure{reach, {Errc::limit_exceeded, std::move(too_much_)}});
    }
    std::string why(why_[0] != '\0' ? why_ : curl_easy_strerror(code));
    // libcurl names the URL where it cannot read one.
    if (code == CURLE_URL_MALFORMAT) why = "the URL is malformed";
    return std::unexpected(HttpClient::Failure{reach, {errc_of(code), std::move(why)}});
}

// libcurl asks before every time it writes the request: after each redirect, and again on a new
// connection when a kept one was closed without an answer. In the latter case nobody knows whether
// the server has carried the request out.
bool HttpTransfer::may_begin() {
    if (++begins_ > 1 && has_effects(request_.method)) {
        too_much_ = "the server closed the connection without an answer";
        return false;
    }
    return true;
}

bool HttpTransfer::take_header(std::string_view line) {
    header_bytes_ += line.size();
    if (header_bytes_ > kMaxHeaderBytes) {
        too_much_ = "the answer has more than 64 KiB of headers";
        return false;
    }
    // Of several heads (a redirect, 100 Continue) the last one counts.
    if (line.starts_with("HTTP/")) {
        response_.headers.clear();
        response_.body.clear();
        return true;
    }
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return true;
    response_.headers.push_back(
        {lower(trim(line.substr(0, colon))), std::string(trim(line.substr(colon + 1)))});
    return true;
}

bool HttpTransfer::is_sunk() {
    if (!sink_) return false;
    long status = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    return status < 300;
}

bool HttpTransfer::take_body(std::string_view piece) {
    if (is_sunk()) {
        if (sink_(piece)) return true;
        too_much_ = "the answer is larger than wanted";
        return false;
    }
    if (response_.body.size() + piece.size() > request_.max_body) {
        too_much_ = "the answer has more than " + std::to_string(request_.max_body) + " bytes";
        return false;
    }
    response_.body += piece;
    return true;
}

std::size_t HttpTransfer::on_read(char* to, std::size_t size, std::size_t count, void* source) {
    auto& from = *static_cast<Source*>(source);
    const std::size_t taken = from.content->copy(to, size * count, from.offset);
    from.offset += taken;
    return taken;
}

std::size_t HttpTransfer::on_header(char* line, std::size_t size, std::size_t count, void* self) {
    const std::size_t bytes = size * count;
    return static_cast<HttpTransfer*>(self)->take_header({line, bytes}) ? bytes : 0;
}

std::size_t HttpTransfer::on_body(char* piece, std::size_t size, std::size_t count, void* self) {
    const std::size_t bytes = size * count;
    return static_cast<HttpTransfer*>(self)->take_body({piece, bytes}) ? bytes : 0;
}

int HttpTransfer::on_begin(void* self, char*, char*, int, int) {
    return static_cast<HttpTransfer*>(self)->may_begin() ? CURL_PREREQFUNC_OK
                                                         : CURL_PREREQFUNC_ABORT;
}

}  // namespace gw::net
