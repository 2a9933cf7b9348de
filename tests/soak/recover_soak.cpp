// SPDX-License-Identifier: Apache-2.0
// Compares every form of recovery on every target with libsecp256k1, for as many signatures as
// wanted.
//
// usage: recover_soak [--count N] [--seed N] [--targets NAME,...] [--seconds N]
// Prints one line for what was compared. Exit code 0: all identical; 1: a difference, which is
// printed; 2: wrong arguments.
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "simd/cpu_targets.hpp"
#include "simd/curve/secp256k1_recover_one.hpp"
#include "tests/soak/signature_mill.hpp"
#include "tests/support/secp256k1_signatures.hpp"

namespace switchyard::soak {
namespace {

using simd::RecoverForm;
using simd::RecoverInput;
using simd::RecoverStatus;

struct Options {
    uint64_t count = 50'000;
    uint64_t seed = 1;
    uint64_t seconds = 0;  ///< stop after so many; 0: never
    std::vector<std::string> targets = simd::supported_targets();
};

/// Signatures that are made and checked together.
constexpr size_t kChunk = 4096;

/// One chunk, what libsecp256k1 says of it, and room for one form's answers.
struct Chunk {
    std::vector<RecoverInput> inputs;
    std::vector<simd::test::ExpectedKey> expected;
    std::vector<RecoverStatus> reasons;  ///< by recover_one; libsecp256k1 gives none
    std::vector<simd::PublicKey> keys;
    std::vector<RecoverStatus> statuses;

