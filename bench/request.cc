// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "bench/request.h"

#include <array>

#include "bench/framing.h"

namespace gw::bench {

namespace {

constexpr std::array<char, 4> kMask = {0x37, 0x0c, 0x55, 0x29};
// An id looks like the UUIDs that clients use; its last group counts.
constexpr std::string_view kIdBegin = "7d0a4a52-88a6-4c1c-9b0e-";
constexpr std::size_t kDigits = 12;

std::array<char, kDigits> digits_of(std::uint64_t number) {
    std::array<char, kDigits> digits{};
    for (std::size_t i = kDigits; i-- > 0; number /= 10)
        digits[i] = static_cast<char>('0' + number % 10);
    return digits;
}

}  // namespace

Request::Request(std::string_view method, std::string_view params, bool is_known) {
    std::string text = R"({"type":"req","id":")";
    text += kIdBegin;
    const std::size_t at = text.size();
    text.append(kDigits, '0').append(R"(","method":")").append(method);
    text.append(R"(","params":)").append(params).append("}");
    frame_ = masked_frame(Opcode::text, text, kMask);
    digits_at_ = frame_.size() - text.size() + at;
    mask_at_ = at;

    answer_ = R"({"type":"res","id":")";
    answer_ += kIdBegin;
    answer_digits_at_ = answer_.size();
    answer_.append(kDigits, '0').append(is_known ? R"(","ok":true)" : R"(","ok":false)");
}

std::string_view Request::frame(std::uint64_t number) {
    const std::array<char, kDigits> digits = digits_of(number);
    for (std::size_t i = 0; i < kDigits; ++i)
        frame_[digits_at_ + i] = static_cast<char>(digits[i] ^ kMask[(mask_at_ + i) % 4]);
    return frame_;
}

bool Request::is_answer(std::string_view text, std::uint64_t number) {
    const std::array<char, kDigits> digits = digits_of(number);
    answer_.replace(answer_digits_at_, kDigits, digits.data(), kDigits);
    return text.starts_with(answer_) && text.ends_with('}');
}

}  // namespace gw::bench
