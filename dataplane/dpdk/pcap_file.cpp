// SPDX-License-Identifier: Apache-2.0
#include "dataplane/dpdk/pcap_file.hpp"

#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace switchyard::dataplane::dpdk {
namespace {

constexpr size_t kFileHeaderBytes = 24;
constexpr size_t kRecordHeaderBytes = 16;
constexpr uint32_t kMagicMicroseconds = 0xA1B2'C3D4;
constexpr uint32_t kMagicNanoseconds = 0xA1B2'3C4D;
constexpr uint32_t kLinkTypeEthernet = 1;
constexpr uint32_t kPacketBytesMax = 65'535;

uint32_t load(const char* data, bool swapped) {
    uint32_t value = 0;
    std::memcpy(&value, data, sizeof(value));
    return swapped ? __builtin_bswap32(value) : value;
}

}  // namespace

Result<uint64_t> check_pcap_file(const std::string& path) {
    const auto error = [&](ErrorCode code, const std::string& what) {
        return Error{code, "capture file " + path + ": " + what};
    };
    std::error_code failed;
    if (!std::filesystem::is_regular_file(path, failed))
        return error(ErrorCode::NotFound, "no such file");
    std::ifstream file(path, std::ios::binary);
    if (!file) return error(ErrorCode::Io, "cannot be read");

    std::array<char, kFileHeaderBytes> header{};
    if (!file.read(header.data(), header.size()))
        return error(ErrorCode::InvalidInput, "shorter than a pcap header");
    const auto is_magic = [](uint32_t magic) {
        return magic == kMagicMicroseconds || magic == kMagicNanoseconds;
    };
    const bool swapped = !is_magic(load(header.data(), false));
    if (swapped && !is_magic(load(header.data(), true)))
        return error(ErrorCode::InvalidInput, "not a pcap file (pcapng is not taken)");
    // The upper bits of the link type tell of a frame check sequence.
    if ((load(header.data() + 20, swapped) & 0x0FFF'FFFF) != kLinkTypeEthernet)
        return error(ErrorCode::InvalidInput, "not a capture of Ethernet");

    uint64_t packets = 0;
    std::array<char, kPacketBytesMax> packet;
    for (;; ++packets) {
        std::array<char, kRecordHeaderBytes> record{};
        file.read(record.data(), record.size());
        if (file.gcount() == 0) return packets;
        const std::string place = " after " + std::to_string(packets) + " packets";
        if (!file) return error(ErrorCode::Corrupt, "cut short" + place);
        const uint32_t captured = load(record.data() + 8, swapped);
        if (captured > packet.size())
            return error(ErrorCode::InvalidInput, "a packet above 65,535 bytes" + place);
        if (!file.read(packet.data(), captured))
            return error(ErrorCode::Corrupt, "cut short" + place);
    }
}

}  // namespace switchyard::dataplane::dpdk
