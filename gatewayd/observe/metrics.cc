// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/observe/metrics.h"

#include <charconv>
#include <cmath>

namespace gw::observe {

namespace {

void append_number(std::string& out, double value) {
    if (!std::isfinite(value)) {
        out += std::isnan(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
        return;
    }
    char text[32];
    const auto [end, error] = std::to_chars(text, text + sizeof text, value);
    out.append(text, end);
}

void append_escaped(std::string& out, std::string_view text) {
    for (const char c : text) {
        if (c == '\\' || c == '"') out.push_back('\\');
        if (c == '\n') {
            out += "\\n";
        } else {
            out.push_back(c);
        }
    }
}

void append_sample(std::string& out, std::string_view name, const Sample& sample) {
    out += name;
    if (!sample.labels.empty()) {
        out += '{';
        bool is_first = true;
        for (const auto& [label, value] : sample.labels) {
            if (!is_first) out += ',';
            is_first = false;
            out.append(label).append("=\"");
            append_escaped(out, value);
            out += '"';
        }
        out += '}';
    }
    out += ' ';
    append_number(out, sample.value);
    out += '\n';
}

void append_histogram(std::string& out, const std::string& name, const base::Histogram& histogram) {
    for (std::size_t i = 0; i < base::Histogram::kBounds.size(); ++i) {
        char bound[32];
        // Not "5e-04": labels are compared as text.
        const auto [end, error] = std::to_chars(
            bound, bound + sizeof bound, base::Histogram::kBounds[i], std::chars_format::fixed);
        out.append(name)
            .append("_bucket{le=\"")
            .append(bound, end)
            .append("\"} ")
            .append(std::to_string(histogram.at_most(i)))
            .append("\n");
    }
    const std::string count = std::to_string(histogram.count());
    out.append(name).append("_bucket{le=\"+Inf\"} ").append(count).append("\n");
    append_sample(out, name + "_sum", {{}, histogram.sum_seconds()});
    out.append(name).append("_count ").append(count).append("\n");
}

}  // namespace

Metrics::Family& Metrics::family(std::string_view name, std::string_view help,
                                 std::string_view type) {
    for (Family& family : families_) {
        if (family.name == name) return family;
    }
    families_.push_back({std::string(name), std::string(help), std::string(type), {}, {}, {}});
    return families_.back();
}

Counter& Metrics::counter(std::string_view name, std::string_view help, std::string_view labels) {
    Family& in = family(name, help, "counter");
    counters_.emplace_back();
    in.counters.emplace_back(std::string(labels), &counters_.back());
    return counters_.back();
}

void Metrics::gauge(std::string_view name, std::string_view help, std::function<double()> read) {
    family(name, help, "gauge").read = [read = std::move(read)] {
        return std::vector<Sample>{{{}, read()}};
    };
}

void Metrics::samples(std::string_view name, std::string_view help, std::string_view type,
                      std::function<std::vector<Sample>()> read) {
    family(name, help, type).read = std::move(read);
}

void Metrics::histogram(std::string_view name, std::string_view help,
                        std::function<base::Histogram()> read) {
    family(name, help, "histogram").read_histogram = std::move(read);
}

std::string Metrics::render() const {
    std::string out;
    for (const Family& family : families_) {
        out.append("# HELP ").append(family.name).append(" ").append(family.help).append("\n");
        out.append("# TYPE ").append(family.name).append(" ").append(family.type).append("\n");
        for (const auto& [labels, counter] : family.counters) {
            out += family.name;
            if (!labels.empty()) out.append("{").append(labels).append("}");
            out.append(" ").append(std::to_string(counter->value())).append("\n");
        }
        if (family.read_histogram) append_histogram(out, family.name, family.read_histogram());
        if (!family.read) continue;
        for (const Sample& sample : family.read())
            append_sample(out, family.name, sample);
    }
    return out;
}

}  // namespace gw::observe
