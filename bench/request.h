#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Request: a request frame made once, of which only the id changes; and the check of its answer.

#include <cstdint>
#include <string>
#include <string_view>

namespace gw::bench {

class Request {
  public:
    // params is JSON. A known method is answered ok:true, an unknown one ok:false.
    Request(std::string_view method, std::string_view params, bool is_known = true);

    // The masked frame with this number in its id. Valid until the next call.
    std::string_view frame(std::uint64_t number);

    // Whether text is the whole answer to that number.
    bool is_answer(std::string_view text, std::uint64_t number);

  private:
    std::string frame_;
    std::size_t digits_at_ = 0;  // in the frame
    std::size_t mask_at_ = 0;    // the same place, in the message
    std::string answer_;         // how the answer begins
    std::size_t answer_digits_at_ = 0;
};

}  // namespace gw::bench
