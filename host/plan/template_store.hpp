// SPDX-License-Identifier: Apache-2.0
// All templates, within a bound of memory; and the proxies, whose templates are those of the code
// behind them.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "host/plan/template.hpp"
#include "host/state/flat_index.hpp"

namespace switchyard::plan {

/// Which template a transaction has.
struct TemplateKey {
    /// Call data of any length: the template of a function, for lengths that have none themselves.
    static constexpr uint32_t kAnyLength = UINT32_MAX;

    Bytes32 code_hash;      ///< of the code that runs: delegations and proxies are followed
    uint32_t selector = 0;  ///< the first four bytes of the call data, 0 for less
    uint32_t length = 0;    ///< of the call data, in bytes
    bool operator==(const TemplateKey&) const = default;

    [[nodiscard]] static TemplateKey of(const Bytes32& code_hash, BytesView calldata);
    [[nodiscard]] TemplateKey of_any_length() const { return {code_hash, selector, kAnyLength}; }
};

/// What a store may hold. Whoever sends transactions can make templates, as many as he pays
/// executions for; what he makes replaces what was not used since.
struct TemplateLimits {
    size_t memory_bytes = size_t{64} << 20;
    size_t templates_max = 1U << 16;
    size_t proxies_max = 1U << 12;
};

/// Bounded by its limits: a new template takes the place of one that nobody asked for since the
/// clock's hand last came by (Corbató 1968). One thread.
class TemplateStore {
  public:
    explicit TemplateStore(const TemplateLimits& limits = {});

    /// Null: none. Counts as a use. Valid until the next `learn_into`.
    [[nodiscard]] const Template* find(const TemplateKey& key);
    /// The template of `key`, a new one if there is none, changed by `body(Template&)`; afterwards
    /// the store is within its limits again.
    template <typename Body>
    void learn_into(const TemplateKey& key, Body&& body) {
        const uint32_t position = obtain(key);
        Template& entry = slots_[position].entry;
        memory_bytes_ -= entry.memory_bytes();
        body(entry);
        memory_bytes_ += entry.memory_bytes();
        make_room(position);
    }

    /// The slot in which a proxy of this code keeps the address of the code behind it; null: no
    /// proxy, as far as is known.
    [[nodiscard]] const Uint256* proxy_slot(const Bytes32& code_hash) const;
    void note_proxy(const Bytes32& code_hash, const Uint256& slot);

    [[nodiscard]] const TemplateLimits& limits() const { return limits_; }
    [[nodiscard]] size_t size() const { return used_; }
    [[nodiscard]] size_t proxies() const { return proxies_.size(); }
    /// Of the templates and what finds them.
    [[nodiscard]] size_t memory_bytes() const;
    [[nodiscard]] uint64_t evictions() const { return evictions_; }
    void clear();

    /// Visits all templates and proxies, in no particular order.
    template <typename Visit>
    void for_each(Visit&& visit) const {
        for (const Slot& slot : slots_)
            if (slot.is_used) visit(slot.key, slot.entry);
    }
    template <typename Visit>
    void for_each_proxy(Visit&& visit) const {
        for (const auto& proxy : proxies_.entries())
            visit(proxy.key, proxy.value);
    }

  private:
    struct Slot {
        TemplateKey key;
        Template entry;
        bool is_used = false;
        bool is_referenced = false;
    };
    [[nodiscard]] uint64_t hash_of(const TemplateKey& key) const;
    [[nodiscard]] uint32_t position_of(const TemplateKey& key) const;
    [[nodiscard]] uint32_t obtain(const TemplateKey& key);
    /// Evicts others than `keep` until the limits hold.
    void make_room(uint32_t keep);
    void evict_one(uint32_t keep);

    TemplateLimits limits_;
    uint64_t seed_;
    std::vector<Slot> slots_;
    std::vector<uint32_t> free_;
    FlatIndex index_;
    FlatMap<Bytes32, Uint256> proxies_;
    size_t used_ = 0;
    size_t hand_ = 0;
    size_t memory_bytes_ = 0;  ///< of templates
    uint64_t evictions_ = 0;
};

}  // namespace switchyard::plan
