// SPDX-License-Identifier: Apache-2.0
#include "dataplane/capture/capture_reader.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>

#include "dataplane/capture/capture_format.hpp"

namespace switchyard::dataplane {

using namespace capture;

namespace {

constexpr uint64_t kSecondNs = 1'000'000'000;
/// 10^-19 s and 2^-63 s: finer clocks do not fit 64 bits.
constexpr uint8_t kDecimalMax = 19;
constexpr uint8_t kBinaryMax = 63;

uint32_t load32(const uint8_t* data) {
    uint32_t out = 0;
    std::memcpy(&out, data, sizeof(out));
    return out;
}

}  // namespace

Error CaptureReader::error(ErrorCode code, const std::string& what) const {
    return {code, "capture file " + name_ + ": " + what + " after " + std::to_string(frames_) +
                      " packets"};
}

size_t CaptureReader::fill(uint8_t* out, size_t size) {
    return size == 0 ? 0 : std::fread(out, 1, size, file_.get());
}

uint32_t CaptureReader::u32(const uint8_t* data) const {
    const uint32_t out = load32(data);
    return swapped_ ? __builtin_bswap32(out) : out;
}

uint16_t CaptureReader::u16(const uint8_t* data) const {
    uint16_t out = 0;
    std::memcpy(&out, data, sizeof(out));
    return swapped_ ? __builtin_bswap16(out) : out;
}

Result<CaptureReader> CaptureReader::open(const std::string& path) {
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(path, ignored))
        return Error{ErrorCode::NotFound, "capture file " + path + ": no such file"};
    std::FILE* const file = std::fopen(path.c_str(), "rbe");
    if (file == nullptr) return Error{ErrorCode::Io, "capture file " + path + ": cannot be read"};
    return read(file, path);
}

Result<CaptureReader> CaptureReader::read(std::FILE* file, const std::string& name) {
    CaptureReader out(file, name);
    if (auto begun = out.begin(); !begun) return begun.error();
    return out;
}

Result<void> CaptureReader::begin() {
    std::array<uint8_t, 4> magic{};
    if (fill(magic.data(), magic.size()) != magic.size())
        return error(ErrorCode::InvalidInput, "shorter than a header");
    if (load32(magic.data()) != kSectionBlock) return begin_pcap(magic.data());
    pcapng_ = true;
    return read_block(kSectionBlock);
}

