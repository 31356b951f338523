#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Faults: what a test asks this worker to do wrong. Everything that is not as a worker should be is
// in here, so that the rest of the folder can be copied. README.md lists the texts.

#include <cstdint>
#include <string>

#include "proto/types.pb.h"

namespace gw::echo {

class Faults {
  public:
    struct Wanted {
        bool obeys_texts = false;  // those that begin with an exclamation mark
        std::string crash_on;      // an event with this in it kills whoever parses it
        bool ignores_end = false;  // Shutdown and SIGTERM
    };

    Faults() = default;
    explicit Faults(Wanted wanted);

    // What the adapter is to do with an order, besides what was done already.
    struct Advice {
        enum class What { deliver, never_answer, fail, wait, flood };
        What what = What::deliver;
        proto::SendFailure failure = proto::SEND_FAILURE_UNSPECIFIED;
        std::uint32_t number = 0;  // milliseconds to wait, messages of a flood
    };

    // The moments of an order. Each may be the last thing that this process does.
    [[nodiscard]] Advice on_order(const std::string& text) const;
    void on_started(const std::string& text) const;  // the core knows of the attempt
    void on_taken(const std::string& text) const;    // the network has it, the core does not know

    void on_parse(const std::string& raw) const;
    [[nodiscard]] bool ignores_end() const { return wanted_.ignores_end; }

  private:
    [[nodiscard]] bool asks(const std::string& text, const std::string& command) const;

    Wanted wanted_;
};

// The whole life of a worker that was replaced on disk: it says a Hello of another build and waits
// for its end.
int live_as_another_build();

}  // namespace gw::echo
