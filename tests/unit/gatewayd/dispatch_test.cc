// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include <doctest/doctest.h>

#include "gatewayd/methods/table.h"

using namespace gw;

namespace {

struct Answers final : methods::AnswerSink {
    void answer(std::uint64_t, std::string_view frame) override { frames.emplace_back(frame); }
    std::vector<std::string> frames;
};

std::string refusal(const methods::Caller& caller, std::string_view method) {
    Answers answers;
    std::string scratch;
    methods::Request request(answers, caller, method, {}, R"("7")", scratch);
    REQUIRE(methods::find_permitted(request) == nullptr);
    REQUIRE(answers.frames.size() == 1);
    return answers.frames.front();
}

methods::Caller caller(int protocol, auth::Role role, std::vector<std::string_view> scopes) {
    methods::Caller made;
    made.dialect = methods::Dialect(protocol);
    made.role = role;
    made.scopes = auth::Scopes::from(scopes);
    return made;
}

constexpr auto kOperator = auth::Role::operator_;

}  // namespace

TEST_CASE("dispatch: a missing scope has the code of the caller's protocol") {
    const std::string old = refusal(caller(3, kOperator, {"operator.read"}), "send");
    CHECK(old.find(R"("code":"INVALID_REQUEST","message":"missing scope: operator.write")") !=
          std::string::npos);
    const std::string now = refusal(caller(4, kOperator, {"operator.read"}), "send");
    CHECK(now.find(R"("code":"FORBIDDEN","message":"missing scope: operator.write")") !=
          std::string::npos);
    CHECK(now.find(R"("missingScope":"operator.write")") != std::string::npos);
}

TEST_CASE("dispatch: unknown methods are admin's to know") {
    CHECK(refusal(caller(3, kOperator, {"operator.read"}), "nope")
              .find("missing scope: operator.admin") != std::string::npos);
    const auto admin = caller(3, kOperator, {"operator.admin"});
    CHECK(refusal(admin, "nope").find("unknown method: nope") != std::string::npos);
    CHECK(refusal(admin, "toString").find("unknown method: toString") != std::string::npos);
    CHECK(refusal(admin, "__proto__").find("unknown method: __proto__") != std::string::npos);
    CHECK(refusal(admin, "connect").find("connect is only valid as the first request") !=
          std::string::npos);
}

TEST_CASE("dispatch: nodes call none of the operators' methods") {
    for (const char* method : {"status", "send", "nope"}) {
        CHECK(refusal(caller(3, auth::Role::node, {"operator.admin"}), method)
                  .find(R"("code":"INVALID_REQUEST","message":"unauthorized role: node")") !=
              std::string::npos);
    }
}

TEST_CASE("dispatch: every method refuses an operator without scopes, but health at protocol 4") {
    for (const methods::Method& method : methods::all_methods()) {
        CAPTURE(method.name);
        CHECK(refusal(caller(3, kOperator, {}), method.name).find("missing scope") !=
              std::string::npos);
        if (method.name == "health") continue;
        CHECK(refusal(caller(4, kOperator, {}), method.name).find("missing scope") !=
              std::string::npos);
    }
}

TEST_CASE("dispatch: a reply dropped unanswered answers for itself, once") {
    Answers answers;
    {
        methods::Reply reply(answers, 1, R"("x")");
        methods::Reply moved(std::move(reply));
    }
    REQUIRE(answers.frames.size() == 1);
    CHECK(answers.frames[0].find("UNAVAILABLE") != std::string::npos);
    {
        methods::Reply reply(answers, 1, R"("y")");
        reply.ok("{}");
    }
    CHECK(answers.frames.size() == 2);
}
