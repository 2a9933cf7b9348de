// SPDX-License-Identifier: Apache-2.0
#include "dataplane/capture/capture_reader.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "dataplane/capture/capture_writer.hpp"
#include "tests/support/test_data.hpp"
#include "tests/unit/dataplane/workload.hpp"

namespace switchyard::dataplane {
namespace {

using ::switchyard::test::test_generator;

std::string temporary(const std::string& name) {
    return (std::filesystem::temp_directory_path() /
            ("switchyard_" + std::to_string(getpid()) + "_" + name))
        .string();
}

/// A capture built field by field from the drafts, in either byte order.
class Builder {
  public:
    explicit Builder(bool big_endian) : big_endian_(big_endian) {}

    Builder& u16(uint16_t value) { return number(value, 2); }
    Builder& u32(uint32_t value) { return number(value, 4); }
    Builder& raw(BytesView bytes) {
        bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
        return *this;
    }
    /// A block of pcapng around `body`, which is filled up to four bytes.
    Builder& block(uint32_t type, Bytes body) {
        while (body.size() % 4 != 0)
            body.push_back(0);
        const auto length = static_cast<uint32_t>(body.size() + 12);
        return u32(type).u32(length).raw(body).u32(length);
    }
    [[nodiscard]] Bytes bytes() const { return bytes_; }
    [[nodiscard]] Builder part() const { return Builder(big_endian_); }

