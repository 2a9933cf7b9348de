// SPDX-License-Identifier: Apache-2.0
// Runs on the build machine: makes an image of a body, and the content of the boot flash of a
// loader and an image.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "firmware/controller/boot/image_check.hpp"
#include "firmware/controller/core/crc32c.hpp"

namespace {

using namespace switchyard::firmware;
using Bytes = std::vector<uint8_t>;

constexpr const char* kUsage =
    "usage: pack_image image BODY OUT BOARD VERSION LOAD BUILD   makes an image\n"
    "       pack_image boot LOADER IMAGE OUT IMAGE_OFFSET        makes a boot flash\n"
    "BOARD: virt, u50, u55c. VERSION: 1.2.3. LOAD: address of the body, which is its entry.\n";

bool read_file(const char* path, Bytes& bytes) {
    std::FILE* file = std::fopen(path, "rb");
    if (file == nullptr) return false;
    uint8_t buffer[4096];
    for (size_t size = 0; (size = std::fread(buffer, 1, sizeof buffer, file)) > 0;) {
        bytes.insert(bytes.end(), buffer, buffer + size);
    }
    const bool good = std::ferror(file) == 0;
    return std::fclose(file) == 0 && good;
}

bool write_file(const char* path, const Bytes& bytes) {
    std::FILE* file = std::fopen(path, "wb");
    if (file == nullptr) return false;
    const bool good = std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
    return std::fclose(file) == 0 && good;
}

int fail(const char* what, const char* which) {
    std::fprintf(stderr, "pack_image: %s: %s\n", what, which);
    return 1;
}

int make_image(char** arguments) {
    Bytes body;
    if (!read_file(arguments[0], body)) return fail("cannot read", arguments[0]);
    while (body.size() % 4 != 0)
        body.push_back(0);
    if (body.empty() || body.size() > image::kBodyBytesMax) {
        return fail("a body has 4 bytes to 256 KiB less 64", arguments[0]);
    }
    image::ImageHeader header{};
    header.magic = image::kMagic;
    header.header_version = image::kHeaderVersion;
    header.header_bytes = image::kHeaderBytes;
    const std::string board = arguments[2];
    if (board == "virt") header.board = image::kBoardVirt;
    if (board == "u50") header.board = image::kBoardU50;
    if (board == "u55c") header.board = image::kBoardU55c;
    if (header.board == 0) return fail("no such board", arguments[2]);
    unsigned major = 0;
    unsigned minor = 0;
    unsigned patch = 0;
    if (std::sscanf(arguments[3], "%u.%u.%u", &major, &minor, &patch) != 3 || major > 255 ||
        minor > 255 || patch > 65535) {
        return fail("a version is MAJOR.MINOR.PATCH, up to 255.255.65535", arguments[3]);
    }
    header.version = image::version(major, minor, patch);
    header.body_bytes = static_cast<uint32_t>(body.size());
    header.body_crc = crc32c(body.data(), body.size());
    header.load_address = static_cast<uint32_t>(std::strtoul(arguments[4], nullptr, 0));
    header.entry_address = header.load_address;
    const size_t build_bytes = std::strlen(arguments[5]);
    std::memcpy(header.build, arguments[5],
                build_bytes < sizeof header.build ? build_bytes : sizeof header.build);
    header.header_crc = crc32c(&header, offsetof(image::ImageHeader, header_crc));
    const auto* head = reinterpret_cast<const uint8_t*>(&header);
    Bytes out(head, head + sizeof header);
    out.insert(out.end(), body.begin(), body.end());
    return write_file(arguments[1], out) ? 0 : fail("cannot write", arguments[1]);
}

int make_boot_flash(char** arguments) {
    Bytes loader;
    Bytes factory;
    if (!read_file(arguments[0], loader)) return fail("cannot read", arguments[0]);
    if (!read_file(arguments[1], factory)) return fail("cannot read", arguments[1]);
    const size_t offset = std::strtoul(arguments[3], nullptr, 0);
    if (loader.empty() || loader.size() > offset) {
        return fail("the loader does not fit before the image", arguments[0]);
    }
    loader.resize(offset, 0xff);
    loader.insert(loader.end(), factory.begin(), factory.end());
    return write_file(arguments[2], loader) ? 0 : fail("cannot write", arguments[2]);
}

}  // namespace

int main(int count, char** arguments) {
    if (count == 8 && std::strcmp(arguments[1], "image") == 0) return make_image(arguments + 2);
    if (count == 6 && std::strcmp(arguments[1], "boot") == 0) return make_boot_flash(arguments + 2);
    std::fputs(kUsage, stderr);
    return 2;
}