    void resize(size_t count) {
        inputs.resize(count);
        expected.resize(count);
        reasons.resize(count);
        keys.resize(count);
        statuses.resize(count);
    }
    void forget_answers() {
        for (simd::PublicKey& key : keys)
            key.fill(0xa5);
        std::fill(statuses.begin(), statuses.end(), static_cast<RecoverStatus>(0xa5));
    }
};

void print_hex(const char* name, std::span<const uint8_t> bytes) {
    std::printf("  %s ", name);
    for (const uint8_t byte : bytes)
        std::printf("%02x", byte);
    std::printf("\n");
}

/// Whether the chunk's answers are right; prints the first that is not.
bool agrees(const Chunk& chunk, const std::string& form) {
    for (size_t i = 0; i < chunk.inputs.size(); ++i) {
        const auto& expected = chunk.expected[i];
        if ((chunk.statuses[i] == RecoverStatus::Ok) == expected.ok &&
            chunk.statuses[i] == chunk.reasons[i] && chunk.keys[i] == expected.key)
            continue;
        std::printf("recover_soak: %s differs at signature %zu of its chunk: '%s'\n", form.c_str(),
                    i, std::string(to_string(chunk.statuses[i])).c_str());
        const RecoverInput& input = chunk.inputs[i];
        print_hex("hash    ", input.message_hash);
        print_hex("r       ", input.r);
        print_hex("s       ", input.s);
        print_hex("id      ", {&input.recovery_id, 1});
        print_hex("key     ", chunk.keys[i]);
        print_hex("expected", expected.key);
        return false;
    }
    return true;
}

/// recover_batch on batches of up to `limit` signatures, for lanes and chunks that are not full.
void recover_in_batches(Chunk& chunk, SignatureMill& mill, size_t limit, RecoverForm form) {
    const std::span<const RecoverInput> inputs(chunk.inputs);
    for (size_t begin = 0; begin < inputs.size();) {
        const size_t count = std::min(mill.size_up_to(limit), inputs.size() - begin);
        simd::recover_batch(inputs.subspan(begin, count), std::span(chunk.keys).subspan(begin),
                            std::span(chunk.statuses).subspan(begin),
                            simd::test::recover_workspace(), form);
        begin += count;
    }
}

/// Both forms of recover_one; the first one's reasons become the chunk's.
bool check_single(Chunk& chunk) {
    for (const auto recover : {simd::recover_one, simd::recover_one_portable}) {
        const bool first = recover == simd::recover_one;
        chunk.forget_answers();
        for (size_t i = 0; i < chunk.inputs.size(); ++i)
            chunk.statuses[i] = recover(chunk.inputs[i], chunk.keys[i]);
        if (first) chunk.reasons = chunk.statuses;
        if (!agrees(chunk, first ? "recover_one" : "recover_one_portable")) return false;
    }
    return true;
}

/// `round` numbers the chunks: in one of eight, vectors get batches of odd sizes too.
bool check_target(Chunk& chunk, SignatureMill& mill, const std::string& target, uint64_t round) {
    simd::force_target(target);
    chunk.forget_answers();
    simd::recover_batch(chunk.inputs, chunk.keys, chunk.statuses, simd::test::recover_workspace(),
                        RecoverForm::Vectors);
    if (!agrees(chunk, target + " vectors")) return false;
    if (round % 8 == 0) {
        chunk.forget_answers();
        recover_in_batches(chunk, mill, 40, RecoverForm::Vectors);
        if (!agrees(chunk, target + " vectors, small batches")) return false;
    }
    // Where vectors never pay, the dispatch is recover_one, which has been checked.
    if (round % 8 != 0 && !simd::vectors_pay()) return true;
    chunk.forget_answers();
    recover_in_batches(chunk, mill, 300, RecoverForm::Fastest);
    return agrees(chunk, target + " dispatch");
}

struct Totals {
    uint64_t signatures = 0;
    uint64_t hostile = 0;
    uint64_t keys = 0;
};

bool run(const Options& options, Totals& totals) {
    const auto start = std::chrono::steady_clock::now();
    const auto elapsed = [&] {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    };
    const bool terminal = ::isatty(STDERR_FILENO) == 1;
    SignatureMill mill(options.seed);
    Chunk chunk;
    for (uint64_t round = 0; totals.signatures < options.count; ++round) {
        chunk.resize(std::min<uint64_t>(kChunk, options.count - totals.signatures));
        totals.hostile += mill.fill(chunk.inputs);
        for (size_t i = 0; i < chunk.inputs.size(); ++i) {
            chunk.expected[i] = simd::test::libsecp256k1_recover(chunk.inputs[i]);
            totals.keys += chunk.expected[i].ok ? 1 : 0;
        }
        if (!check_single(chunk)) return false;
        for (const std::string& target : options.targets)
            if (!check_target(chunk, mill, target, round)) return false;
        totals.signatures += chunk.inputs.size();
        const double seconds = elapsed();
        if (terminal)
            std::fprintf(stderr, "\r%llu of %llu, %.0f per second ",
                         static_cast<unsigned long long>(totals.signatures),
                         static_cast<unsigned long long>(options.count),
                         static_cast<double>(totals.signatures) / seconds);
        if (options.seconds != 0 && seconds >= static_cast<double>(options.seconds)) break;
    }
    if (terminal) std::fprintf(stderr, "\r%60s\r", "");
    return true;
}

bool parse_number(std::string_view text, uint64_t& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() && !text.empty();
}

bool parse_targets(std::string_view text, std::vector<std::string>& targets) {
    targets.clear();
    while (!text.empty()) {
        const size_t comma = std::min(text.find(','), text.size());
        targets.emplace_back(text.substr(0, comma));
        if (!simd::force_target(targets.back())) return false;
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return !targets.empty();
}

bool parse(int count, char** arguments, Options& options) {
    if (count % 2 == 0) return false;
    for (int i = 1; i < count; i += 2) {
        const std::string_view name = arguments[i];
        const std::string_view value = arguments[i + 1];
        const bool known = name == "--count"     ? parse_number(value, options.count)
                           : name == "--seed"    ? parse_number(value, options.seed)
                           : name == "--seconds" ? parse_number(value, options.seconds)
                           : name == "--targets" ? parse_targets(value, options.targets)
                                                 : false;
        if (!known) return false;
    }
    return options.count != 0;
}

}  // namespace
}  // namespace switchyard::soak

int main(int count, char** arguments) {
    using namespace switchyard;
    soak::Options options;
    if (!soak::parse(count, arguments, options)) {
        std::fprintf(stderr,
                     "usage: recover_soak [--count N] [--seed N] [--targets NAME,...] "
                     "[--seconds N]\n");
        return 2;
    }
    std::string targets;
    for (const std::string& target : options.targets)
        targets += (targets.empty() ? "" : ", ") + target;
    soak::Totals totals;
    if (!soak::run(options, totals)) {
        std::printf("recover_soak: after %llu signatures, seed %llu\n",
                    static_cast<unsigned long long>(totals.signatures),
                    static_cast<unsigned long long>(options.seed));
        return 1;
    }
    std::printf(
        "recover_soak: %llu signatures (%llu hostile, %llu with a key), seed %llu: one by one with "
        "and without ADX, vectors and dispatch on %s, all identical to libsecp256k1\n",
        static_cast<unsigned long long>(totals.signatures),
        static_cast<unsigned long long>(totals.hostile),
        static_cast<unsigned long long>(totals.keys), static_cast<unsigned long long>(options.seed),
        targets.c_str());
    return 0;
}
