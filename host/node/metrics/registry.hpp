// SPDX-License-Identifier: Apache-2.0
// Metrics by name, as Prometheus reads them.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace switchyard::metrics {

enum class Kind : uint8_t {
    Counter,    ///< only grows; the name ends in `_total`
    Gauge,      ///< goes up and down
    Histogram,  ///< how many values fell below each bound
};

/// What a metric is, said once: whoever adds samples names the same definition.
struct Metric {
    std::string_view name;  ///< `switchyard_<part>_<noun>_<unit>`, lower case; units are base units
    Kind kind;
    std::string_view help;  ///< one sentence: what it is a number of, and its unit
};

using Labels = std::vector<std::pair<std::string, std::string>>;

/// Counts values by upper bounds. `observe` is safe from any thread, without a lock.
class Histogram {
  public:
    /// `bounds` ascend; values above the last are counted, too.
    explicit Histogram(std::vector<double> bounds);
    void observe(double value);

    [[nodiscard]] const std::vector<double>& bounds() const { return bounds_; }
    /// Values up to bound `index`, and not up to the one before; `bounds().size()`: above all.
    [[nodiscard]] uint64_t count(size_t index) const {
        return counts_[index].load(std::memory_order_relaxed);
    }
    [[nodiscard]] double sum() const { return sum_.load(std::memory_order_relaxed); }

  private:
    std::vector<double> bounds_;
    std::vector<std::atomic<uint64_t>> counts_;
    std::atomic<double> sum_{0};
};

/// Bounds for times in seconds, from 100 microseconds to 30 seconds.
[[nodiscard]] std::vector<double> second_bounds();

/// All metrics of a process. Sources are read when somebody asks; they must live as long. Every
/// method is safe from any thread.
class Registry {
  public:
    /// A sample of `metric` with these labels, read by `read`, which must be quick and may be
    /// called from any thread. Names, kinds that differ and labels that repeat are asserted.
    void add(const Metric& metric, Labels labels, std::function<double()> read);
    void add(const Metric& metric, Labels labels, const Histogram& histogram);

    /// The text format 0.0.4 (prometheus.io, "Exposition formats"), metrics by name.
    [[nodiscard]] std::string text() const;
    static constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";

  private:
    struct Sample {
        std::string labels;  ///< as they are written, without braces
        std::function<double()> read;
        const Histogram* histogram = nullptr;
    };
    struct Family {
        Kind kind;
        std::string help;
        std::vector<Sample> samples;
    };
    void insert(const Metric& metric, Sample sample);

    mutable std::mutex mutex_;
    std::map<std::string, Family, std::less<>> families_;
};

/// Whether a metric is called as metrics of this product are.
[[nodiscard]] bool is_well_named(const Metric& metric);

}  // namespace switchyard::metrics
