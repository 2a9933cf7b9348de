// SPDX-License-Identifier: Apache-2.0
#include "host/execute/access_list_difference.hpp"

#include <algorithm>

#include "host/core/hex.hpp"

namespace switchyard::execute {
namespace {

std::string text_of(const Uint256& value) {
    return to_hex_quantity(value);
}
std::string text_of(uint64_t value) {
    return std::to_string(value);
}
std::string text_of(const Bytes& value) {
    return to_hex(value);
}

template <typename Value>
std::string text_of(const BlockAccessList::Change<Value>& change) {
    return text_of(change.value) + " at index " + std::to_string(change.index);
}

/// Compares entry by entry; `what` names one.
template <typename Entry>
std::optional<std::string> entries_difference(const std::string& what,
                                              std::span<const Entry> expected,
                                              std::span<const Entry> found) {
    for (size_t i = 0; i < std::max(expected.size(), found.size()); ++i) {
        if (i < expected.size() && i < found.size() && expected[i] == found[i]) continue;
        return what + ": expected " + (i < expected.size() ? text_of(expected[i]) : "none") +
               ", found " + (i < found.size() ? text_of(found[i]) : "none");
    }
    return std::nullopt;
}

std::optional<std::string> slots_difference(const std::string& where,
                                            const BlockAccessList& expected,
                                            const BlockAccessList::Account& a,
                                            const BlockAccessList& found,
                                            const BlockAccessList::Account& b) {
    const auto slots = expected.of(expected.slots, a.slots);
    const auto others = found.of(found.slots, b.slots);
    for (size_t i = 0; i < std::min(slots.size(), others.size()); ++i) {
        if (slots[i].key != others[i].key)
            return where + "changed slot: expected " + text_of(slots[i].key) + ", found " +
                   text_of(others[i].key);
        if (auto difference = entries_difference(where + "slot " + text_of(slots[i].key),
                                                 expected.of(expected.values, slots[i].values),
                                                 found.of(found.values, others[i].values)))
            return difference;
    }
    if (slots.size() == others.size()) return std::nullopt;
    return where + "changed slots: expected " + std::to_string(slots.size()) + ", found " +
           std::to_string(others.size());
}

}  // namespace

std::optional<std::string> first_difference(const BlockAccessList& expected,
                                            const BlockAccessList& found) {
    const std::string prefix = "block access list, ";
    for (size_t i = 0; i < std::max(expected.accounts.size(), found.accounts.size()); ++i) {
        if (i >= expected.accounts.size() || i >= found.accounts.size() ||
            expected.accounts[i].address != found.accounts[i].address)
            return prefix + "account " + std::to_string(i) + ": expected " +
                   (i < expected.accounts.size() ? to_hex(expected.accounts[i].address) : "none") +
                   ", found " +
                   (i < found.accounts.size() ? to_hex(found.accounts[i].address) : "none");
        const BlockAccessList::Account& a = expected.accounts[i];
        const BlockAccessList::Account& b = found.accounts[i];
        const std::string where = prefix + "account " + to_hex(a.address) + ", ";
        if (auto d = slots_difference(where, expected, a, found, b)) return d;
        if (auto d = entries_difference(where + "read slot", expected.of(expected.reads, a.reads),
                                        found.of(found.reads, b.reads)))
            return d;
        if (auto d =
                entries_difference(where + "balance", expected.of(expected.balances, a.balances),
                                   found.of(found.balances, b.balances)))
            return d;
        if (auto d = entries_difference(where + "nonce", expected.of(expected.nonces, a.nonces),
                                        found.of(found.nonces, b.nonces)))
            return d;
        if (auto d = entries_difference(where + "code", expected.of(expected.codes, a.codes),
                                        found.of(found.codes, b.codes)))
            return d;
    }
    return std::nullopt;
}

}  // namespace switchyard::execute