Result<void> CaptureReader::begin_pcap(const uint8_t* magic) {
    const auto is_magic = [](uint32_t value) {
        return value == kPcapMicroseconds || value == kPcapNanoseconds;
    };
    swapped_ = !is_magic(load32(magic));
    if (!is_magic(u32(magic))) return error(ErrorCode::InvalidInput, "neither pcap nor pcapng");
    nanoseconds_ = u32(magic) == kPcapNanoseconds;
    std::array<uint8_t, kPcapHeaderBytes - 4> rest{};
    if (fill(rest.data(), rest.size()) != rest.size())
        return error(ErrorCode::InvalidInput, "shorter than a header");
    // The upper bits of the link type tell of a frame check sequence.
    if ((u32(rest.data() + 16) & 0x0FFF'FFFF) != kLinkTypeEthernet)
        return error(ErrorCode::InvalidInput, "not a capture of Ethernet");
    return {};
}

Result<std::optional<CapturedFrame>> CaptureReader::next() {
    if (failure_) return *failure_;
    auto out = pcapng_ ? next_pcapng() : next_pcap();
    if (!out) {
        failure_ = out.error();
    } else if (*out) {
        ++frames_;
    }
    return out;
}

Result<std::optional<CapturedFrame>> CaptureReader::next_pcap() {
    std::array<uint8_t, kPcapRecordBytes> record{};
    const size_t got = fill(record.data(), record.size());
    if (got == 0) return std::optional<CapturedFrame>{};
    if (got != record.size()) return error(ErrorCode::Corrupt, "cut short");
    const uint32_t captured = u32(record.data() + 8);
    if (captured > kPacketBytesMax)
        return error(ErrorCode::InvalidInput, "a packet above 65,535 bytes");
    block_.resize(captured);
    if (fill(block_.data(), captured) != captured) return error(ErrorCode::Corrupt, "cut short");
    const uint64_t fraction = u32(record.data() + 4);
    return std::optional{CapturedFrame{
        .bytes = block_,
        .time_ns = u32(record.data()) * kSecondNs + fraction * (nanoseconds_ ? 1 : 1'000),
        .original_bytes = u32(record.data() + 12)}};
}

Result<void> CaptureReader::read_block(uint32_t type) {
    std::array<uint8_t, 4> length_bytes{};
    if (fill(length_bytes.data(), 4) != 4) return error(ErrorCode::Corrupt, "cut short");
    std::array<uint8_t, 4> order{};
    const bool section = type == kSectionBlock;
    if (section) {
        // The byte order of a section stands behind the length that is written in it.
        if (fill(order.data(), 4) != 4) return error(ErrorCode::Corrupt, "cut short");
        swapped_ = load32(order.data()) != kByteOrderMagic;
        if (u32(order.data()) != kByteOrderMagic)
            return error(ErrorCode::Corrupt, "a section without byte order");
        interfaces_.clear();
    }
    const uint32_t length = u32(length_bytes.data());
    const size_t smallest = kBlockOverhead + (section ? kSectionBlockHeaderBytes : 0);
    if (length < smallest || length % 4 != 0)
        return error(ErrorCode::Corrupt, "a block of " + std::to_string(length) + " bytes");
    if (length > kBlockBytesMax)
        return error(ErrorCode::InvalidInput,
                     "a block of " + std::to_string(length) + " bytes; up to a megabyte is read");
    block_.resize(length - kBlockOverhead);
    const size_t begin = section ? order.size() : 0;
    std::copy_n(order.begin(), begin, block_.begin());
    std::array<uint8_t, 4> again{};
    if (fill(block_.data() + begin, block_.size() - begin) != block_.size() - begin ||
        fill(again.data(), 4) != 4)
        return error(ErrorCode::Corrupt, "cut short");
    if (u32(again.data()) != length)
        return error(ErrorCode::Corrupt, "a block that ends in another length than it begins with");
    if (section && u16(block_.data() + 4) != 1)
        return error(ErrorCode::InvalidInput, "a version of pcapng other than 1");
    return {};
}

Result<std::optional<CapturedFrame>> CaptureReader::next_pcapng() {
    // Every turn reads a block of 12 bytes or more.
    for (;;) {
        std::array<uint8_t, 4> type_bytes{};
        const size_t got = fill(type_bytes.data(), 4);
        if (got == 0) return std::optional<CapturedFrame>{};
        if (got != 4) return error(ErrorCode::Corrupt, "cut short");
        const uint32_t type = u32(type_bytes.data());
        if (auto read = read_block(type); !read) return read.error();
        if (type == kInterfaceBlock) {
            if (auto taken = take_interface(); !taken) return taken.error();
        } else if (type == kPacketBlock || type == kSimplePacketBlock) {
            auto packet = type == kPacketBlock ? take_packet() : take_simple_packet();
            if (!packet) return packet.error();
            return std::optional{*packet};
        }
        // Sections were taken by `read_block`; names, statistics and others say nothing to us.
    }
}

Result<void> CaptureReader::take_interface() {
    if (block_.size() < kInterfaceBlockHeaderBytes)
        return error(ErrorCode::Corrupt, "an interface block that is too short");
    if (interfaces_.size() == kInterfacesMax)
        return error(ErrorCode::InvalidInput, "more than 256 interfaces");
    Interface out{.link_type = u16(block_.data()), .snap_bytes = u32(block_.data() + 4)};
    const BytesView options = BytesView{block_}.subspan(kInterfaceBlockHeaderBytes);
    if (auto taken = take_interface_options(options, out); !taken) return taken.error();
    interfaces_.push_back(out);
    return {};
}

Result<void> CaptureReader::take_interface_options(BytesView options, Interface& out) const {
    while (options.size() >= 4) {
        const uint16_t code = u16(options.data());
        const size_t size = u16(options.data() + 2);
        options = options.subspan(4);
        if (code == 0) return {};
        if (size > options.size()) return error(ErrorCode::Corrupt, "an option beyond its block");
        if (code == kOptionResolution && size == 1) {
            const bool binary = (options[0] & 0x80) != 0;
            const uint8_t exponent = options[0] & 0x7F;
            if (exponent > (binary ? kBinaryMax : kDecimalMax))
                return error(ErrorCode::InvalidInput, "a clock finer than 2^-63 s");
            out.ticks_per_second = 1;
            for (uint8_t i = 0; i < exponent; ++i)
                out.ticks_per_second *= binary ? 2 : 10;
        }
        if (code == kOptionOffset && size == 8) {
            const uint64_t low = u32(options.data() + (swapped_ ? 4 : 0));
            const uint64_t high = u32(options.data() + (swapped_ ? 0 : 4));
            out.offset_seconds = static_cast<int64_t>(high << 32 | low);
        }
        options = options.subspan(std::min(options.size(), (size + 3) / 4 * 4));
    }
    return {};
}

Result<uint64_t> CaptureReader::time_of(const Interface& interface, uint64_t ticks) const {
    const uint64_t seconds = ticks / interface.ticks_per_second;
    const auto rest = static_cast<unsigned __int128>(ticks % interface.ticks_per_second);
    const auto fraction = static_cast<uint64_t>(rest * kSecondNs / interface.ticks_per_second);
    const __int128 out = (static_cast<__int128>(seconds) + interface.offset_seconds) * kSecondNs +
                         static_cast<__int128>(fraction);
    if (out < 0 || out > UINT64_MAX)
        return error(ErrorCode::InvalidInput, "a time before 1970 or after 2554");
    return static_cast<uint64_t>(out);
}

Result<CapturedFrame> CaptureReader::take_packet() {
    if (block_.size() < kPacketBlockHeaderBytes)
        return error(ErrorCode::Corrupt, "a packet block that is too short");
    const uint32_t index = u32(block_.data());
    if (index >= interfaces_.size())
        return error(ErrorCode::Corrupt, "a packet of an interface that was not described");
    const Interface& interface = interfaces_[index];
    if (interface.link_type != kLinkTypeEthernet)
        return error(ErrorCode::InvalidInput, "a packet that is not of Ethernet");
    const uint32_t captured = u32(block_.data() + 12);
    if (captured > kPacketBytesMax)
        return error(ErrorCode::InvalidInput, "a packet above 65,535 bytes");
    if (captured > block_.size() - kPacketBlockHeaderBytes)
        return error(ErrorCode::Corrupt, "a packet beyond its block");
    const uint64_t ticks = uint64_t{u32(block_.data() + 4)} << 32 | u32(block_.data() + 8);
    const auto time_ns = time_of(interface, ticks);
    if (!time_ns) return time_ns.error();
    return CapturedFrame{.bytes = BytesView{block_}.subspan(kPacketBlockHeaderBytes, captured),
                         .time_ns = *time_ns,
                         .original_bytes = u32(block_.data() + 16)};
}

/// Without a time, of the first interface; its captured length follows from the others.
Result<CapturedFrame> CaptureReader::take_simple_packet() {
    if (block_.size() < 4) return error(ErrorCode::Corrupt, "a packet block that is too short");
    if (interfaces_.empty())
        return error(ErrorCode::Corrupt, "a packet of an interface that was not described");
    if (interfaces_[0].link_type != kLinkTypeEthernet)
        return error(ErrorCode::InvalidInput, "a packet that is not of Ethernet");
    const uint32_t original = u32(block_.data());
    uint32_t captured = original;
    if (interfaces_[0].snap_bytes != 0) captured = std::min(captured, interfaces_[0].snap_bytes);
    if (captured > kPacketBytesMax)
        return error(ErrorCode::InvalidInput, "a packet above 65,535 bytes");
    if (captured > block_.size() - 4) return error(ErrorCode::Corrupt, "a packet beyond its block");
    return CapturedFrame{
        .bytes = BytesView{block_}.subspan(4, captured), .time_ns = 0, .original_bytes = original};
}

}  // namespace switchyard::dataplane
