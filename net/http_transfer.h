#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// HttpTransfer: one request as libcurl sees it: an easy handle, what it reads from and where it
// writes to. Private to the HTTP client.

#include <curl/curl.h>

#include <memory>

#include "net/http_client.h"

namespace gw::net {

struct CurlDeleter {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
    void operator()(curl_mime* mime) const { curl_mime_free(mime); }
};

class HttpTransfer {
  public:
    HttpTransfer(HttpClient::Request request, HttpClient::Sink sink);
    HttpTransfer(const HttpTransfer&) = delete;
    HttpTransfer& operator=(const HttpTransfer&) = delete;

    // False when libcurl refuses an option: a malformed proxy or no memory.
    [[nodiscard]] bool set_up(const HttpClient::Options& options);

    [[nodiscard]] CURL* easy() const { return easy_.get(); }
    // What became of it, once libcurl says that it is over.
    [[nodiscard]] HttpClient::Outcome outcome(CURLcode code);

  private:
    // What of content libcurl has read.
    struct Source {
        const std::string* content = nullptr;
        std::size_t offset = 0;
    };

    [[nodiscard]] bool add_headers();
    [[nodiscard]] bool add_body();
    [[nodiscard]] bool add_parts();
    [[nodiscard]] bool may_begin();
    [[nodiscard]] bool take_header(std::string_view line);
    [[nodiscard]] bool take_body(std::string_view piece);
    [[nodiscard]] bool is_sunk();

    static std::size_t on_read(char* to, std::size_t size, std::size_t count, void* source);
    static std::size_t on_header(char* line, std::size_t size, std::size_t count, void* self);
    static std::size_t on_body(char* piece, std::size_t size, std::size_t count, void* self);
    static int on_begin(void* self, char*, char*, int, int);

    HttpClient::Request request_;
    HttpClient::Sink sink_;
    HttpClient::Response response_;
    std::size_t header_bytes_ = 0;
    int begins_ = 0;        // how often the request was about to be written
    std::string too_much_;  // why we ended it ourselves
    std::vector<Source> sources_;
    char why_[CURL_ERROR_SIZE] = {};
    std::unique_ptr<curl_slist, CurlDeleter> headers_;
    std::unique_ptr<CURL, CurlDeleter> easy_;
    std::unique_ptr<curl_mime, CurlDeleter> mime_;  // goes before the handle
};

}  // namespace gw::net
