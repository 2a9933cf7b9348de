// SPDX-License-Identifier: Apache-2.0
#include "simd/keccak256.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "simd/cpu_targets.hpp"
#include "simd/keccak256_ref.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard::simd {
namespace {

using Digest = std::array<uint8_t, 32>;
using Message = std::vector<uint8_t>;

Message random_message(size_t size, std::mt19937_64& random) {
    Message message(size);
    for (uint8_t& byte : message)
        byte = static_cast<uint8_t>(random());
    return message;
}

/// Hashes `messages`, each placed `misalignment` bytes into a buffer of its own, and compares with
/// the reference. The digests lie between guard bytes that must not change.
void expect_batch_as_reference(const std::vector<Message>& messages, size_t misalignment) {
    std::vector<Message> placed;
    std::vector<std::span<const uint8_t>> spans;
    for (const Message& message : messages) {
        Message& copy = placed.emplace_back(misalignment);
        copy.insert(copy.end(), message.begin(), message.end());
        copy.shrink_to_fit();
    }
    for (const Message& copy : placed)
        spans.push_back(std::span(copy).subspan(misalignment));

    constexpr size_t kGuard = 64;
    Message digests(32 * messages.size() + 2 * kGuard, 0xa5);
    keccak256_batch(spans, std::span(digests).subspan(kGuard, 32 * messages.size()));
    for (size_t i = 0; i < messages.size(); ++i) {
        Digest digest{};
        std::copy_n(digests.begin() + static_cast<std::ptrdiff_t>(kGuard + 32 * i), 32,
                    digest.begin());
        ASSERT_EQ(digest, ref::keccak256(messages[i]))
            << "message " << i << " of " << messages.size() << ", " << messages[i].size()
            << " bytes, misaligned by " << misalignment;
    }
    const auto is_guard = [](uint8_t byte) { return byte == 0xa5; };
    EXPECT_TRUE(std::all_of(digests.begin(), digests.begin() + kGuard, is_guard));
    EXPECT_TRUE(std::all_of(digests.end() - kGuard, digests.end(), is_guard));

    // The same as pieces of one buffer.
    Message joined(misalignment);
    std::vector<size_t> ends;
    for (const Message& message : messages) {
        joined.insert(joined.end(), message.begin(), message.end());
        ends.push_back(joined.size() - misalignment);
    }
    joined.shrink_to_fit();
    Message again(digests.size(), 0xa5);
    keccak256_batch(std::span(joined).subspan(misalignment), ends,
                    std::span(again).subspan(kGuard, 32 * messages.size()));
    EXPECT_EQ(again, digests);
}

/// The same of messages that carry their padding, in slots with guard bytes between them.
void expect_padded_as_reference(const std::vector<Message>& messages, size_t misalignment) {
    constexpr size_t kGuard = 16;
    std::vector<Message> placed;
    std::vector<Message> digests(messages.size(), Message(32 + 2 * kGuard, 0xa5));
    std::vector<PaddedMessage> padded;
    for (size_t i = 0; i < messages.size(); ++i) {
        Message& slot = placed.emplace_back(misalignment, uint8_t{0xa5});
        slot.insert(slot.end(), messages[i].begin(), messages[i].end());
        slot.resize(slot.size() + kKeccak256Rate, 0xa5);
        const size_t blocks = keccak256_pad(slot.data() + misalignment, messages[i].size());
        EXPECT_EQ(blocks, messages[i].size() / kKeccak256Rate + 1);
        slot.resize(misalignment + blocks * kKeccak256Rate);
        slot.shrink_to_fit();
        padded.push_back({slot.data() + misalignment, blocks, digests[i].data() + kGuard});
    }
    keccak256_padded(padded);
    for (size_t i = 0; i < messages.size(); ++i) {
        Message expected(32 + 2 * kGuard, 0xa5);
        const Digest digest = ref::keccak256(messages[i]);
        std::copy(digest.begin(), digest.end(), expected.begin() + kGuard);
        ASSERT_EQ(digests[i], expected)
            << "message " << i << " of " << messages.size() << ", " << messages[i].size()
            << " bytes, misaligned by " << misalignment;
    }
}

/// The 200 bytes of a state after the line that starts with `title`, as 25 words.
bool read_state(std::ifstream& file, const std::string& title, std::array<uint64_t, 25>& state) {
    std::string line;
    while (std::getline(file, line))
        if (line.starts_with(title)) break;
    if (!std::getline(file, line)) return false;
    std::istringstream bytes(line);
    state.fill(0);
    for (size_t i = 0; i < 200; ++i) {
        unsigned byte = 0;
        if (!(bytes >> std::hex >> byte)) return false;
        state[i / 8] |= uint64_t{byte} << (8 * (i % 8));
    }
    return true;
}

class KeccakOnEveryTarget : public testing::TestWithParam<std::string> {
  protected:
    void SetUp() override { ASSERT_TRUE(force_target(GetParam())); }
    void TearDown() override { force_target(""); }
};

INSTANTIATE_TEST_SUITE_P(Target, KeccakOnEveryTarget, testing::ValuesIn(supported_targets()),
                         [](const auto& instance) { return instance.param; });

TEST_P(KeccakOnEveryTarget, PermutesAsTheOfficialVectorsSay) {
    SWITCHYARD_REQUIRE_SUITE(suite, "crypto");
    std::ifstream file(suite / "keccak-xkcp" / "KeccakF-1600-IntermediateValues.txt");
    ASSERT_TRUE(file.is_open());
    std::array<uint64_t, 25> input{};
    std::array<uint64_t, 25> output{};
    size_t vectors = 0;
    while (read_state(file, "Input of permutation", input)) {
        ASSERT_TRUE(read_state(file, "State after permutation", output));
        std::array<uint64_t, 25> state = input;
        ref::keccak_f1600(state);
        EXPECT_EQ(state, output);
        // Eleven copies fill every vector lane and leave a part of a batch.
        std::vector<uint64_t> states;
        for (int copy = 0; copy < 11; ++copy)
            states.insert(states.end(), input.begin(), input.end());
        keccak_f1600_batch(states);
        for (size_t i = 0; i < states.size(); ++i)
            ASSERT_EQ(states[i], output[i % 25]);
        ++vectors;
    }
    EXPECT_EQ(vectors, 2u);
}

TEST_P(KeccakOnEveryTarget, HashesPaddedMessagesOfOneLengthAndOfMany) {
    std::mt19937_64 random = test::test_generator(7);
    for (size_t count = 0; count <= 19; ++count) {
        for (const size_t size :
             std::initializer_list<size_t>{0, 1, 104, 134, 135, 136, 137, 271, 272, 532}) {
            const std::vector<Message> same(count, random_message(size, random));
            expect_padded_as_reference(same, count % 9);
        }
        std::vector<Message> mixed;
        for (size_t i = 0; i < count; ++i)
            mixed.push_back(random_message(random() % 600, random));
        expect_padded_as_reference(mixed, count % 7);
    }
}

TEST_P(KeccakOnEveryTarget, HashesKnownMessages) {
    // The empty code's hash and the empty trie's root of the Yellow Paper; Keccak-256 of two
    // strings as the Keccak team's site and the Solidity documentation have them.
    const std::vector<std::pair<std::string, Digest>> known = {
        {"", {0xc5, 0xd2, 0x46, 0x01, 0x86, 0xf7, 0x23, 0x3c, 0x92, 0x7e, 0x7d,
              0xb2, 0xdc, 0xc7, 0x03, 0xc0, 0xe5, 0x00, 0xb6, 0x53, 0xca, 0x82,
              0x27, 0x3b, 0x7b, 0xfa, 0xd8, 0x04, 0x5d, 0x85, 0xa4, 0x70}},
        {"\x80", {0x56, 0xe8, 0x1f, 0x17, 0x1b, 0xcc, 0x55, 0xa6, 0xff, 0x83, 0x45,
                  0xe6, 0x92, 0xc0, 0xf8, 0x6e, 0x5b, 0x48, 0xe0, 0x1b, 0x99, 0x6c,
                  0xad, 0xc0, 0x01, 0x62, 0x2f, 0xb5, 0xe3, 0x63, 0xb4, 0x21}},
        {"abc", {0x4e, 0x03, 0x65, 0x7a, 0xea, 0x45, 0xa9, 0x4f, 0xc7, 0xd4, 0x7b,
                 0xa8, 0x26, 0xc8, 0xd6, 0x67, 0xc0, 0xd1, 0xe6, 0xe3, 0x3a, 0x64,
                 0xa0, 0x36, 0xec, 0x44, 0xf5, 0x8f, 0xa1, 0x2d, 0x6c, 0x45}},
        {"The quick brown fox jumps over the lazy dog",
         {0x4d, 0x74, 0x1b, 0x6f, 0x1e, 0xb2, 0x9c, 0xb2, 0xa9, 0xb9, 0x91,
          0x1c, 0x82, 0xf5, 0x6f, 0xa8, 0xd7, 0x3b, 0x04, 0x95, 0x9d, 0x3d,
          0x9d, 0x22, 0x28, 0x95, 0xdf, 0x6c, 0x0b, 0x28, 0xaa, 0x15}}};
    std::vector<std::span<const uint8_t>> messages;
    for (const auto& [text, expected] : known) {
        const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
        messages.emplace_back(bytes, text.size());
        Digest digest{};
        keccak256(messages.back(), digest);
        EXPECT_EQ(digest, expected) << text;
    }
    std::vector<uint8_t> digests(32 * known.size());
    keccak256_batch(messages, digests);
    for (size_t i = 0; i < known.size(); ++i)
        EXPECT_TRUE(std::equal(known[i].second.begin(), known[i].second.end(),
                               digests.begin() + static_cast<std::ptrdiff_t>(32 * i)))
            << known[i].first;
}

TEST_P(KeccakOnEveryTarget, HashesEveryLengthUpToAThousand) {
    std::mt19937_64 random = test::test_generator(1);
    std::vector<Message> messages;
    for (size_t size = 0; size <= 1000; ++size) {
        messages.push_back(random_message(size, random));
        Digest digest{};
        keccak256(messages.back(), digest);
        ASSERT_EQ(digest, ref::keccak256(messages.back())) << size << " bytes";
    }
    expect_batch_as_reference(messages, 0);
}

TEST_P(KeccakOnEveryTarget, HashesManyMessagesOfEachShortLength) {
    std::mt19937_64 random = test::test_generator(5);
    for (size_t size = 0; size <= 2 * kKeccak256Rate; ++size) {
        // As many as fill a vector, half a vector and one lane.
        std::vector<Message> messages;
        for (size_t i = 0; i < 13; ++i)
            messages.push_back(random_message(size, random));
        expect_batch_as_reference(messages, size % 3);
    }
}

TEST_P(KeccakOnEveryTarget, HashesBatchesOfEverySizeWithOneLongerMessage) {
    std::mt19937_64 random = test::test_generator(6);
    for (size_t count = 1; count <= 40; ++count) {
        std::vector<Message> messages;
        for (size_t i = 0; i < count; ++i)
            messages.push_back(random_message(random() % kKeccak256Rate, random));
        expect_batch_as_reference(messages, 0);
        messages[random() % count] = random_message(500 + count, random);
        expect_batch_as_reference(messages, 1);
    }
}

TEST_P(KeccakOnEveryTarget, HashesBatchesOfEverySizeAndMixedLengths) {
    std::mt19937_64 random = test::test_generator(2);
    for (size_t count = 0; count <= 40; ++count) {
        std::vector<Message> messages;
        for (size_t i = 0; i < count; ++i) {
            const size_t rates = kKeccak256Rate * (random() % 4);
            const std::array<size_t, 6> sizes{random() % 300, rates,           rates + 1,
                                              rates + 135,    random() % 3000, 5000};
            messages.push_back(random_message(sizes[random() % sizes.size()], random));
        }
        expect_batch_as_reference(messages, random() % 64);
    }
}

TEST_P(KeccakOnEveryTarget, HashesOneLongMessageAmongShortOnesAtEveryPlace) {
    std::mt19937_64 random = test::test_generator(3);
    for (size_t place = 0; place < 20; ++place) {
        std::vector<Message> messages;
        for (size_t i = 0; i < 20; ++i)
            messages.push_back(random_message(i == place ? 5000 : 110, random));
        expect_batch_as_reference(messages, place % 9);
    }
}

TEST_P(KeccakOnEveryTarget, WritesNoMoreThanTheDigestsItHasRoomFor) {
    const std::vector<std::span<const uint8_t>> messages(20);
    std::vector<uint8_t> digests(32 * 7 + 31, 0);
    keccak256_batch(messages, digests);
    EXPECT_NE(digests[32 * 7 - 1], 0);
    EXPECT_TRUE(std::all_of(digests.end() - 31, digests.end(), [](uint8_t b) { return b == 0; }));
}

TEST_P(KeccakOnEveryTarget, StaysInsideTheBufferWhateverTheEndsAre) {
    std::mt19937_64 random = test::test_generator(7);
    Message bytes = random_message(300, random);
    bytes.shrink_to_fit();
    const std::array<size_t, 6> ends{200, 100, 1000, SIZE_MAX, 0, 300};
    const std::array<std::pair<size_t, size_t>, 6> pieces{
        {{0, 200}, {100, 100}, {100, 300}, {300, 300}, {0, 0}, {0, 300}}};
    std::vector<uint8_t> digests(32 * ends.size());
    keccak256_batch(bytes, ends, digests);
    for (size_t i = 0; i < ends.size(); ++i) {
        const auto [begin, end] = pieces[i];
        const Digest expected = ref::keccak256(std::span(bytes).subspan(begin, end - begin));
        EXPECT_TRUE(std::equal(expected.begin(), expected.end(),
                               digests.begin() + static_cast<std::ptrdiff_t>(32 * i)))
            << i;
    }
}

TEST_P(KeccakOnEveryTarget, MayOverwriteTheMessageWithItsDigest) {
    std::mt19937_64 random = test::test_generator(4);
    Message message = random_message(200, random);
    const Digest expected = ref::keccak256(message);
    keccak256(message, std::span(message).first<32>());
    EXPECT_TRUE(std::equal(expected.begin(), expected.end(), message.begin()));
}

TEST(CpuTargets, ForcesEachSupportedTargetAndRefusesOthers) {
    const std::string best(active_target());
    for (const std::string& target : supported_targets()) {
        EXPECT_TRUE(force_target(target));
        EXPECT_EQ(active_target(), target);
        EXPECT_GE(keccak256_vector_lanes(), 1u);
        EXPECT_FALSE(force_target("NO_SUCH_TARGET"));
        EXPECT_EQ(active_target(), target);
    }
    EXPECT_TRUE(force_target(""));
    EXPECT_EQ(active_target(), best);
    EXPECT_EQ(best, supported_targets().front());
}

}  // namespace
}  // namespace switchyard::simd
