// SPDX-License-Identifier: Apache-2.0
// Logs blooms: three bits of the hash of each address and topic (Yellow Paper, section 4.4.1,
// function M).
#include <array>

#include "host/chain/hash.hpp"
#include "host/chain/receipt.hpp"
#include "simd/keccak256.hpp"

namespace switchyard {
namespace {

/// The three bits of one item: the low 11 bits of each of the first three pairs of its hash's
/// bytes.
void set_bits(LogsBloom& bloom, const uint8_t* hash) {
    for (size_t i = 0; i < 6; i += 2) {
        const uint32_t bit = (static_cast<uint32_t>(hash[i]) << 8 | hash[i + 1]) & 0x7ff;
        uint8_t& byte = bloom[LogsBloom::kSize - 1 - bit / 8];
        byte = static_cast<uint8_t>(byte | 1U << (bit % 8));
    }
}

void add_item(LogsBloom& bloom, BytesView item) {
    set_bits(bloom, keccak256(item).data());
}

/// Items of many blooms, hashed together when there are enough of them to fill vectors.
class BloomBatch {
  public:
    void add(LogsBloom& bloom, BytesView item) {
        if (size_ == kItems) flush();
        items_[size_] = item;
        blooms_[size_] = &bloom;
        ++size_;
    }
    void flush() {
        simd::keccak256_batch(std::span(items_.data(), size_),
                              std::span(hashes_.data(), size_ * Bytes32::kSize));
        for (size_t i = 0; i < size_; ++i)
            set_bits(*blooms_[i], hashes_.data() + i * Bytes32::kSize);
        size_ = 0;
    }

  private:
    static constexpr size_t kItems = 64;
    std::array<std::span<const uint8_t>, kItems> items_;
    std::array<LogsBloom*, kItems> blooms_{};
    std::array<uint8_t, kItems * Bytes32::kSize> hashes_{};
    size_t size_ = 0;
};

}  // namespace

void add_to_bloom(LogsBloom& bloom, const Log& log) {
    add_item(bloom, log.address);
    for (const Bytes32& topic : log.topics)
        add_item(bloom, topic);
}

LogsBloom bloom_of(std::span<const Log> logs) {
    LogsBloom bloom;
    for (const Log& log : logs)
        add_to_bloom(bloom, log);
    return bloom;
}

LogsBloom& operator|=(LogsBloom& a, const LogsBloom& b) {
    for (size_t i = 0; i < LogsBloom::kSize; ++i)
        a[i] = static_cast<uint8_t>(a[i] | b[i]);
    return a;
}

void fill_logs_blooms(std::span<Receipt> receipts, LogsBloom& total) {
    BloomBatch batch;
    for (Receipt& receipt : receipts) {
        if (receipt.logs.empty()) continue;
        for (const Log& log : receipt.logs) {
            batch.add(receipt.logs_bloom, log.address);
            for (const Bytes32& topic : log.topics)
                batch.add(receipt.logs_bloom, topic);
        }
    }
    batch.flush();
    for (const Receipt& receipt : receipts)
        if (!receipt.logs.empty()) total |= receipt.logs_bloom;
}

}  // namespace switchyard
