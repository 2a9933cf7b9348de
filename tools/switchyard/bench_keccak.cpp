// SPDX-License-Identifier: Apache-2.0
// Keccak-256 of short messages: the reference, our scalar hash, and batches on every SIMD target.
#include <algorithm>
#include <functional>
#include <random>

#include "simd/cpu_targets.hpp"
#include "simd/keccak256.hpp"
#include "simd/keccak256_ref.hpp"
#include "tools/switchyard/benchmarks.hpp"

namespace switchyard::tool {
namespace {

/// The messages of one table.
struct Job {
    std::string name;
    size_t bytes = 0;
    /// Every 16th message has this many bytes instead, if not zero.
    size_t long_bytes = 0;
    /// Messages given to one call of a batch; zero: all.
    size_t per_call = 0;
};

std::string ratio_name(const std::string& target) {
    if (target == "AVX3") return "keccak_avx512";
    std::string out = "keccak_" + target;
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

/// The best target whose hash of one message is scalar code.
std::string scalar_target() {
    for (const std::string& target : simd::supported_targets())
        if (!target.starts_with("AVX3")) return target;
    return "";
}

std::function<void()> on_target(const std::string& target, std::function<void()> run) {
    return [target, run = std::move(run)] {
        simd::force_target(target);
        run();
        simd::force_target("");
    };
}

Result<BenchmarkReport> run_job(const Job& job, const BenchmarkOptions& options) {
    std::mt19937_64 generator(options.seed);
    std::vector<uint8_t> bytes(options.batch * std::max(job.bytes, job.long_bytes));
    for (auto& byte : bytes)
        byte = static_cast<uint8_t>(generator());
    std::vector<std::span<const uint8_t>> messages;
    for (size_t i = 0, begin = 0; i < options.batch; ++i) {
        const size_t size = job.long_bytes != 0 && i % 16 == 8 ? job.long_bytes : job.bytes;
        messages.push_back(std::span<const uint8_t>(bytes).subspan(begin, size));
        begin += size;
    }
    std::vector<uint8_t> digests(32 * messages.size());
    std::vector<uint8_t> expected;
    for (const auto& message : messages) {
        const auto digest = simd::ref::keccak256(message);
        expected.insert(expected.end(), digest.begin(), digest.end());
    }

    const auto one_by_one = [&] {
        for (size_t i = 0; i < messages.size(); ++i)
            simd::keccak256(messages[i], std::span<uint8_t, 32>(digests.data() + 32 * i, 32));
    };
    const auto reference = [&] {
        for (size_t i = 0; i < messages.size(); ++i) {
            const auto digest = simd::ref::keccak256(messages[i]);
            std::copy(digest.begin(), digest.end(),
                      digests.begin() + static_cast<std::ptrdiff_t>(32 * i));
        }
    };
    const auto in_batches = [&] {
        const size_t step = job.per_call != 0 ? job.per_call : messages.size();
        for (size_t i = 0; i < messages.size(); i += step) {
            const size_t count = std::min(step, messages.size() - i);
            simd::keccak256_batch(std::span(messages).subspan(i, count),
                                  std::span(digests).subspan(32 * i, 32 * count));
        }
    };
    // Our own fast scalar hash is the baseline: ratios against the slow reference would flatter.
    std::vector<Contender> contenders = {
        {"ours, scalar, one at a time", messages.size(), on_target(scalar_target(), one_by_one),
         ""},
        {"reference, scalar, one at a time", messages.size(), reference, "keccak_reference"}};
    if (scalar_target() != simd::supported_targets().front())
        contenders.push_back({"ours, one at a time in a vector", messages.size(), one_by_one,
                              "keccak_one_in_a_vector"});
    for (const std::string& target : simd::supported_targets())
        contenders.push_back({"batch on " + target, messages.size(), on_target(target, in_batches),
                              ratio_name(target)});
    for (const Contender& contender : contenders) {
        std::fill(digests.begin(), digests.end(), uint8_t{0});
        contender.run();
        if (digests != expected)
            return Error{ErrorCode::Mismatch,
                         job.name + ": " + contender.name + ": differs from the reference"};
    }
    return compare("keccak", "hash", contenders, options);
}

}  // namespace

Result<BenchmarkReport> bench_keccak(const BenchmarkOptions& options) {
    // 135 bytes are the longest message that one permutation hashes.
    auto report = run_job({"135 bytes", 135}, options);
    if (!report) return report;
    report->text = "135 bytes\n" + report->text;
    nlohmann::json others = nlohmann::json::object();
    const std::vector<Job> jobs = {{"32 bytes", 32},
                                   {"64 bytes", 64},
                                   {"110 bytes, every 16th 5000 bytes", 110, 5'000},
                                   {"532 bytes", 532},
                                   {"135 bytes, 1 per call", 135, 0, 1},
                                   {"135 bytes, 2 per call", 135, 0, 2},
                                   {"135 bytes, 3 per call", 135, 0, 3},
                                   {"135 bytes, 4 per call", 135, 0, 4},
                                   {"135 bytes, 8 per call", 135, 0, 8}};
    for (const Job& job : jobs) {
        auto other = run_job(job, options);
        if (!other) return other;
        report->text += "\n" + job.name + "\n" + other->text;
        others[job.name] = {{"results", other->json["results"]}, {"ratios", other->json["ratios"]}};
    }
    report->json["other_messages"] = std::move(others);
    return report;
}

}  // namespace switchyard::tool
