// SPDX-License-Identifier: Apache-2.0
// A firmware image of the management controller, as a file and as a slot of its flash holds it:
// [ImageHeader, 64 bytes] [body]. Bit table: firmware/abi/MAILBOX.md.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace switchyard {
namespace abi {
namespace image {

constexpr uint32_t kMagic = 0x57465953;  // "SYFW" in memory order
constexpr uint16_t kHeaderVersion = 1;
constexpr uint32_t kBodyBytesMax = 256 * 1024 - 64;

/// Which board's addresses the image was built for.
enum Board : uint32_t {
    kBoardVirt = 1,  // qemu-system-riscv32 -M virt
    kBoardU50 = 2,
    kBoardU55c = 3,
};

struct ImageHeader {
    uint32_t magic;
    uint16_t header_version;
    uint16_t header_bytes;   // 64
    uint32_t board;          // Board
    uint32_t version;        // version(major, minor, patch)
    uint32_t body_bytes;     // 4 to kBodyBytesMax, a multiple of 4
    uint32_t body_crc;       // CRC-32C
    uint32_t load_address;   // where the loader puts the body
    uint32_t entry_address;  // within the body
    uint8_t build[24];       // source revision, ASCII, padded with zeros; for people
    uint32_t reserved;
    uint32_t header_crc;  // CRC-32C of the 60 bytes before it
};

constexpr uint32_t kHeaderBytes = sizeof(ImageHeader);

/// major and minor 0 to 255, patch 0 to 65535.
constexpr uint32_t version(uint32_t major, uint32_t minor, uint32_t patch) {
    return (major << 24) | (minor << 16) | patch;
}

static_assert(sizeof(ImageHeader) == 64, "layout");
static_assert(offsetof(ImageHeader, header_version) == 4 && offsetof(ImageHeader, board) == 8 &&
                  offsetof(ImageHeader, version) == 12 && offsetof(ImageHeader, body_bytes) == 16 &&
                  offsetof(ImageHeader, body_crc) == 20 &&
                  offsetof(ImageHeader, load_address) == 24 &&
                  offsetof(ImageHeader, entry_address) == 28 &&
                  offsetof(ImageHeader, build) == 32 && offsetof(ImageHeader, header_crc) == 60,
              "layout");

}  // namespace image
}  // namespace abi
}  // namespace switchyard
