// SPDX-License-Identifier: Apache-2.0
#include "host/node/metrics/registry.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "host/core/assert.hpp"

namespace switchyard::metrics {
namespace {

std::string number_text(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
    std::array<char, 40> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    return {text.data(), end};
}

std::string escaped(std::string_view text, bool quotes) {
    std::string out;
    for (const char c : text) {
        if (c == '\\' || (quotes && c == '"')) out += '\\';
        if (c == '\n') {
            out += "\\n";
        } else {
            out += c;
        }
    }
    return out;
}

std::string labels_text(const Labels& labels) {
    std::string out;
    for (const auto& [name, value] : labels) {
        if (!out.empty()) out += ',';
        out += name + "=\"" + escaped(value, true) + "\"";
    }
    return out;
}

void write_sample(std::string& out, std::string_view name, const std::string& labels,
                  const std::string& value) {
    out += name;
    if (!labels.empty()) out += "{" + labels + "}";
    out += " " + value + "\n";
}

void write_histogram(std::string& out, const std::string& name, const std::string& labels,
                     const Histogram& histogram) {
    const std::string before = labels.empty() ? "" : labels + ",";
    uint64_t below = 0;
    for (size_t i = 0; i <= histogram.bounds().size(); ++i) {
        below += histogram.count(i);
        const std::string bound =
            i < histogram.bounds().size() ? number_text(histogram.bounds()[i]) : "+Inf";
        write_sample(out, name + "_bucket", before + "le=\"" + bound + "\"", std::to_string(below));
    }
    write_sample(out, name + "_sum", labels, number_text(histogram.sum()));
    write_sample(out, name + "_count", labels, std::to_string(below));
}

std::string_view kind_text(Kind kind) {
    switch (kind) {
        case Kind::Counter:
            return "counter";
        case Kind::Gauge:
            return "gauge";
        case Kind::Histogram:
            return "histogram";
    }
    return "untyped";
}

}  // namespace

bool is_well_named(const Metric& metric) {
    constexpr std::string_view kPrefix = "switchyard_";
    const bool characters = std::ranges::all_of(metric.name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
    const bool total = metric.name.ends_with("_total");
    return metric.name.starts_with(kPrefix) && metric.name.size() > kPrefix.size() && characters &&
           metric.name.find("__") == std::string_view::npos &&
           total == (metric.kind == Kind::Counter) && !metric.help.empty();
}

Histogram::Histogram(std::vector<double> bounds)
    : bounds_(std::move(bounds)), counts_(bounds_.size() + 1) {
    SWITCHYARD_ASSERT(std::ranges::is_sorted(bounds_, std::less_equal<>()) || bounds_.size() < 2);
}

void Histogram::observe(double value) {
    const auto at = std::ranges::lower_bound(bounds_, value);
    counts_[static_cast<size_t>(at - bounds_.begin())].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
}

std::vector<double> second_bounds() {
    return {0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30};
}

void Registry::insert(const Metric& metric, Sample sample) {
    SWITCHYARD_ASSERT(is_well_named(metric));
    const std::lock_guard lock(mutex_);
    const auto [at, added] = families_.try_emplace(
        std::string(metric.name), Family{metric.kind, std::string(metric.help), {}});
    Family& family = at->second;
    SWITCHYARD_ASSERT(family.kind == metric.kind && family.help == metric.help);
    SWITCHYARD_ASSERT(std::ranges::find(family.samples, sample.labels, &Sample::labels) ==
                      family.samples.end());
    family.samples.push_back(std::move(sample));
}

void Registry::add(const Metric& metric, Labels labels, std::function<double()> read) {
    SWITCHYARD_ASSERT(metric.kind != Kind::Histogram);
    insert(metric, {labels_text(labels), std::move(read), nullptr});
}

void Registry::add(const Metric& metric, Labels labels, const Histogram& histogram) {
    SWITCHYARD_ASSERT(metric.kind == Kind::Histogram);
    insert(metric, {labels_text(labels), {}, &histogram});
}

std::string Registry::text() const {
    std::string out;
    const std::lock_guard lock(mutex_);
    for (const auto& [name, family] : families_) {
        out += "# HELP " + name + " " + escaped(family.help, false) + "\n";
        out += "# TYPE " + name + " ";
        out += kind_text(family.kind);
        out += "\n";
        for (const Sample& sample : family.samples) {
            if (sample.histogram != nullptr) {
                write_histogram(out, name, sample.labels, *sample.histogram);
            } else {
                write_sample(out, name, sample.labels, number_text(sample.read()));
            }
        }
    }
    return out;
}

}  // namespace switchyard::metrics
