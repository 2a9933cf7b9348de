// SPDX-License-Identifier: Apache-2.0
// Firmware files and the names of what a controller says.
#include <array>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <iterator>

#include "host/core/checksum/crc32c.hpp"
#include "host/offload/controller/controller_client.hpp"

namespace switchyard::controller {
namespace {

namespace image = abi::image;

template <size_t N>
std::string_view name_in(const std::array<std::string_view, N>& names, size_t index) {
    return index < N ? names[index] : "unknown";
}

Error wrong(std::string_view what) {
    return Error{ErrorCode::InvalidInput, "not a firmware image: " + std::string(what)};
}

}  // namespace

Result<FirmwareImage> parse_firmware_image(Bytes bytes) {
    FirmwareImage out;
    if (bytes.size() <= image::kHeaderBytes) return wrong("shorter than its header");
    if (bytes.size() > image::kHeaderBytes + image::kBodyBytesMax)
        return wrong("larger than a slot");
    std::memcpy(&out.header, bytes.data(), sizeof out.header);
    const image::ImageHeader& header = out.header;
    if (header.magic != image::kMagic) return wrong("it does not begin with SYFW");
    if (header.header_version != image::kHeaderVersion || header.header_bytes != sizeof header) {
        return wrong("a header version that this build does not know");
    }
    const BytesView all(bytes);
    if (header.header_crc != crc32c(all.first(offsetof(image::ImageHeader, header_crc)))) {
        return wrong("the header's checksum is wrong");
    }
    if (header.body_bytes % 4 != 0 || header.body_bytes != bytes.size() - sizeof header) {
        return wrong("the body has " + std::to_string(bytes.size() - sizeof header) +
                     " bytes, the header says " + std::to_string(header.body_bytes));
    }
    if (header.body_crc != crc32c(all.subspan(sizeof header))) {
        return wrong("the body's checksum is wrong");
    }
    out.bytes = std::move(bytes);
    return out;
}

Result<FirmwareImage> read_firmware_image(const std::filesystem::path& path) {
    std::error_code error;
    const auto size = std::filesystem::file_size(path, error);
    std::ifstream file(path, std::ios::binary);
    if (error || !file) {
        return Error{ErrorCode::NotFound, path.string() + ": cannot be read; take a .swfw file"};
    }
    if (size > image::kHeaderBytes + image::kBodyBytesMax) {
        return Error{ErrorCode::InvalidInput,
                     path.string() + ": not a firmware image: larger than a slot"};
    }
    auto parsed = parse_firmware_image(
        Bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()});
    if (!parsed) {
        return Error{parsed.error().code, path.string() + ": " + parsed.error().message};
    }
    return parsed;
}

std::string version_text(uint32_t version) {
    return std::to_string(version >> 24) + "." + std::to_string((version >> 16) & 0xff) + "." +
           std::to_string(version & 0xffff);
}

std::string_view to_string(mailbox::StatusCode code) {
    constexpr std::array<std::string_view, 11> kNames = {
        "ok",
        "it does not know this command",
        "the request's content is out of range",
        "it speaks another version of the protocol",
        "not possible in its present state",
        "not the next part of the image",
        "the image's header, size or checksum is wrong",
        "the image is for another board",
        "its flash did not take or keep what was written",
        "too hot, badly supplied or without sensors",
        "there is nothing to go back to"};
    return name_in(kNames, code);
}

std::string_view to_string(mailbox::SlotState state) {
    constexpr std::array<std::string_view, 6> kNames = {"empty",   "writing",   "written",
                                                        "pending", "confirmed", "rejected"};
    return name_in(kNames, state);
}

std::string_view to_string(mailbox::RejectReason reason) {
    constexpr std::array<std::string_view, 6> kNames = {
        "none", "bad header", "bad checksum", "wrong board", "never confirmed", "rolled back"};
    return name_in(kNames, reason);
}

std::string_view to_string(mailbox::Slot slot) {
    constexpr std::array<std::string_view, 3> kNames = {"A", "B", "factory"};
    return name_in(kNames, slot);
}

std::string_view to_string(mailbox::ResetReason reason) {
    constexpr std::array<std::string_view, 5> kNames = {"power on", "host", "watchdog", "trap",
                                                        "trial expired"};
    return name_in(kNames, reason);
}

std::string_view to_string(mailbox::ControllerState state) {
    constexpr std::array<std::string_view, 4> kNames = {"starting", "running", "halting", "halted"};
    return name_in(kNames, state);
}

std::string_view to_string(mailbox::HaltReason reason) {
    constexpr std::array<std::string_view, 6> kNames = {"none",    "host",         "overheat",
                                                        "voltage", "sensors lost", "kernel stalls"};
    return name_in(kNames, reason);
}

std::string_view to_string(mailbox::EventCode code) {
    constexpr std::array<std::string_view, 9> kNames = {
        "unknown", "booted",       "clock step",    "kernel stalled", "halted",
        "resumed", "sensor fault", "trial expired", "slot rejected"};
    return name_in(kNames, code);
}

}  // namespace switchyard::controller
