// SPDX-License-Identifier: Apache-2.0
#include "firmware/controller/core/crc32c.hpp"

namespace switchyard::firmware {
namespace {

struct NibbleTable {
    uint32_t entry[16];
};

constexpr NibbleTable make_table() {
    NibbleTable table{};
    for (uint32_t nibble = 0; nibble < 16; ++nibble) {
        uint32_t crc = nibble;
        for (int bit = 0; bit < 4; ++bit)
            crc = (crc >> 1) ^ ((crc & 1u) != 0 ? 0x82f63b78u : 0u);
        table.entry[nibble] = crc;
    }
    return table;
}

constexpr NibbleTable kTable = make_table();

}  // namespace

uint32_t crc32c(const void* data, size_t size, uint32_t previous) {
    const auto* bytes = static_cast<const uint8_t*>(data);
    uint32_t crc = ~previous;
    for (size_t i = 0; i < size; ++i) {
        crc ^= bytes[i];
        crc = (crc >> 4) ^ kTable.entry[crc & 15u];
        crc = (crc >> 4) ^ kTable.entry[crc & 15u];
    }
    return ~crc;
}

}  // namespace switchyard::firmware
