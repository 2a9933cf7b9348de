// SPDX-License-Identifier: Apache-2.0
// Keccak-256 of short messages: the reference, our scalar hash, and batches on every SIMD target.
#include <algorithm>
#include <random>

#include "simd/cpu_targets.hpp"
#include "simd/keccak256.hpp"
#include "simd/keccak256_ref.hpp"
#include "tools/switchyard/benchmarks.hpp"

namespace switchyard::tool {
namespace {

constexpr size_t kMessageBytes = 135;  // the longest that one permutation hashes

std::string ratio_name(const std::string& target) {
    if (target == "AVX3") return "keccak_avx512";
    std::string out = "keccak_" + target;
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

}  // namespace

Result<BenchmarkReport> bench_keccak(const BenchmarkOptions& options) {
    std::mt19937_64 generator(options.seed);
    std::vector<uint8_t> bytes(options.batch * kMessageBytes);
    for (auto& byte : bytes)
        byte = static_cast<uint8_t>(generator());
    std::vector<std::span<const uint8_t>> messages;
    for (size_t i = 0; i < options.batch; ++i)
        messages.push_back(
            std::span<const uint8_t>(bytes).subspan(i * kMessageBytes, kMessageBytes));
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
    // Our own fast scalar hash is the baseline: ratios against the slow reference would flatter.
    std::vector<Contender> contenders = {
        {"ours, scalar, one at a time", messages.size(), one_by_one, ""},
        {"reference, scalar, one at a time", messages.size(),
         [&] {
             for (size_t i = 0; i < messages.size(); ++i) {
                 const auto digest = simd::ref::keccak256(messages[i]);
                 std::copy(digest.begin(), digest.end(),
                           digests.begin() + static_cast<std::ptrdiff_t>(32 * i));
             }
         },
         "keccak_reference"}};
    for (const std::string& target : simd::supported_targets())
        contenders.push_back({"batch on " + target, messages.size(),
                              [&, target] {
                                  simd::force_target(target);
                                  simd::keccak256_batch(messages, digests);
                                  simd::force_target("");
                              },
                              ratio_name(target)});
    for (const Contender& contender : contenders) {
        std::fill(digests.begin(), digests.end(), uint8_t{0});
        contender.run();
        if (digests != expected)
            return Error{ErrorCode::Mismatch, contender.name + ": differs from the reference"};
    }
    return compare("keccak", "hash", contenders, options);
}

}  // namespace switchyard::tool
