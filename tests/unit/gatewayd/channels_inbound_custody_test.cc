// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/channels/inbound_custody.h"

#include <doctest/doctest.h>

using namespace gw;
using namespace gw::channels;

namespace {

struct Row {
    Stage stage;
    Happening happening;
    Step step;
};

constexpr Step kAcknowledged{.accepts = true};
constexpr Step kNothing{};

const Row kRows[] = {
    {Stage::unknown,
     Happening::admitted,
     {.inserts = true, .routes = true, .accepts = true, .announces = true}},
    {Stage::unknown, Happening::refused, {.inserts = true, .ends = true, .accepts = true}},
    {Stage::unknown, Happening::left_behind, kNothing},
    {Stage::accepted, Happening::admitted, kAcknowledged},
    {Stage::accepted, Happening::refused, kAcknowledged},
    {Stage::accepted, Happening::left_behind, {.routes = true, .announces = true}},
    {Stage::routed, Happening::admitted, kAcknowledged},
    {Stage::routed, Happening::refused, kAcknowledged},
    {Stage::routed, Happening::left_behind, {.announces = true}},
    {Stage::done, Happening::admitted, kAcknowledged},
    {Stage::done, Happening::refused, kAcknowledged},
    {Stage::done, Happening::left_behind, kNothing},
};

}  // namespace

TEST_CASE("inbound custody: each stage meets each event as the table says") {
    for (const Row& row : kRows) {
        INFO(static_cast<int>(row.stage) << " " << static_cast<int>(row.happening));
        CHECK(next(row.stage, row.happening) == row.step);
    }
}

TEST_CASE("inbound custody: a row's state is its stage") {
    CHECK(stage_of(store::InboundState::accepted) == Stage::accepted);
    CHECK(stage_of(store::InboundState::routed) == Stage::routed);
    CHECK(stage_of(store::InboundState::done) == Stage::done);
}
