// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Says what we think of many values, for tests/interop/schema_diff.mjs to compare. Each line of
// standard input is a schema's title, a tab and a JSON text; each line of standard output is
// [accepted, "what is wrong"].

#include <algorithm>
#include <iostream>
#include <string>

#include "proto/gateway/params.h"

namespace {

using namespace gw;
using proto::gateway::MethodParams;

bool accepts_frame(json::Value value) {
    proto::gateway::RequestFrame frame;
    return parse(value, frame);
}

const MethodParams* find_schema(std::string_view title) {
    static const MethodParams frame{"request frame", accepts_frame,
                                    &proto::gateway::schema<proto::gateway::RequestFrame>()};
    if (title == frame.method) return &frame;
    const auto all = proto::gateway::method_params();
    const auto found = std::ranges::find(all, title, &MethodParams::method);
    return found == all.end() ? nullptr : &*found;
}

}  // namespace

int main() {
    json::Parser parser;
    std::string line;
    while (std::getline(std::cin, line)) {
        const std::size_t tab = line.find('\t');
        const MethodParams* schema = find_schema(line.substr(0, tab));
        const auto value = parser.parse(std::string_view(line).substr(tab + 1));
        if (schema == nullptr || !value) {
            std::cerr << "cannot judge: " << line << '\n';
            return 1;
        }
        std::string out;
        json::Writer(out)
            .begin_array()
            .value(schema->accepts(*value))
            .value(explain(*schema->schema, *value))
            .end_array();
        std::cout << out << '\n';
    }
    return 0;
}
