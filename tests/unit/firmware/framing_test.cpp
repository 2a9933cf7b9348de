// SPDX-License-Identifier: Apache-2.0
// COBS, CRC-32C and frames of the mailbox.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "firmware/abi/cobs.h"
#include "firmware/controller/core/crc32c.hpp"
#include "firmware/controller/core/frame_reader.hpp"
#include "host/core/checksum/crc32c.hpp"
#include "tests/support/firmware_board.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard::test {
namespace {

using Bytes = std::vector<uint8_t>;

Bytes encode(const Bytes& bytes) {
    Bytes out(abi::cobs_bytes_max(bytes.size()));
    out.resize(abi::cobs_encode(bytes.data(), bytes.size(), out.data()));
    return out;
}

bool decode(Bytes& bytes) {
    const size_t size = abi::cobs_decode(bytes.data(), bytes.size());
    if (size == SIZE_MAX) return false;
    bytes.resize(size);
    return true;
}

Bytes counting(uint8_t from, size_t count) {
    Bytes out(count);
    for (size_t i = 0; i < count; ++i)
        out[i] = static_cast<uint8_t>(from + i);
    return out;
}

Bytes join(const Bytes& a, const Bytes& b) {
    Bytes out = a;
    out.insert(out.end(), b.begin(), b.end());
    return out;
}

// The examples of the Wikipedia article on COBS, without the delimiter.
TEST(Cobs, EncodesThePublishedExamples) {
    const std::array<std::pair<Bytes, Bytes>, 9> examples = {{
        {{0x00}, {0x01, 0x01}},
        {{0x00, 0x00}, {0x01, 0x01, 0x01}},
        {{0x00, 0x11, 0x00}, {0x01, 0x02, 0x11, 0x01}},
        {{0x11, 0x22, 0x00, 0x33}, {0x03, 0x11, 0x22, 0x02, 0x33}},
        {{0x11, 0x22, 0x33, 0x44}, {0x05, 0x11, 0x22, 0x33, 0x44}},
        {{0x11, 0x00, 0x00, 0x00}, {0x02, 0x11, 0x01, 0x01, 0x01}},
        {counting(0x01, 254), join({0xff}, counting(0x01, 254))},
        {join({0x00}, counting(0x01, 254)), join({0x01, 0xff}, counting(0x01, 254))},
        {counting(0x01, 255), join(join({0xff}, counting(0x01, 254)), {0x02, 0xff})},
    }};
    for (const auto& [plain, encoded] : examples) {
        EXPECT_EQ(encode(plain), encoded);
        Bytes back = encoded;
        ASSERT_TRUE(decode(back));
        EXPECT_EQ(back, plain);
    }
}

TEST(Cobs, RoundTripsAnyBytesWithoutAZero) {
    auto random = test_generator(1);
    for (int round = 0; round < 20000; ++round) {
        Bytes plain(random() % 600);
        const uint64_t zeros_in_16 = random() % 17;
        for (uint8_t& byte : plain)
            byte = random() % 16 < zeros_in_16 ? uint8_t{0} : static_cast<uint8_t>(random());
        Bytes coded = encode(plain);
        EXPECT_THAT(coded, testing::Each(testing::Ne(0)));
        ASSERT_LE(coded.size(), abi::cobs_bytes_max(plain.size()));
        ASSERT_TRUE(decode(coded));
        ASSERT_EQ(coded, plain);
    }
}

TEST(Cobs, RefusesWhatEndsWithinAGroupOrHoldsAZero) {
    for (Bytes wrong : {Bytes{}, Bytes{0x02}, Bytes{0xff, 1, 2, 3}, Bytes{0x00},
                        Bytes{0x03, 0x11, 0x00}, Bytes{0x01, 0x00}}) {
        EXPECT_FALSE(decode(wrong));
    }
}

TEST(ControllerCrc, IsTheHostsAndThatOfRfc3720) {
    // RFC 3720, appendix B.4.
    EXPECT_EQ(fw::crc32c(Bytes(32, 0x00).data(), 32), 0x8a9136aau);
    EXPECT_EQ(fw::crc32c(Bytes(32, 0xff).data(), 32), 0x62a8ab43u);
    EXPECT_EQ(fw::crc32c(counting(0, 32).data(), 32), 0x46dd794eu);
    auto random = test_generator(2);
    for (size_t size = 0; size < 300; ++size) {
        Bytes bytes(size);
        for (uint8_t& byte : bytes)
            byte = static_cast<uint8_t>(random());
        const size_t cut = size == 0 ? 0 : random() % size;
        const uint32_t whole = fw::crc32c(bytes.data(), size);
        EXPECT_EQ(whole, switchyard::crc32c(bytes));
        EXPECT_EQ(fw::crc32c(bytes.data() + cut, size - cut, fw::crc32c(bytes.data(), cut)), whole);
    }
}

struct Reader {
    int feed(const Bytes& bytes) {
        int messages = 0;
        for (const uint8_t byte : bytes) {
            fw::Message message;
            if (!reader.take(byte, message)) continue;
            ++messages;
            header = message.header;
            payload.assign(message.payload, message.payload + message.header.payload_bytes);
        }
        return messages;
    }
    fw::FrameReader reader;
    mailbox::Header header{};
    Bytes payload;
};

TEST(FrameReader, ReadsFramesOfEveryPayloadSize) {
    Reader reader;
    for (size_t size = 0; size <= mailbox::kPayloadBytesMax; ++size) {
        const Bytes payload = counting(0, size);
        ASSERT_EQ(reader.feed(request_frame(static_cast<uint16_t>(size), 9, payload)), 1) << size;
        EXPECT_EQ(reader.header.sequence, size);
        EXPECT_EQ(reader.header.code, 9);
        EXPECT_EQ(reader.payload, payload);
    }
    EXPECT_EQ(reader.reader.counters().bad, 0u);
}

TEST(FrameReader, FindsEverySingleBitFlip) {
    const Bytes frame = request_frame(0x1234, mailbox::kUpdateChunk, counting(0, 60));
    for (size_t bit = 8; bit < (frame.size() - 1) * 8; ++bit) {
        Bytes flipped = frame;
        flipped[bit / 8] = static_cast<uint8_t>(flipped[bit / 8] ^ (1u << bit % 8));
        Reader reader;
        EXPECT_EQ(reader.feed(flipped), 0) << "bit " << bit;
        // Whatever the flip did to the framing, the next frame is read.
        EXPECT_EQ(reader.feed(request_frame(7, mailbox::kGetStatus)), 1) << "bit " << bit;
    }
}

TEST(FrameReader, RefusesALengthThatIsNotTheFrames) {
    // A frame whose CRC holds and whose header lies.
    mailbox::Header header{};
    header.version = mailbox::kProtocolVersion;
    header.kind = mailbox::kRequest;
    header.payload_bytes = 200;
    Bytes message(sizeof header + 4);
    std::memcpy(message.data(), &header, sizeof header);
    const uint32_t crc = fw::crc32c(message.data(), sizeof header);
    std::memcpy(message.data() + sizeof header, &crc, 4);
    Reader reader;
    EXPECT_EQ(reader.feed(join(encode(message), {0})), 0);
    EXPECT_EQ(reader.reader.counters().bad, 1u);
}

TEST(FrameReader, FindsTheNextFrameAfterAnyGarbage) {
    auto random = test_generator(3);
    Reader reader;
    for (int round = 0; round < 5000; ++round) {
        Bytes garbage(random() % 700);
        for (uint8_t& byte : garbage)
            byte = static_cast<uint8_t>(random());
        (void)reader.feed(garbage);
        ASSERT_EQ(reader.feed(request_frame(static_cast<uint16_t>(round), mailbox::kGetStatus)), 1);
        ASSERT_EQ(reader.header.sequence, round);
    }
    EXPECT_GT(reader.reader.counters().bad, 0u);
    EXPECT_GT(reader.reader.counters().too_long, 0u);
}

}  // namespace
}  // namespace switchyard::test
