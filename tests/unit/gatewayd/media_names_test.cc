// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/media/names.h"

#include <doctest/doctest.h>

using namespace gw;
using namespace gw::media;

TEST_CASE("media names: a type is kept in lower case, anything else is just bytes") {
    CHECK(clean_mime_type("image/PNG") == "image/png");
    CHECK(clean_mime_type("text/plain; charset=utf-8") == "text/plain");
    CHECK(clean_mime_type("application/vnd.ms-excel+x") == "application/vnd.ms-excel+x");
    for (const std::string_view claimed :
         {"", "image", "/", "a/", "/b", "a/b/c", "a b/c", "a/\n"}) {
        CAPTURE(claimed);
        CHECK(clean_mime_type(claimed) == "application/octet-stream");
    }
    CHECK(clean_mime_type("a/" + std::string(200, 'b')) == "application/octet-stream");
}

TEST_CASE("media names: a file's name has no directory and nothing that would mislead") {
    CHECK(clean_filename("cat.png") == "cat.png");
    CHECK(clean_filename("../../etc/passwd") == "passwd");
    CHECK(clean_filename("C:\\x\\cat.png") == "cat.png");
    CHECK(clean_filename("..") == "");
    CHECK(clean_filename(".profile") == "profile");
    CHECK(clean_filename("a\r\nb]c[d\x7f") == "abcd");
    CHECK(clean_filename("gr\xc3\xbc\xc3\x9f.txt") == "gr\xc3\xbc\xc3\x9f.txt");
    CHECK(clean_filename("\xc3\x28") == "");
    CHECK(clean_filename(std::string(127, 'x') + "\xc3\xbc") == std::string(127, 'x'));
}

TEST_CASE("media names: a note says what a file is") {
    store::Media file;
    file.mime_type = "image/png";
    file.filename = "cat.png";
    file.size = 12'345;
    CHECK(note_of(file) == "[media: image/png, cat.png, 12 kB]");
    file.filename.clear();
    file.size = 999;
    CHECK(note_of(file) == "[media: image/png, 999 B]");
    file.size = 1'960'000;
    CHECK(note_of(file) == "[media: image/png, 2.0 MB]");
}
