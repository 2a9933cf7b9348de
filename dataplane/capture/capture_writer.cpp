// SPDX-License-Identifier: Apache-2.0
#include "dataplane/capture/capture_writer.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "dataplane/capture/capture_format.hpp"

namespace switchyard::dataplane {
namespace {

using namespace capture;

constexpr size_t kBufferBytes = 1 << 20;
constexpr size_t kInterfaceNameMax = 255;
constexpr std::array<uint8_t, 4> kPadding{};

Error failed(const std::string& path) {
    return {ErrorCode::Io, "capture file " + path + ": cannot be written: " + std::strerror(errno)};
}

/// Blocks and options of pcapng are filled up to four bytes.
constexpr size_t padding_of(size_t size) {
    return (4 - size % 4) % 4;
}

constexpr uint32_t option_head(uint16_t code, size_t size) {
    return static_cast<uint32_t>(size) << 16 | code;
}

}  // namespace

Result<CaptureWriter> CaptureWriter::create(const std::string& path, const std::string& interface) {
    std::FILE* const file = std::fopen(path.c_str(), "wbe");
    if (file == nullptr) return failed(path);
    (void)std::setvbuf(file, nullptr, _IOFBF, kBufferBytes);
    CaptureWriter out(path, file);
    out.pcapng_ = path.ends_with(".pcapng");
    if (out.pcapng_) {
        out.begin_pcapng(interface);
    } else {
        out.begin_pcap();
    }
    if (out.failed_) return failed(path);
    return out;
}

void CaptureWriter::begin_pcap() {
    // Magic, version 2.4, no time zone, no accuracy.
    const std::array<uint32_t, 6> header = {kPcapNanoseconds, 4u << 16 | 2,     0, 0,
                                            kPacketBytesMax,  kLinkTypeEthernet};
    put(header.data(), sizeof(header));
}

void CaptureWriter::begin_pcapng(const std::string& interface) {
    // Version 1.0, and a length that is not known yet.
    constexpr uint32_t kSectionBytes = kBlockOverhead + kSectionBlockHeaderBytes;
    const std::array<uint32_t, 7> section = {kSectionBlock, kSectionBytes, kByteOrderMagic, 1,
                                             UINT32_MAX,    UINT32_MAX,    kSectionBytes};
    put(section.data(), sizeof(section));

    const size_t name_bytes = std::min(interface.size(), kInterfaceNameMax);
    const size_t name_option = name_bytes == 0 ? 0 : 4 + name_bytes + padding_of(name_bytes);
    // The name, the resolution in one byte, and the end of the options.
    const auto bytes =
        static_cast<uint32_t>(kBlockOverhead + kInterfaceBlockHeaderBytes + name_option + 8 + 4);
    const std::array<uint32_t, 4> head = {kInterfaceBlock, bytes, kLinkTypeEthernet,
                                          kPacketBytesMax};
    put(head.data(), sizeof(head));
    if (name_bytes != 0) {
        const uint32_t option = option_head(kOptionName, name_bytes);
        put(&option, sizeof(option));
        put(interface.data(), name_bytes);
        put(kPadding.data(), padding_of(name_bytes));
    }
    const std::array<uint32_t, 4> tail = {option_head(kOptionResolution, 1), kResolutionNanoseconds,
                                          0, bytes};
    put(tail.data(), sizeof(tail));
}

void CaptureWriter::put(const void* data, size_t size) {
    if (!failed_ && std::fwrite(data, 1, size, file_.get()) != size) failed_ = true;
}

void CaptureWriter::write(BytesView frame, uint64_t time_ns) {
    const auto size = static_cast<uint32_t>(std::min<size_t>(frame.size(), kPacketBytesMax));
    const auto original = static_cast<uint32_t>(frame.size());
    if (pcapng_) {
        const auto bytes = static_cast<uint32_t>(kBlockOverhead + kPacketBlockHeaderBytes + size +
                                                 padding_of(size));
        const std::array<uint32_t, 7> head = {kPacketBlock,
                                              bytes,
                                              0,  // the interface
                                              static_cast<uint32_t>(time_ns >> 32),
                                              static_cast<uint32_t>(time_ns),
                                              size,
                                              original};
        put(head.data(), sizeof(head));
        put(frame.data(), size);
        put(kPadding.data(), padding_of(size));
        put(&bytes, sizeof(bytes));
    } else {
        const std::array<uint32_t, 4> record = {static_cast<uint32_t>(time_ns / 1'000'000'000),
                                                static_cast<uint32_t>(time_ns % 1'000'000'000),
                                                size, original};
        put(record.data(), sizeof(record));
        put(frame.data(), size);
    }
    if (!failed_) ++frames_;
}

Result<void> CaptureWriter::finish() {
    std::FILE* const file = file_.release();
    if (file == nullptr) return {};
    if (std::fclose(file) != 0) failed_ = true;
    return failed_ ? Result<void>{failed(path_)} : Result<void>{};
}

}  // namespace switchyard::dataplane