  private:
    Builder& number(uint32_t value, size_t size) {
        for (size_t i = 0; i < size; ++i)
            bytes_.push_back(static_cast<uint8_t>(value >> 8 * (big_endian_ ? size - 1 - i : i)));
        return *this;
    }
    bool big_endian_;
    Bytes bytes_;
};

Builder& section(Builder& out) {
    return out.block(
        0x0A0D0D0A,
        out.part().u32(0x1A2B3C4D).u16(1).u16(0).u32(0xFFFFFFFF).u32(0xFFFFFFFF).bytes());
}

Builder& interface(Builder& out, uint16_t link_type, BytesView options = {}) {
    return out.block(1, out.part().u16(link_type).u16(0).u32(0).raw(options).bytes());
}

Builder& packet(Builder& out, uint32_t index, uint64_t ticks, BytesView data) {
    return out.block(6, out.part()
                            .u32(index)
                            .u32(static_cast<uint32_t>(ticks >> 32))
                            .u32(static_cast<uint32_t>(ticks))
                            .u32(static_cast<uint32_t>(data.size()))
                            .u32(static_cast<uint32_t>(data.size() + 7))
                            .raw(data)
                            .bytes());
}

struct Read {
    std::vector<Bytes> frames;
    std::vector<uint64_t> times;
    std::vector<uint32_t> originals;
    std::optional<Error> error;
};

Read read_all(Bytes bytes) {
    Read out;
    // fmemopen wants a byte at least.
    if (bytes.empty()) bytes.push_back(0);
    auto reader = CaptureReader::read(::fmemopen(bytes.data(), bytes.size(), "rb"), "memory");
    if (!reader) {
        out.error = reader.error();
        return out;
    }
    for (;;) {
        const auto frame = reader->next();
        if (!frame) {
            out.error = frame.error();
            EXPECT_EQ(reader->next().error().message, frame.error().message) << "it stays";
            return out;
        }
        if (!*frame) return out;
        out.frames.push_back(to_bytes((*frame)->bytes));
        out.times.push_back((*frame)->time_ns);
        out.originals.push_back((*frame)->original_bytes);
    }
}

Bytes sample(bool big_endian, BytesView first, BytesView second) {
    Builder out(big_endian);
    section(out);
    interface(out, 1);  // microseconds
    // if_tsresol 9, if_tsoffset 100, end.
    const Bytes options = out.part().u16(9).u16(1).raw(Bytes{9, 0, 0, 0}).u16(14).u16(8).bytes();
    Bytes with_offset = options;
    const Bytes offset =
        big_endian ? Bytes{0, 0, 0, 0, 0, 0, 0, 100} : Bytes{100, 0, 0, 0, 0, 0, 0, 0};
    with_offset.insert(with_offset.end(), offset.begin(), offset.end());
    interface(out, 1, with_offset);
    packet(out, 0, 1'700'000'000'123'456, first);
    out.block(0x0BAD, Bytes(20, 7));  // of somebody else
    packet(out, 1, 1'700'000'000'123'456'789, second);
    out.block(3, out.part().u32(static_cast<uint32_t>(first.size())).raw(first).bytes());
    return out.bytes();
}

TEST(CaptureReader, ReadsPcapngOfEitherByteOrder) {
    auto random = test_generator(170);
    const Bytes first = test::random_bytes(random, 61);
    const Bytes second = test::random_bytes(random, 1'514);
    for (const bool big_endian : {false, true}) {
        const Read read = read_all(sample(big_endian, first, second));
        ASSERT_FALSE(read.error) << read.error->message;
        ASSERT_EQ(read.frames.size(), 3u);
        EXPECT_EQ(read.frames[0], first);
        EXPECT_EQ(read.frames[1], second);
        EXPECT_EQ(read.frames[2], first) << "a simple packet block";
        EXPECT_EQ(read.times[0], 1'700'000'000'123'456'000u);
        EXPECT_EQ(read.times[1], 1'700'000'100'123'456'789u);
        EXPECT_EQ(read.times[2], 0u);
        EXPECT_EQ(read.originals[0], first.size() + 7);
    }
}

TEST(CaptureReader, ReadsSectionsOneBehindTheOther) {
    const Bytes first(60, 1);
    const Bytes second(60, 2);
    Bytes both = sample(false, first, second);
    const Bytes other = sample(true, second, first);
    both.insert(both.end(), other.begin(), other.end());
    const Read read = read_all(both);
    ASSERT_FALSE(read.error) << read.error->message;
    ASSERT_EQ(read.frames.size(), 6u);
    EXPECT_EQ(read.frames[3], second);
}

TEST(CaptureReader, ReadsEveryKindOfPcap) {
    const Bytes frame(60, 9);
    for (const bool big_endian : {false, true}) {
        for (const bool nanoseconds : {false, true}) {
            Builder out(big_endian);
            out.u32(nanoseconds ? 0xA1B23C4D : 0xA1B2C3D4).u16(2).u16(4).u32(0).u32(0).u32(65'535);
            out.u32(1).u32(1'700'000'000).u32(123'456).u32(60).u32(61).raw(frame);
            const Read read = read_all(out.bytes());
            ASSERT_FALSE(read.error) << read.error->message;
            ASSERT_EQ(read.frames.size(), 1u);
            EXPECT_EQ(read.frames[0], frame);
            EXPECT_EQ(read.times[0],
                      1'700'000'000'000'000'000 + (nanoseconds ? 123'456 : 123'456'000));
            EXPECT_EQ(read.originals[0], 61u);
        }
    }
}

TEST(CaptureReader, ReadsClocksOfPowersOfTwoAndTen) {
    struct Clock {
        uint8_t resolution;
        uint64_t ticks;
        uint64_t expected_ns;
    };
    for (const Clock& clock :
         {Clock{0, 5, 5'000'000'000}, Clock{3, 1'234, 1'234'000'000}, Clock{12, 1'234'567, 1'234},
          Clock{0x80, 3, 3'000'000'000}, Clock{0x80 | 10, 1'536, 1'500'000'000},
          Clock{0x80 | 63, uint64_t{1} << 62, 500'000'000}}) {
        Builder out(false);
        section(out);
        interface(out, 1, out.part().u16(9).u16(1).raw(Bytes{clock.resolution, 0, 0, 0}).bytes());
        packet(out, 0, clock.ticks, Bytes(60, 1));
        const Read read = read_all(out.bytes());
        ASSERT_FALSE(read.error) << read.error->message;
        EXPECT_EQ(read.times.at(0), clock.expected_ns) << int{clock.resolution};
    }
}

TEST(CaptureReader, RefusesEveryLengthThatIsWrong) {
    const Bytes whole = sample(false, Bytes(61, 1), Bytes(100, 2));
    // A file that ends anywhere but between blocks.
    std::vector<size_t> ends;
    for (size_t at = 0; at < whole.size();) {
        uint32_t length = 0;
        std::memcpy(&length, whole.data() + at + 4, 4);
        ends.push_back(at += length);
    }
    for (size_t size = 0; size < whole.size(); ++size) {
        const Read read =
            read_all({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)});
        EXPECT_EQ(read.error.has_value(), std::ranges::find(ends, size) == ends.end()) << size;
    }
    // Each length field off by something: of a block, at both of its ends, and of a packet.
    size_t begin = 0;
    for (const size_t end : ends) {
        for (const size_t at : {begin + 4, end - 4})
            for (const int delta : {-4, -1, 1, 4, 1 << 21, 1 << 30}) {
                Bytes damaged = whole;
                uint32_t length = 0;
                std::memcpy(&length, damaged.data() + at, 4);
                length += static_cast<uint32_t>(delta);
                std::memcpy(damaged.data() + at, &length, 4);
                EXPECT_TRUE(read_all(damaged).error) << at << " " << delta;
            }
        begin = end;
    }
    const size_t captured = ends[2] + 8 + 12;  // of the first packet
    for (const uint32_t value : {65u, 66u, 65'535u, 65'536u, UINT32_MAX}) {
        Bytes damaged = whole;
        std::memcpy(damaged.data() + captured, &value, 4);
        EXPECT_TRUE(read_all(damaged).error) << value;
    }
}

TEST(CaptureReader, SaysWhatItDoesNotRead) {
    const auto error_of = [](const Bytes& bytes) {
        const Read read = read_all(bytes);
        EXPECT_TRUE(read.error);
        return read.error ? read.error->code : ErrorCode::Internal;
    };
    EXPECT_EQ(error_of({}), ErrorCode::InvalidInput);
    EXPECT_EQ(error_of(Bytes(100, 0x55)), ErrorCode::InvalidInput);
    Builder wifi(false);
    packet(interface(section(wifi), 105), 0, 1, Bytes(60, 1));
    EXPECT_EQ(error_of(wifi.bytes()), ErrorCode::InvalidInput);
    Builder nobody(false);
    packet(interface(section(nobody), 1), 1, 1, Bytes(60, 1));
    EXPECT_EQ(error_of(nobody.bytes()), ErrorCode::Corrupt);
    Builder early(false);
    section(early);
    interface(early, 1, early.part().u16(14).u16(8).u32(0).u32(0x80000000).bytes());
    packet(early, 0, 1, Bytes(60, 1));
    EXPECT_EQ(error_of(early.bytes()), ErrorCode::InvalidInput) << "long before 1970";
    Builder fine(false);
    section(fine);
    interface(fine, 1, fine.part().u16(9).u16(1).raw(Bytes{20, 0, 0, 0}).bytes());
    EXPECT_EQ(error_of(fine.bytes()), ErrorCode::InvalidInput);
    Builder many(false);
    section(many);
    for (int i = 0; i < 257; ++i)
        interface(many, 1);
    EXPECT_EQ(error_of(many.bytes()), ErrorCode::InvalidInput) << "memory is bounded";
    EXPECT_EQ(CaptureReader::open("/nowhere.pcap").error().code, ErrorCode::NotFound);
}

TEST(CaptureReader, ReadsWhatTheWriterWrote) {
    auto random = test_generator(171);
    for (const char* name : {"written.pcap", "written.pcapng"}) {
        const std::string path = temporary(name);
        std::vector<Bytes> frames;
        {
            auto writer = CaptureWriter::create(path, "net_af_packet0,iface=eth0");
            ASSERT_TRUE(writer);
            for (uint64_t i = 0; i < 200; ++i) {
                frames.push_back(test::random_bytes(random, 1 + random() % 9'014));
                writer->write(frames.back(), 1'700'000'000'000'000'001 + i * 999'999'937);
            }
            ASSERT_TRUE(writer->finish());
        }
        auto reader = CaptureReader::open(path);
        ASSERT_TRUE(reader) << reader.error().message;
        EXPECT_EQ(reader->pcapng(), path.ends_with("ng"));
        for (uint64_t i = 0; i < frames.size(); ++i) {
            const auto frame = reader->next();
            ASSERT_TRUE(frame && *frame) << i;
            EXPECT_TRUE(equal((*frame)->bytes, frames[i]));
            EXPECT_EQ((*frame)->time_ns, 1'700'000'000'000'000'001 + i * 999'999'937);
        }
        const auto end = reader->next();
        EXPECT_TRUE(end && !*end);
        std::filesystem::remove(path);
    }
}

}  // namespace
}  // namespace switchyard::dataplane
