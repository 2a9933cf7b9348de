// SPDX-License-Identifier: Apache-2.0
// Logs blooms: three bits of the hash of each address and topic (Yellow Paper, section 4.4.1,
// function M).
#include <algorithm>
#include <array>

#include "host/chain/hash.hpp"
#include "host/chain/receipt.hpp"
#include "simd/keccak256.hpp"

namespace switchyard {
namespace {

constexpr size_t kTopicsMax = 4;

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

/// Items of many blooms, hashed together when there are enough of them to fill vectors. What a log
/// has in common with the one before it, mostly the contract and the event, is hashed once.
class BloomBatch {
  public:
    /// `place`: 0 for the address of a log, 1 to 4 for its topics.
    void add(LogsBloom& bloom, size_t place, BytesView item) {
        if (size_ == kItems || uses_ == kUses) flush();
        uint32_t& last = last_[place];
        if (last == kNone || !equal(items_[last], item)) {
            last = static_cast<uint32_t>(size_);
            items_[size_++] = item;
        }
        blooms_[uses_] = &bloom;
        item_of_[uses_] = last;
        ++uses_;
    }
    void flush() {
        simd::keccak256_batch(std::span(items_.data(), size_),
                              std::span(hashes_.data(), size_ * Bytes32::kSize));
        for (size_t i = 0; i < uses_; ++i)
            set_bits(*blooms_[i], hashes_.data() + item_of_[i] * Bytes32::kSize);
        size_ = uses_ = 0;
        last_.fill(kNone);
    }

  private:
    static constexpr size_t kItems = 64;
    static constexpr size_t kUses = 2 * kItems;
    static constexpr size_t kPlaces = 1 + kTopicsMax;
    static constexpr uint32_t kNone = UINT32_MAX;
    std::array<std::span<const uint8_t>, kItems> items_;
    std::array<uint8_t, kItems * Bytes32::kSize> hashes_{};
    std::array<LogsBloom*, kUses> blooms_{};
    std::array<uint32_t, kUses> item_of_{};
    std::array<uint32_t, kPlaces> last_{kNone, kNone, kNone, kNone, kNone};
    size_t size_ = 0;
    size_t uses_ = 0;
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
            batch.add(receipt.logs_bloom, 0, log.address);
            for (size_t i = 0; i < log.topics.size(); ++i)
                batch.add(receipt.logs_bloom, std::min(i + 1, kTopicsMax), log.topics[i]);
        }
    }
    batch.flush();
    for (const Receipt& receipt : receipts)
        if (!receipt.logs.empty()) total |= receipt.logs_bloom;
}

}  // namespace switchyard
