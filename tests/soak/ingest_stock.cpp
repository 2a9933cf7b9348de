// SPDX-License-Identifier: Apache-2.0
#include "tests/soak/ingest_stock.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "host/core/limits.hpp"

namespace switchyard::soak {
namespace {

constexpr size_t kEntries = 4'096;
constexpr size_t kLarge = kEntries / 64;
constexpr uint64_t kLargeEvery = 2'000;
constexpr size_t kLargeMin = 2'048;
constexpr int kLargeDoublings = 6;
static_assert(kLargeMin << kLargeDoublings == kTransactionBytesMax);

}  // namespace

IngestStock::IngestStock(uint64_t seed) : entries_(kEntries) {
    std::mt19937_64 random(seed);
    for (size_t i = 0; i < kEntries; ++i) {
        const bool large = i < kLarge;
        // Of the large ones, half are below 4 KiB, a quarter below 8, and so on; the largest that
        // is allowed is among them.
        const size_t smallest =
            large ? kLargeMin << std::min(std::countr_zero(random()), kLargeDoublings - 1) : 90;
        const size_t largest = large ? 2 * smallest : 400;
        Bytes& out = entries_[i];
        out.resize(i == 0 ? kTransactionBytesMax : smallest + random() % (largest - smallest + 1));
        for (uint8_t& byte : out)
            byte = static_cast<uint8_t>(random());
        std::memcpy(out.data(), &i, sizeof(i));
    }
}

std::optional<size_t> IngestStock::find(BytesView bytes) const {
    size_t index = 0;
    if (bytes.size() < sizeof(index)) return std::nullopt;
    std::memcpy(&index, bytes.data(), sizeof(index));
    if (index >= entries_.size() || !equal(bytes, entries_[index])) return std::nullopt;
    return index;
}

size_t IngestStock::draw(std::mt19937_64& random) const {
    if (random() % kLargeEvery == 0) return random() % kLarge;
    return kLarge + random() % (kEntries - kLarge);
}

}  // namespace switchyard::soak
