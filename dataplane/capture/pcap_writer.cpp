// SPDX-License-Identifier: Apache-2.0
#include "dataplane/capture/pcap_writer.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace switchyard::dataplane {
namespace {

constexpr size_t kBufferBytes = 1 << 20;
constexpr uint32_t kMagicNanoseconds = 0xA1B2'3C4D;
constexpr uint32_t kSnapLength = 65'535;
constexpr uint32_t kLinkTypeEthernet = 1;

Error failed(const std::string& path) {
    return {ErrorCode::Io, "capture file " + path + ": cannot be written: " + std::strerror(errno)};
}

}  // namespace

Result<PcapWriter> PcapWriter::create(const std::string& path) {
    std::FILE* const file = std::fopen(path.c_str(), "wbe");
    if (file == nullptr) return failed(path);
    (void)std::setvbuf(file, nullptr, _IOFBF, kBufferBytes);
    PcapWriter out(path, file);
    // Magic, version 2.4, no time zone, no accuracy.
    const std::array<uint32_t, 6> header = {kMagicNanoseconds, 4u << 16 | 2,     0, 0,
                                            kSnapLength,       kLinkTypeEthernet};
    out.put(header.data(), sizeof(header));
    if (out.failed_) return failed(path);
    return out;
}

void PcapWriter::put(const void* data, size_t size) {
    if (!failed_ && std::fwrite(data, 1, size, file_.get()) != size) failed_ = true;
}

void PcapWriter::write(BytesView frame, uint64_t time_ns) {
    const auto size = static_cast<uint32_t>(std::min<size_t>(frame.size(), kSnapLength));
    const std::array<uint32_t, 4> record = {static_cast<uint32_t>(time_ns / 1'000'000'000),
                                            static_cast<uint32_t>(time_ns % 1'000'000'000), size,
                                            static_cast<uint32_t>(frame.size())};
    put(record.data(), sizeof(record));
    put(frame.data(), size);
    if (!failed_) ++frames_;
}

Result<void> PcapWriter::finish() {
    std::FILE* const file = file_.release();
    if (file == nullptr) return {};
    if (std::fclose(file) != 0) failed_ = true;
    return failed_ ? Result<void>{failed(path_)} : Result<void>{};
}

}  // namespace switchyard::dataplane
