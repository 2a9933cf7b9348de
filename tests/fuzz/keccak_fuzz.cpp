// SPDX-License-Identifier: Apache-2.0
// libFuzzer's entry to Keccak-256: batches of any lengths on every target, as spans and as pieces
// of one buffer, and single messages, compared with simd/keccak256_ref.
#include <algorithm>
#include <array>
#include <vector>

#include "simd/cpu_targets.hpp"
#include "simd/keccak256.hpp"
#include "simd/keccak256_ref.hpp"
#include "tests/fuzz/require.hpp"

namespace switchyard::fuzz {
namespace {

constexpr size_t kMessagesMax = 40;
constexpr size_t kMessageBytesMax = 700;

/// Reads the input's numbers; zeros behind its end.
struct Numbers {
    std::span<const uint8_t> data;
    size_t next() {
        if (data.empty()) return 0;
        const size_t value = data[0];
        data = data.subspan(1);
        return value;
    }
};

/// The input says misalignment, number and lengths; its rest, again and again, is the content.
struct Messages {
    size_t misalignment;
    std::vector<uint8_t> joined;
    std::vector<size_t> ends;
    /// Each message in memory of exactly its size, so that ASan sees a byte too many.
    std::vector<std::vector<uint8_t>> alone;
    std::vector<std::span<const uint8_t>> spans;
    std::vector<uint8_t> expected;

    explicit Messages(std::span<const uint8_t> data) {
        Numbers numbers{data};
        misalignment = numbers.next() % 64;
        const size_t count = numbers.next() % (kMessagesMax + 1);
        std::vector<size_t> sizes;
        for (size_t i = 0; i < count; ++i) {
            const size_t low = numbers.next();
            sizes.push_back((low + 256 * numbers.next()) % (kMessageBytesMax + 1));
        }
        const std::span<const uint8_t> content = numbers.data;
        size_t at = 0;
        std::vector<uint8_t> bytes(misalignment);
        for (const size_t size : sizes) {
            std::vector<uint8_t> message(misalignment + size);
            for (size_t i = misalignment; i < message.size(); ++i, ++at)
                message[i] =
                    content.empty()
                        ? static_cast<uint8_t>(at)
                        : static_cast<uint8_t>(content[at % content.size()] + at / content.size());
            bytes.insert(bytes.end(), message.begin() + static_cast<std::ptrdiff_t>(misalignment),
                         message.end());
            ends.push_back(bytes.size() - misalignment);
            message.shrink_to_fit();
            alone.push_back(std::move(message));
        }
        bytes.shrink_to_fit();
        joined = std::move(bytes);
        for (const auto& message : alone) {
            spans.push_back(std::span(message).subspan(misalignment));
            const auto digest = simd::ref::keccak256(spans.back());
            expected.insert(expected.end(), digest.begin(), digest.end());
        }
    }
};

void check_target(const Messages& messages, std::span<const uint8_t> data) {
    std::vector<uint8_t> digests(messages.expected.size());
    simd::keccak256_batch(messages.spans, digests);
    require(digests == messages.expected, "a batch of spans differs from the reference");

    std::fill(digests.begin(), digests.end(), uint8_t{0});
    const auto joined = std::span(messages.joined).subspan(messages.misalignment);
    simd::keccak256_batch(joined, messages.ends, digests);
    require(digests == messages.expected, "pieces of one buffer differ from the reference");

    std::fill(digests.begin(), digests.end(), uint8_t{0});
    std::vector<std::vector<uint8_t>> slots;
    std::vector<simd::PaddedMessage> padded;
    for (size_t i = 0; i < messages.spans.size(); ++i) {
        auto& slot = slots.emplace_back(messages.spans[i].begin(), messages.spans[i].end());
        slot.resize(slot.size() + simd::kKeccak256Rate);
        const size_t blocks = simd::keccak256_pad(slot.data(), messages.spans[i].size());
        padded.push_back({slot.data(), blocks, digests.data() + 32 * i});
    }
    simd::keccak256_padded(padded);
    require(digests == messages.expected, "padded messages differ from the reference");

    for (size_t i = 0; i < messages.spans.size(); ++i) {
        std::array<uint8_t, 32> digest{};
        simd::keccak256(messages.spans[i], digest);
        require(std::equal(digest.begin(), digest.end(),
                           messages.expected.begin() + static_cast<std::ptrdiff_t>(32 * i)),
                "one message differs from the reference");
    }

    // Ends in any order: whatever they give, nothing outside the buffer is read.
    Numbers numbers{data};
    std::vector<size_t> ends(messages.ends.size());
    for (size_t& end : ends)
        end = 16 * numbers.next();
    simd::keccak256_batch(joined, ends, digests);
}

}  // namespace
}  // namespace switchyard::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace switchyard;
    const fuzz::Messages messages({data, size});
    for (const std::string& target : simd::supported_targets()) {
        fuzz::require(simd::force_target(target), "a supported target cannot be forced");
        fuzz::check_target(messages, {data, size});
    }
    simd::force_target("");
    return 0;
}
