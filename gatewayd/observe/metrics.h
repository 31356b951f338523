#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Metrics: a small registry for /metrics in the Prometheus text format (version 0.0.4). Counters
// are plain numbers that their owners bump on the loop; gauges are asked for when somebody looks.

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/histogram.h"

namespace gw::observe {

class Counter {
  public:
    void add(std::uint64_t by = 1) { value_ += by; }
    [[nodiscard]] std::uint64_t value() const { return value_; }

  private:
    std::uint64_t value_ = 0;
};

// One line of a family: its labels as {name, value} and the number.
struct Sample {
    std::vector<std::pair<std::string, std::string>> labels;
    double value = 0;
};

class Metrics {
  public:
    // The counter lives as long as the registry. labels is "" or like method="send".
    Counter& counter(std::string_view name, std::string_view help, std::string_view labels = "");

    // read is called at each rendering, on the loop.
    void gauge(std::string_view name, std::string_view help, std::function<double()> read);
    void samples(std::string_view name, std::string_view help, std::string_view type,
                 std::function<std::vector<Sample>()> read);
    // In seconds, with the buckets of base::Histogram.
    void histogram(std::string_view name, std::string_view help,
                   std::function<base::Histogram()> read);

    [[nodiscard]] std::string render() const;

  private:
    struct Family {
        std::string name;
        std::string help;
        std::string type;
        std::vector<std::pair<std::string, Counter*>> counters;
        std::function<std::vector<Sample>()> read;
        std::function<base::Histogram()> read_histogram;
    };
    Family& family(std::string_view name, std::string_view help, std::string_view type);

    std::deque<Family> families_;
    std::deque<Counter> counters_;
};

}  // namespace gw::observe
